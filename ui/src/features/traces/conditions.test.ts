import { describe, expect, test } from "vitest";
import { marksOf, only, termsOf, toggled, without } from "./conditions";

describe("a filter as conditions", () => {
  test("is split where it says and, not inside quotes or brackets", () => {
    const where = `model = "a and b" and (x = 1 or y = 2) AND attr["k and"] exists and not (env = 'x' and y = 1)`;
    expect(termsOf(where).map((one) => one.text)).toEqual([
      `model = "a and b"`,
      "(x = 1 or y = 2)",
      `attr["k and"] exists`,
      "not (env = 'x' and y = 1)",
    ]);
  });

  test("joined by or is one condition", () => {
    expect(termsOf(`a = 1 or b = 2 and c = 3`)).toHaveLength(1);
  });

  test("understands the simple forms with their values", () => {
    expect([...marksOf(`model in ("a", 'b\\'s') and status != error`, "model")]).toEqual([
      ["a", "include"],
      ["b's", "include"],
    ]);
    expect([...marksOf(`model not in ("a","b")`, "MODEL").values()]).toEqual(["exclude", "exclude"]);
    expect([...marksOf(`attr["http.route"] = "/v1"`, 'attr["http.route"]').keys()]).toEqual(["/v1"]);
    expect(marksOf(`cost > 1 and model contains "a"`, "model").size).toBe(0);
  });
});

describe("toggling a value", () => {
  test("adds a condition to an empty and to a written filter", () => {
    expect(toggled("", "status", "error", "include")).toBe('status = "error"');
    expect(toggled("cost > 0.1", "status", "error", "exclude")).toBe('cost > 0.1 and status != "error"');
  });

  test("keeps what is joined by or together", () => {
    expect(toggled("a = 1 or b = 2", "status", "ok", "include")).toBe('(a = 1 or b = 2) and status = "ok"');
  });

  test("makes a list of two, one of two again, and nothing of one", () => {
    const two = toggled('model = "a" and x > 1', "model", "b", "include");
    expect(two).toBe('model in ("a", "b") and x > 1');
    const one = toggled(two, "model", "a", "include");
    expect(one).toBe('model = "b" and x > 1');
    expect(toggled(one, "model", "b", "include")).toBe("x > 1");
  });

  test("turns what was asked for into what is shut out", () => {
    expect(toggled('model in ("a", "b")', "model", "a", "exclude")).toBe('model = "b" and model != "a"');
  });

  test("survives quotes, backslashes and lines in values", () => {
    for (const value of ['a "b"', "back\\slash", "two\nlines", "it's"]) {
      const where = toggled("", "name", value, "include");
      expect([...marksOf(where, "name").keys()]).toEqual([value]);
      expect(toggled(where, "name", value, "include")).toBe("");
    }
  });

  test("one value alone, and none", () => {
    expect(only('model in ("a", "b") and x > 1', "model", "c")).toBe('model = "c" and x > 1');
    expect(without('model in ("a", "b") and x > 1', "model")).toBe("x > 1");
  });
});
