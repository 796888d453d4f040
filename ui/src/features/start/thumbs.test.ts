import { expect, it } from "vitest";
import { thumbsSnippet } from "./thumbs";

const to = { http: "https://nervure.example", key: "", project: "" };

it("is a page's whole script: address, key and project in their places", () => {
  const code = thumbsSnippet({ ...to, key: "nvk_abc", project: "shop" });
  expect(code).toContain('fetch("https://nervure.example/api/v1/user-feedback"');
  expect(code).toContain('authorization: "Bearer nvk_abc"');
  expect(code).toContain('"x-nervure-project": "shop"');
});

it("leaves out what is not needed", () => {
  expect(thumbsSnippet(to)).not.toMatch(/authorization|x-nervure-project/);
});

it("is JavaScript", () => {
  const code = /<script>([\s\S]*)<\/script>/.exec(thumbsSnippet(to))![1]!;
  expect(() => new Function(code)).not.toThrow();
});
