/** Where a mistake of a mapping stands in its text. Pure. */

/** Zero-based line the server's words point at; 0 when they name no place. */
export function lineOfMistake(text: string, message: string): number {
  const line = /\bline (\d+)/.exec(message);
  if (line) return Math.max(0, Number(line[1]) - 1);
  const lines = text.split("\n");
  const rule = /\brule (\d+)/.exec(message);
  if (rule) {
    const places = lines.flatMap((one, index) => (one.trim().startsWith("[[rule]]") ? [index] : []));
    return places[Number(rule[1]) - 1] ?? 0;
  }
  const table = /\[mapping(?:\.when)?\]/.exec(message)?.[0];
  return table
    ? Math.max(
        0,
        lines.findIndex((one) => one.trim().startsWith(table)),
      )
    : 0;
}

/** The name a mapping gives itself, "" when it gives none. */
export function nameIn(text: string): string {
  const head = /^\s*\[mapping\]\s*$/m.exec(text);
  const rest = head ? text.slice(head.index) : "";
  return /^\s*name\s*=\s*["']([^"']*)["']/m.exec(rest.split(/^\s*\[\[rule\]\]/m)[0] ?? "")?.[1] ?? "";
}

export const EXAMPLE = `[mapping]
name = "acme"
order = 50                        # lower is asked first; built-in dialects begin at 100

[mapping.when]                    # all that is given must hold
attributes = ["acme.*"]           # any of these keys; * stands for any rest

[[rule]]
field = "kind"
keys = ["acme.type"]
values = { GEN = "llm", FIND = "retriever" }

[[rule]]
field = "request_model"
keys = ["acme.model"]             # the first usable one wins
`;
