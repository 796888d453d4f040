/** Time zones, times as text, and time ranges as people write them. Times of the API are ISO 8601 in UTC. */

import { useSyncExternalStore } from "react";

const LOCALE = "en-GB";
const ZONE_KEY = "nervure.zone";
const listeners = new Set<() => void>();

/** The zone times are shown in: "local" (this browser's) or "UTC". */
export type Zone = "local" | "UTC";

function zone(): Zone {
  return localStorage.getItem(ZONE_KEY) === "UTC" ? "UTC" : "local";
}

export function setZone(next: Zone): void {
  localStorage.setItem(ZONE_KEY, next);
  formats.clear();
  listeners.forEach((tell) => tell());
}

/** The zone in force; a component that shows times uses it to be drawn anew when it changes. */
export function useZone(): Zone {
  return useSyncExternalStore((tell) => {
    listeners.add(tell);
    return () => listeners.delete(tell);
  }, zone);
}

/** Offset from UTC as `Query.offset` wants it, so that days begin at this user's midnight. */
export function utcOffset(): string {
  if (zone() === "UTC") return "";
  const minutes = -new Date().getTimezoneOffset();
  const size = Math.abs(minutes);
  return minutes === 0
    ? ""
    : `${minutes < 0 ? "-" : "+"}${String(Math.floor(size / 60)).padStart(2, "0")}:${String(size % 60).padStart(2, "0")}`;
}

export function zoneName(): string {
  return zone() === "UTC" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: zone() === "UTC" ? "UTC" : undefined });
    formats.set(key, made);
  }
  return made;
}

type Moment = string | number | Date | null | undefined;

/** ms since the epoch; NaN for what is no time. Nanoseconds beyond ms are dropped. */
export function millis(moment: Moment): number {
  if (moment === null || moment === undefined || moment === "") return NaN;
  if (typeof moment === "number") return moment;
  if (moment instanceof Date) return moment.getTime();
  return Date.parse(moment.replace(/(\.\d{3})\d+/, "$1"));
}

/** "14:03:22", with the day when it is not today: "19 Nov 14:03:22"; with the year when it is not this one. */
export function clock(moment: Moment, withMs = false): string {
  return clockOf(moment, withMs, dayOf(millis(moment)) !== dayOf(Date.now()));
}

/** "21 Nov, 04:21:10 to 22 Nov, 04:21:10"; the day is left out only when both ends are of today. */
export function fromTo(from: Moment, to: Moment, word = "to"): string {
  const today = dayOf(Date.now());
  const withDay = [from, to].some((end) => dayOf(millis(end)) !== today);
  return `${clockOf(from, false, withDay)} ${word} ${clockOf(to, false, withDay)}`;
}

function clockOf(moment: Moment, withMs: boolean, withDay: boolean): string {
  const at = millis(moment);
  if (Number.isNaN(at)) return "–";
  const now = new Date();
  const options: Intl.DateTimeFormatOptions = {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  };
  if (withMs) options.fractionalSecondDigits = 3;
  if (withDay) Object.assign(options, { day: "numeric", month: "short" });
  if (new Date(at).getFullYear() !== now.getFullYear()) options.year = "numeric";
  return formatter(options).format(at);
}

function dayOf(at: number): string {
  if (Number.isNaN(at)) return "";
  return formatter({ day: "numeric", month: "numeric", year: "numeric" }).format(at);
}

/** "19 Nov 2026" */
export function day(moment: Moment): string {
  const at = millis(moment);
  return Number.isNaN(at) ? "–" : formatter({ day: "numeric", month: "short", year: "numeric" }).format(at);
}

/** Text of the server in which moments stand as "2026-11-21 19:06 UTC", with these as every other time of the page. */
export function inZone(text: string): string {
  return text.replace(/(\d{4}-\d\d-\d\d) (\d\d:\d\d(?::\d\d)?) UTC/g, (_, date: string, time: string) =>
    clock(`${date}T${time.length === 5 ? `${time}:00` : time}Z`),
  );
}

/** The whole truth with zone: "Thu, 19 Nov 2026, 14:03:22.123 CET". */
export function fullTime(moment: Moment): string {
  const at = millis(moment);
  if (Number.isNaN(at)) return "–";
  return formatter({
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hourCycle: "h23",
    timeZoneName: "short",
  }).format(at);
}

/** "12 s ago", "3 min ago", "in 2 h". */
export function ago(moment: Moment, now = Date.now()): string {
  const at = millis(moment);
  if (Number.isNaN(at)) return "–";
  const seconds = (now - at) / 1000;
  const size = Math.abs(seconds);
  const [number, unit] =
    size < 60
      ? [size, "s"]
      : size < 3600
        ? [size / 60, "min"]
        : size < 86_400
          ? [size / 3600, "h"]
          : [size / 86_400, "d"];
  if (size < 2) return "now";
  const text = `${Math.floor(number)} ${unit}`;
  return seconds >= 0 ? `${text} ago` : `in ${text}`;
}

const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const WORDS: Record<string, string> = {
  sec: "s",
  second: "s",
  min: "m",
  minute: "m",
  hr: "h",
  hour: "h",
  day: "d",
  week: "w",
};

/** ms of "25m", "3d", "1.5h"; NaN for anything else. */
export function spanMs(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*(s|m|h|d|w)$/.exec(text.trim());
  return found ? Number(found[1]) * (UNIT_MS[found[2]!] ?? NaN) : NaN;
}

/** A range as the address and the API hold it. from, to: ISO 8601, "now" or "-1h". */
export interface Range {
  from: string;
  to: string;
}

export class BadRange extends Error {}

/**
 * A range from free text: "25m", "last 3 days", "3d", "today", "yesterday", "2026-11-19", "2026-11-19 10:00 - 12:30",
 * "2026-11-18 to 2026-11-20", "-2h to -1h". Throws BadRange with words for a person.
 */
export function parseRange(text: string, now = new Date()): Range {
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/^(last|past)\s+/, "");
  const relative = /^-?(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(plain);
  if (relative) {
    const unit = unitOf(relative[2]!);
    if (unit) return { from: `-${relative[1]}${unit}`, to: "now" };
  }
  if (plain === "today") return { from: midnight(now, 0), to: "now" };
  if (plain === "yesterday") return { from: midnight(now, -1), to: midnight(now, 0) };
  const parts = plain.split(/\s+(?:to|-|–|until)\s+|\s*\.\.\s*/);
  const [first, second] = parts;
  if (parts.length === 2 && first && second) {
    const from = momentOf(first, now, undefined);
    const to = momentOf(second, now, from);
    if (millisOf(from, now) >= millisOf(to, now)) throw new BadRange("The range ends before it begins.");
    return { from, to };
  }
  if (parts.length === 1 && first) {
    const from = momentOf(first, now, undefined);
    if (/^\d{4}-\d{2}-\d{2}$/.test(first)) return { from, to: midnight(new Date(millis(from)), 1) };
    return { from, to: "now" };
  }
  throw new BadRange("Write 25m, 3d, today, or 2026-11-19 10:00 to 2026-11-19 12:30.");
}

function unitOf(word: string): string | undefined {
  if (word in UNIT_MS) return word;
  return WORDS[word.replace(/s$/, "")];
}

function momentOf(text: string, now: Date, beside: string | undefined): string {
  if (text === "now") return "now";
  const relative = /^-(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text);
  const unit = relative && unitOf(relative[2]!);
  if (relative && unit) return `-${relative[1]}${unit}`;
  const found =
    /^(?:(\d{4})-(\d{1,2})-(\d{1,2}))?[t\s]*(?:(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?\s*(z|utc)?$/.exec(text);
  if (!found || !text) throw new BadRange(`"${text}" is not a time: write 2026-11-19 10:00, 10:00, -2h or now.`);
  const base = beside && !beside.startsWith("-") && beside !== "now" ? new Date(millis(beside)) : now;
  const inUtc = Boolean(found[8]) || zone() === "UTC";
  const [year, month, date] = found[1]
    ? [Number(found[1]), Number(found[2]) - 1, Number(found[3])]
    : inUtc
      ? [base.getUTCFullYear(), base.getUTCMonth(), base.getUTCDate()]
      : [base.getFullYear(), base.getMonth(), base.getDate()];
  const rest: [number, number, number] = [Number(found[4] ?? 0), Number(found[5] ?? 0), Number(found[6] ?? 0)];
  const made = inUtc ? new Date(Date.UTC(year, month, date, ...rest)) : new Date(year, month, date, ...rest);
  // A Date rolls over: the 45th of a month becomes a day of the next.
  const isReal = inUtc ? made.getUTCDate() === date && made.getUTCHours() === rest[0] : made.getDate() === date;
  if (Number.isNaN(made.getTime()) || !isReal) throw new BadRange(`"${text}" is not a time that exists.`);
  return made.toISOString();
}

function midnight(now: Date, days: number): string {
  const made = new Date(now);
  if (zone() === "UTC") {
    made.setUTCHours(0, 0, 0, 0);
    made.setUTCDate(made.getUTCDate() + days);
  } else {
    made.setHours(0, 0, 0, 0);
    made.setDate(made.getDate() + days);
  }
  return made.toISOString();
}

/** ms since the epoch of one end of a range. */
export function millisOf(end: string, now = new Date()): number {
  if (end === "now") return now.getTime();
  const relative = /^(?:now)?-(.+)$/.exec(end);
  if (relative) return now.getTime() - spanMs(relative[1]!);
  return millis(end);
}

/** How a range is called: "Last 24 hours", "19 Nov 10:00 – 12:30". */
export function rangeName(range: Range): string {
  const relative = /^-(\d+(?:\.\d+)?)(s|m|h|d|w)$/.exec(range.from);
  if (relative && range.to === "now") {
    const names: Record<string, string> = { s: "second", m: "minute", h: "hour", d: "day", w: "week" };
    return `Last ${relative[1] === "1" ? "" : `${relative[1]} `}${names[relative[2]!]}${relative[1] === "1" ? "" : "s"}`;
  }
  const isTime = (end: string) => end !== "now" && !end.startsWith("-");
  if (isTime(range.from) && isTime(range.to)) return fromTo(range.from, range.to, "–");
  const show = (end: string) => (isTime(end) ? clock(end) : end);
  return `${show(range.from)} – ${show(range.to)}`;
}

/** The range of the same length just before, as absolute times. */
export function previous(range: Range, now = new Date()): Range {
  const from = millisOf(range.from, now);
  const to = millisOf(range.to, now);
  return { from: new Date(2 * from - to).toISOString(), to: new Date(from).toISOString() };
}

const STEPS = ["1s", "5s", "10s", "30s", "1m", "5m", "10m", "30m", "1h", "3h", "6h", "12h", "1d", "1w"];

/** The width of points that gives a range about so many of them. */
export function everyFor(range: Range, points = 60, now = new Date()): string {
  const length = millisOf(range.to, now) - millisOf(range.from, now);
  return STEPS.find((step) => length / spanMs(step) <= points * 1.3) ?? "1w";
}
