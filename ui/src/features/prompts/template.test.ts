import { describe, expect, it } from "vitest";
import { messagesOf, pieces, templateOf } from "./template";

describe("templates", () => {
  it("goes to messages and back", () => {
    const template = [
      { role: "system", content: "Be {{tone}}." },
      { type: "placeholder", name: "history" },
      { role: "user", content: "{{question}}" },
    ];
    expect(templateOf(messagesOf(template as never))).toEqual(template);
  });
  it("shows parts that are no text as JSON", () => {
    expect(messagesOf([{ role: "user", content: [{ type: "text" }] }] as never)[0]!.content).toBe('[{"type":"text"}]');
  });
  it("finds variables", () => {
    expect(pieces("Hi {{ name }}, {{x}}")).toEqual(["Hi ", "{{ name }}", ", ", "{{x}}", ""]);
    expect(pieces("no {variables}")).toEqual(["no {variables}"]);
  });
});
