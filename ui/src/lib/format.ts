/** The only place where numbers, money, durations and times become text. */

export const NOTHING = "–";
const MISSING = NOTHING;
const LOCALE = "en-US";

type Maybe = number | null | undefined;

function isMissing(value: Maybe): value is null | undefined {
  return value === null || value === undefined || Number.isNaN(value);
}

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumSignificantDigits: 3 });
const three = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 3 });

/** 1234 -> "1,234"; from 100,000 on "123K", unless exact is asked for. */
export function count(value: Maybe, exact = false): string {
  if (isMissing(value)) return MISSING;
  if (Number.isInteger(value) && (exact || Math.abs(value) < 100_000)) return whole.format(value);
  return Math.abs(value) < 1000 ? three.format(value) : compact.format(value);
}

/** Any number with three significant digits. */
export function number(value: Maybe): string {
  if (isMissing(value)) return MISSING;
  return Math.abs(value) >= 100_000
    ? compact.format(value)
    : Math.abs(value) >= 1000
      ? whole.format(value)
      : three.format(value);
}

/** US dollars: "$0.00042", "$1.23", "$12,345"; null is no price, which is not $0. */
export function money(usd: Maybe, exact = false): string {
  if (isMissing(usd)) return MISSING;
  const size = Math.abs(usd);
  const sign = usd < 0 ? "-" : "";
  if (size === 0) return "$0";
  if (exact)
    return `${sign}$${new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 8, maximumFractionDigits: 10 }).format(size)}`;
  if (size < 0.000001) return `${sign}<$0.000001`;
  if (size < 0.01) return `${sign}$${new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 2 }).format(size)}`;
  if (size < 1000) return `${sign}$${size.toFixed(2)}`;
  return `${sign}$${size < 100_000 ? whole.format(size) : compact.format(size)}`;
}

/** Milliseconds: "0.4 ms", "870 ms", "1.24 s", "3m 12s", "2h 05m", "3d 4h". */
export function duration(ms: Maybe): string {
  if (isMissing(ms)) return MISSING;
  const size = Math.abs(ms);
  const sign = ms < 0 ? "-" : "";
  if (size === 0) return "0 ms";
  if (size < 1) return `${sign}${size < 0.001 ? "<0.001" : three.format(size)} ms`;
  if (size < 999.5) return `${sign}${size < 10 ? three.format(size) : whole.format(size)} ms`;
  if (size < 59_950) return `${sign}${size < 9995 ? (size / 1000).toFixed(2) : (size / 1000).toFixed(1)} s`;
  const seconds = Math.round(size / 1000);
  if (seconds < 3600) return `${sign}${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  if (seconds < 86_400) return `${sign}${Math.floor(seconds / 3600)}h ${two(Math.floor((seconds % 3600) / 60))}m`;
  return `${sign}${Math.floor(seconds / 86_400)}d ${Math.floor((seconds % 86_400) / 3600)}h`;
}

/** A share of one: 0.0123 -> "1.23%". */
export function percent(share: Maybe): string {
  if (isMissing(share)) return MISSING;
  const of100 = share * 100;
  if (of100 !== 0 && Math.abs(of100) < 0.01) return `${of100 < 0 ? "-" : ""}<0.01%`;
  return `${Math.abs(of100) >= 100 ? whole.format(of100) : three.format(of100)}%`;
}

/** A relative change with its sign: 0.12 -> "+12%"; from tenfold on "×12". */
export function change(share: Maybe): string {
  if (isMissing(share)) return MISSING;
  if (!Number.isFinite(share)) return "new";
  if (share >= 9) return `×${three.format(share + 1)}`;
  return `${share > 0 ? "+" : share < 0 ? "−" : "±"}${percent(Math.abs(share))}`;
}

export function bytes(size: Maybe): string {
  if (isMissing(size)) return MISSING;
  const units = ["B", "KB", "MB", "GB", "TB", "PB"];
  let at = 0;
  let left = Math.abs(size);
  while (left >= 999.5 && at < units.length - 1) {
    left /= 1000;
    at += 1;
  }
  return `${size < 0 ? "-" : ""}${three.format(left)} ${units[at]}`;
}

/** A value in the unit a measure or metric tells. Knows the units of /api/v1/fields and the common ones of OpenTelemetry (UCUM). */
export function inUnit(value: Maybe, unit = ""): string {
  switch (unit) {
    case "ms":
      return duration(value);
    case "s":
      return duration(isMissing(value) ? value : value * 1000);
    case "us":
      return duration(isMissing(value) ? value : value / 1000);
    case "ns":
      return duration(isMissing(value) ? value : value / 1e6);
    case "usd":
    case "USD":
      return money(value);
    case "ratio":
    case "share":
      return percent(value);
    case "%":
      return percent(isMissing(value) ? value : value / 100);
    case "By":
    case "bytes":
      return bytes(value);
    case "":
    case "1":
    case "count":
    case "spans":
    case "tokens":
      return count(value);
    default:
      return isMissing(value) ? MISSING : `${number(value)} ${unit.replace(/[{}]/g, "")}`;
  }
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
