import { describe, expect, it } from "vitest";
import { read, shown, written } from "./item";

describe("items", () => {
  it("are shown in a line", () => {
    expect(shown("plain")).toBe("plain");
    expect(
      shown([
        { role: "system", content: "be kind" },
        { role: "user", content: "hello" },
      ]),
    ).toBe("hello");
    expect(shown([{ role: "user", parts: [{ type: "text", content: "deep" }] }])).toBe("deep");
    expect(shown({ question: 1 })).toBe('{"question":1}');
    expect(shown(null)).toBe("");
  });
  it("are read as they were written", () => {
    for (const value of ["text", { a: [1, 2] }, ["x"], null]) expect(read(written(value))).toEqual(value);
    expect(read("{not json")).toBe("{not json");
    expect(read(" 12 ")).toBe(" 12 ");
  });
});
