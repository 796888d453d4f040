/** Names and values as people write them into a field. */

/** "name: value" a line; lines without a name or a value say nothing. */
export function pairs(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const at = line.indexOf(":");
    const name = line.slice(0, at).trim();
    const value = line.slice(at + 1).trim();
    if (at > 0 && name && value) found[name] = value;
  }
  return found;
}

/** The text `pairs` reads. */
export const written = (values: Record<string, string>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");

/** Words between commas or line ends. */
export const listed = (text: string): string[] =>
  text
    .split(/[,\n]/)
    .map((word) => word.trim())
    .filter(Boolean);
