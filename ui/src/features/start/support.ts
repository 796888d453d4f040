/** The table of support, made by the tests (docs/clients/support.json) and built in. */
import held from "../../../../docs/clients/support.json";

interface Held {
  title: string;
  supported: Record<string, string[]>;
  missing: string[];
}

const ALL: Record<string, Held> = held;

export const CLIENTS = Object.keys(ALL);

/** What works with a client and what does not, in words. */
export function supportOf(client: string): { works: string[]; missing: string[] } {
  const one = ALL[client];
  const plain = (text: string) => text.replaceAll(/[`*]|\[([^\]]+)\]\([^)]+\)/g, "$1");
  return { works: Object.keys(one?.supported ?? {}).sort(), missing: (one?.missing ?? []).map(plain) };
}
