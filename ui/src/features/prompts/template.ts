/** A prompt's template as people read and write it. */

import type { Schemas } from "@/api/hooks";

export type Template = Schemas["VersionAnswer"]["template"];

export interface Message {
  role: string;
  content: string;
}

/** Messages of a chat template: role and text; a placeholder is a message named by its variable. */
export function messagesOf(template: Template): Message[] {
  if (typeof template === "string") return [{ role: "", content: template }];
  return template.map((message) => {
    const { role, type, name, content } = message as Record<string, unknown>;
    if (type === "placeholder") return { role: "placeholder", content: String(name ?? "") };
    return { role: String(role ?? "user"), content: typeof content === "string" ? content : JSON.stringify(content) };
  });
}

/** Messages as an editor's text is kept: what `messagesOf` gave, back. */
export function templateOf(messages: readonly Message[]): Template {
  return messages.map(({ role, content }) =>
    role === "placeholder" ? { type: "placeholder", name: content } : { role, content },
  ) as Template;
}

/** Text cut at its {{variables}}: every second piece is one. */
export function pieces(text: string): string[] {
  return text.split(/(\{\{\s*[^{}]+?\s*\}\})/);
}
