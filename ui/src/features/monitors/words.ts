/** What monitors are called, and the one that is sent from what a form holds. Pure. */

import type { Schemas } from "@/api/hooks";

export type Monitor = Schemas["MonitorAnswer"];
export type NewMonitor = Schemas["NewMonitor"];
export type Kind = Schemas["TypeAnswer"];
export type Option = Schemas["OptionAnswer"];
export type Group = Schemas["PreviewGroup"];
type Tone = "plain" | "bad" | "warn" | "accent";

export const STATES: Record<Monitor["state"], { word: string; tone: Tone }> = {
  alerting: { word: "alerts", tone: "bad" },
  no_data: { word: "no data", tone: "warn" },
  muted: { word: "muted", tone: "plain" },
  ok: { word: "quiet", tone: "plain" },
};

const URGENCY: Monitor["state"][] = ["alerting", "no_data", "ok", "muted"];

/** What alerts comes first. */
export function byState(one: Monitor, other: Monitor): number {
  return URGENCY.indexOf(one.state) - URGENCY.indexOf(other.state) || one.name.localeCompare(other.name);
}

/** A type's name as words. */
export function kindName(name: string): string {
  return name.replaceAll("_", " ");
}

/** Why it is muted: paused, or until when its maintenance lasts. "" when it is not. */
export function mutedBy(monitor: Monitor, now = Date.now()): { paused: boolean; until: string } {
  const inForce = monitor.maintenance.find((one) => Date.parse(one.from) <= now && now < Date.parse(one.to));
  return { paused: monitor.paused, until: inForce?.to ?? "" };
}

/** A group in words; "everything" when the monitor is not split. */
export function groupName(by: Record<string, string>): string {
  const named = Object.entries(by).map(([field, value]) => `${field} ${value || "(none)"}`);
  return named.length > 0 ? named.join(", ") : "everything";
}

/** A monitor as it is sent to be kept: what the server adds is left out. */
export function sent(monitor: Monitor): NewMonitor {
  return {
    name: monitor.name,
    type: monitor.type,
    query: monitor.query,
    settings: monitor.settings,
    every: monitor.every,
    after: monitor.after,
    recover: monitor.recover,
    no_data: monitor.no_data,
    severity: monitor.severity as NewMonitor["severity"],
    renotify: monitor.renotify,
    maintenance: monitor.maintenance,
    paused: monitor.paused,
  };
}

/** The settings a type asks for, from what stands in its form: fields left empty have their default. */
export function settingsOf(kind: Kind, written: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(kind.options)
      .map((name): [string, unknown] => [name, written[name]])
      .filter(([, value]) => value !== undefined && value !== null && value !== ""),
  );
}

/** Whether a type compares what a field holds: its query then only says of which rows. */
export function comparesSamples(kind: Pick<Kind, "options">): boolean {
  return "field" in kind.options && "reference" in kind.options;
}

/** Another type: what it counts and how often it looks are what that type is usually given. */
export function changed(written: NewMonitor, type: string): Partial<NewMonitor> {
  if (type !== "drift") return { type, settings: {} };
  return { type, settings: {}, every: "1h", query: { ...written.query, measure: "count" } };
}

/** The Query of a monitor with the times and points a chart needs. */
export function told(query: Record<string, unknown>): string {
  const measure = Array.isArray(query.measure) ? query.measure.join(", ") : String(query.measure ?? "");
  const by = Array.isArray(query.by) && query.by.length > 0 ? ` by ${query.by.join(", ")}` : "";
  return `${measure}${by}${query.where ? ` where ${String(query.where)}` : ""}`;
}
