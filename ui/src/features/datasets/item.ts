/** What an item holds, as a line of text and as text to edit. */

/** A value in one line: text as it is, messages by their last text, anything else as JSON. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    const last = textOf(value.at(-1));
    if (last) return last;
  }
  return textOf(value) || JSON.stringify(value);
}

function textOf(message: unknown): string {
  if (message === null || typeof message !== "object") return "";
  const { content, parts } = message as { content?: unknown; parts?: unknown };
  if (typeof content === "string") return content;
  for (const part of [parts, content].flat()) {
    const text = (part as { content?: unknown; text?: unknown } | null | undefined) ?? {};
    if (typeof text.content === "string") return text.content;
    if (typeof text.text === "string") return text.text;
  }
  return "";
}

/** Text for a field: JSON unless it is text. */
export function written(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** The value a field's text means: JSON when it is an object or a list, else the text; null when empty. */
export function read(text: string): unknown {
  const trimmed = text.trim();
  if (!trimmed) return null;
  if (/^[[{]/.test(trimmed)) {
    try {
      return JSON.parse(trimmed);
    } catch {
      return text;
    }
  }
  return text;
}
