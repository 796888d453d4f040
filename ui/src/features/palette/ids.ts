/** What a pasted text may be the id of. Pure. */

export interface Ids {
  /** 32 hex digits. */
  trace?: string;
  /** 16 hex digits. */
  span?: string;
}

const TRACEPARENT = /\b[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}\b/i;
const ADDRESS = /\/traces\/([0-9a-f]{32})(?:[^\s]*[?&]span=([0-9a-f]{16}))?/i;

/** Ids by their shape: a trace id, a span id, a UUID, a traceparent header, the address of a trace; {} for anything else. */
export function idsIn(text: string): Ids {
  const plain = text.trim().replace(/^["'`]|["'`]$/g, "");
  const pair = TRACEPARENT.exec(plain) ?? ADDRESS.exec(plain);
  if (pair) return made(pair[1], pair[2]);
  const digits = plain.replace(/^0x/i, "").replace(/-/g, "");
  if (/^[0-9a-f]{32}$/i.test(digits)) return made(digits);
  if (/^[0-9a-f]{16}$/i.test(digits)) return made(undefined, digits);
  return {};
}

function made(trace?: string, span?: string): Ids {
  const ids: Ids = {};
  // All zeros means "none" wherever trace contexts are written.
  if (trace && !/^0+$/.test(trace)) ids.trace = trace.toLowerCase();
  if (span && !/^0+$/.test(span)) ids.span = span.toLowerCase();
  return ids;
}

/** How well a title answers what is typed: 0 not at all; beginnings before words before the middle. */
export function fit(query: string, title: string, more = ""): number {
  const [wanted, shown] = [query.trim().toLowerCase(), title.toLowerCase()];
  if (!wanted) return 1;
  if (shown.startsWith(wanted)) return 4;
  if (shown.split(/[\s·,/]+/).some((word) => word.startsWith(wanted))) return 3;
  if (shown.includes(wanted)) return 2;
  return wanted.split(/\s+/).every((word) => `${shown} ${more.toLowerCase()}`.includes(word)) ? 1 : 0;
}
