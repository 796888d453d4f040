import { describe, expect, it } from "vitest";
import { EXAMPLE, lineOfMistake, nameIn } from "./toml";

describe("the place of a mistake", () => {
  it("is the line the parser names", () => {
    expect(lineOfMistake("a\nb", "acme is not valid TOML: Expected '=' (at line 2, column 1)")).toBe(1);
  });
  it("is the rule that is named by its number", () => {
    const second = EXAMPLE.split("\n").lastIndexOf("[[rule]]");
    expect(lineOfMistake(EXAMPLE, "acme: rule 2: 'modl' is not a field of a span")).toBe(second);
  });
  it("is the table that is named", () => {
    expect(lineOfMistake(EXAMPLE, "acme: [mapping.when] attributes must be a list")).toBe(4);
    expect(lineOfMistake("", "acme: say when the mapping applies")).toBe(0);
  });
});

describe("the name of a mapping", () => {
  it("is what its head says", () => {
    expect(nameIn(EXAMPLE)).toBe("acme");
    expect(nameIn('[[rule]]\nname = "x"')).toBe("");
    expect(nameIn('[mapping]\norder = 1\n[[rule]]\nname = "x"')).toBe("");
  });
});
