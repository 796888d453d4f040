/** What incidents are called and where their links lead. Pure. */

import type { Schemas } from "@/api/hooks";
import { duration, inUnit } from "@/lib/format";
import { links } from "@/lib/links";
import { equals, type Query } from "@/lib/query";
import { millis, type Range } from "@/lib/time";

export type Incident = Schemas["IncidentAnswer"];
export type Finding = Schemas["FindingAnswer"];
export type Backtest = Schemas["BacktestAnswer"];
type Tone = "plain" | "bad" | "warn" | "accent";
type Scope = Record<string, string>;
/** What has a beginning and, once it is over, an end. */
export type Lasting = Pick<Incident, "onset_at" | "closed_at">;

const HOUR_MS = 3_600_000;
export const BEFORE_MS = 6 * HOUR_MS;
/** States of an incident that lasts. */
export const LASTING: Incident["status"][] = ["open", "acknowledged", "mitigated"];
export const SEVERITIES: Incident["severity"][] = ["critical", "high", "medium", "low"];
export const ROLES = ["lead", "communications", "operations", "scribe"];

export const SEVERITY_TONES: Record<Incident["severity"], Tone> = {
  critical: "bad",
  high: "bad",
  medium: "warn",
  low: "plain",
};

export const STATUS_TONES: Record<Incident["status"], Tone> = {
  open: "bad",
  acknowledged: "warn",
  mitigated: "accent",
  closed: "plain",
};

/** Whether a backtest is still to come or running. */
export function isUnderWay(backtest: Pick<Backtest, "state">): boolean {
  return backtest.state === "waiting" || backtest.state === "running";
}

/** What a nature means for the one who reads it. */
export const NATURES: Record<Incident["nature"], string> = {
  transient: "It passes by itself once its cause is gone.",
  systematic: "It lasts until somebody mends it.",
  unknown: "Too little is known to say whether it passes by itself.",
};

/** "provider_outage" as words. */
export function causeName(cause: string): string {
  return cause === "unknown" ? "cause unknown" : cause.replaceAll("_", " ");
}

/** A scope as a filter; "" for everything. */
export function scopeWhere(scope: Scope): string {
  return Object.entries(scope)
    .map(([field, value]) => equals(field, value))
    .join(" and ");
}

/** A scope in words: "provider openai, model gpt-4.1". */
export function scopeName(scope: Scope): string {
  const named = Object.entries(scope).map(([field, value]) => `${field} ${value}`);
  return named.length > 0 ? named.join(", ") : "everything";
}

/** When it ended; now while it lasts. ms. */
export function endOf(incident: Pick<Incident, "closed_at">, now = Date.now()): number {
  return incident.closed_at ? millis(incident.closed_at) : now;
}

/** How long it has lasted, or did: "2h 05m". */
export function lasted(incident: Lasting, now = Date.now()): string {
  return duration(Math.max(0, endOf(incident, now) - millis(incident.onset_at)));
}

const iso = (at: number) => new Date(at).toISOString();

/** The hours before the onset. */
export function beforeOf(incident: Pick<Incident, "onset_at">): Range {
  const onset = millis(incident.onset_at);
  return { from: iso(onset - BEFORE_MS), to: iso(onset) };
}

/** From the onset to the end. */
export function afterOf(incident: Lasting): Range {
  return { from: iso(millis(incident.onset_at)), to: incident.closed_at ? iso(millis(incident.closed_at)) : "now" };
}

/** What a chart of it shows: the hours before, and an hour after. */
export function aroundOf(incident: Lasting, now = Date.now()): Range {
  const after = endOf(incident, now) + HOUR_MS;
  return { from: beforeOf(incident).from, to: after >= now ? "now" : iso(after) };
}

/** The time of a finding: it lasts as long as its incident. */
export function timeOf(finding: Finding): Lasting {
  return { onset_at: finding.onset, closed_at: finding.closed };
}

/** The rule that people made of which a finding is an alert; null for what detection found by itself. */
export function ruleOf(finding: Pick<Finding, "monitor" | "objective">): { word: string; link: string } | null {
  if (finding.monitor) return { word: "monitor", link: links.monitor(finding.monitor) };
  if (finding.objective.startsWith("budget_")) return { word: "budget", link: links.budget(finding.objective) };
  return finding.objective ? { word: "service level", link: links.slo(finding.objective) } : null;
}

/** What a finding is about, as a filter: its scope, and of a rule's alert the rule's own filter, which may say more. */
export function findingWhere(finding: Pick<Finding, "monitor" | "objective" | "scope" | "details">): string {
  return (ruleOf(finding) && finding.details.where) || scopeWhere(finding.scope);
}

/**
 * A value of a finding in words. What counts requests is judged a look at a time, which no reader knows the length of:
 * it is told by the hour.
 */
export function inFinding(finding: Pick<Finding, "unit" | "n" | "from" | "to">, value: number): string {
  const length = millis(finding.to) - millis(finding.from);
  if (finding.unit !== "traces" || finding.n < 1 || length <= 0) return inUnit(value, finding.unit);
  return `${inUnit((value * finding.n * HOUR_MS) / length, finding.unit)} an hour`;
}

/** What was expected, from low to high: "80.4 – 106 traces an hour", the unit once where both have the same. */
export function expectedWithin(finding: Pick<Finding, "unit" | "n" | "from" | "to" | "low" | "high">): string {
  const [low, high] = [inFinding(finding, finding.low), inFinding(finding, finding.high)];
  const unitOf = (words: string) => words.replace(/^\S+/, "");
  return unitOf(low) === unitOf(high)
    ? `${low.slice(0, low.length - unitOf(low).length)} – ${high}`
    : `${low} – ${high}`;
}

/** "up to 31% where 1% was expected". */
export function movedName(finding: Finding): string {
  return `${finding.direction} to ${inFinding(finding, finding.observed)} where ${inFinding(finding, finding.expected)} was expected`;
}

/** Measures that grow with the time they are asked for: stretches of different lengths compare only by the hour. */
export function isSum(measure: string): boolean {
  return /^(count|traces|cost\.(sum|input|output|unpriced)|tokens\.\w+)$/.test(measure);
}

/**
 * An incident of a backtest as of the end of its window: nothing later was looked at, so one that lasted then is shown
 * until then. to: the window's end.
 */
export function asOf(incident: Incident, to: string): Incident {
  return incident.closed_at ? incident : { ...incident, closed_at: to };
}

/** Where a stretch of time lies on an axis, as shares of its length from 0 to 1. All in ms. */
export function placeOn(axis: { from: number; to: number }, from: number, to: number): { left: number; width: number } {
  const share = (at: number) => Math.min(1, Math.max(0, (at - axis.from) / (axis.to - axis.from)));
  return { left: share(from), width: share(to) - share(from) };
}

/** The narrative's first paragraph, which says what it is and what to do, and the rest. */
export function narrated(text: string): { first: string; rest: string } {
  const [first = "", ...rest] = text.split(/\n{2,}/);
  return { first, rest: rest.join("\n\n") };
}

/** Most severe first, and of the same severity the newest. */
export function byUrgency(one: Incident, other: Incident): number {
  return (
    SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
    millis(other.opened_at) - millis(one.opened_at)
  );
}

/** A finding for each measure, the one that carries most of the change: an incident names its findings in that order. */
export function carriers(incident: Pick<Incident, "findings">, findings: Finding[]): Finding[] {
  const known = new Map(findings.map((finding) => [finding.id, finding]));
  const named = incident.findings.flatMap((id) => known.get(id) ?? []);
  const found = new Map<string, Finding>();
  for (const finding of named) if (!found.has(finding.measure)) found.set(finding.measure, finding);
  return [...found.values()];
}

/**
 * A new version has no past of its own: what it is compared with lies in the scope without it. version: the field that
 * tells them apart, "" when the scope names no version.
 */
export function versioned(scope: Scope): { wider: Scope; version: string } {
  const version = ["prompt_version", "release"].find((field) => field in scope) ?? "";
  const wider = Object.fromEntries(Object.entries(scope).filter(([field]) => field !== version));
  return { wider, version };
}

export type RunbookPart = { text: string } | { query: Query };

/** A runbook's text and its Queries, which ask about the scope and the time of an incident. */
export function runbookParts(text: string, scope: Scope, range: Range): RunbookPart[] {
  const parts: RunbookPart[] = [];
  text.split(/```query\n([\s\S]*?)\n```/).forEach((piece, index) => {
    if (index % 2 === 0) {
      if (piece.trim()) parts.push({ text: piece.trim() });
      return;
    }
    const asked = JSON.parse(piece) as Query;
    const conditions = (asked.where ?? "").split(" and ").map((one) => (one === "{scope}" ? scopeWhere(scope) : one));
    const where = conditions.filter(Boolean).join(" and ");
    parts.push({ query: { ...asked, where, ...range } });
  });
  return parts;
}
