import { describe, expect, it } from "vitest";
import { pricesInWords } from "./price";

describe("prices in words", () => {
  it("tells the classes that have a price of their own", () => {
    expect(pricesInWords({ input: 3, cached_input: null, output: 15 })).toBe("$3 input, $15 output per million tokens");
  });
  it("tells prices of own machines", () => {
    expect(pricesInWords({ per_second: 0.001, per_request: 0.02 })).toBe("$0.02 per call; $0.001 per second");
  });
  it("tells a discount on the book", () => {
    expect(pricesInWords({ book_factor: 0.8, book_model: "" })).toBe("0.8 × the price of the model in the book");
  });
  it("says so when there is none", () => {
    expect(pricesInWords({})).toBe("no price");
  });
});
