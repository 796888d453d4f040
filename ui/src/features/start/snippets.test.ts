import { describe, expect, it } from "vitest";
import { SNIPPETS } from "./registry";
import { CLIENTS, supportOf } from "./support";
import { exports, type Target } from "./snippet";

const OPEN: Target = { http: "http://127.0.0.1:4318", key: "", project: "" };
const GUARDED: Target = { http: "https://traces.example.com", key: "nvk_secret", project: "web shop" };

function textOf(id: string, to: Target): string {
  return SNIPPETS.find((one) => one.id === id)!
    .steps(to)
    .map((step) => step.code)
    .join("\n");
}

describe("snippets", () => {
  it("are each found once", () => {
    const ids = SNIPPETS.map((one) => one.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(15);
  });
  it.each(SNIPPETS.map((one) => one.id))("%s tells the real address, and the key when there is one", (id) => {
    expect(textOf(id, OPEN)).toContain("http://127.0.0.1:4318");
    expect(textOf(id, OPEN)).not.toMatch(/Bearer|undefined/);
    expect(textOf(id, GUARDED)).toContain("https://traces.example.com");
    expect(textOf(id, GUARDED)).toContain("nvk_secret");
  });
  it.each(SNIPPETS.map((one) => one.id))("%s names the project that is looked at", (id) => {
    expect(textOf(id, GUARDED)).toMatch(/web(%20| )shop/);
  });
  it.each(SNIPPETS.map((one) => [one.id, one.client]))("%s has a page that says what works: %s", (_, client) => {
    expect(CLIENTS).toContain(client);
    const { works, missing } = supportOf(client);
    expect(works.length + missing.length).toBeGreaterThan(0);
  });
  it("cover every page of the documentation but those without an address to set", () => {
    const covered = new Set(SNIPPETS.map((one) => one.client));
    expect(CLIENTS.filter((client) => !covered.has(client))).toEqual(["syslog"]);
  });
  it("send a span that is valid JSON by hand", () => {
    const body = textOf("curl", OPEN).split("\n")[1]!;
    expect(JSON.parse(body).resourceSpans[0].scopeSpans[0].spans[0].name).toBe("chat gpt-4o-mini");
  });
});

it("exports quote what the shell would split", () => {
  expect(exports({ A: "x", B: "", C: "two words" })).toBe('export A=x\nexport C="two words"');
});
