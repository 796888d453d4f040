import { describe, expect, test } from "vitest";
import { askedWhere, orderOf, sortingOf } from "./state";
import { viewSearch } from "./views";

describe("what the list asks for", () => {
  test("puts level, words and filter together", () => {
    expect(askedWhere("", "", "traces")).toBe("");
    expect(askedWhere('model = "a" or cost > 1', 'say "hi"', "calls")).toBe(
      'kind = "llm" and "say \\"hi\\"" and (model = "a" or cost > 1)',
    );
  });

  test("knows the API's orders by their columns and nothing else", () => {
    expect(orderOf({ column: "cost", desc: true })).toBe("cost");
    expect(orderOf({ column: "start", desc: false })).toBe("oldest");
    // The API has no smallest first: a second click is the usual order again.
    expect(orderOf({ column: "cost", desc: false })).toBe("");
    expect(orderOf(null)).toBe("");
    expect(sortingOf("oldest")).toEqual({ column: "start", desc: false });
    expect(sortingOf("tokens")).toEqual({ column: "tokens", desc: true });
  });
});

test("a view keeps what is looked for and not what is looked at just now", () => {
  const one = new URLSearchParams("where=a+%3D+1&peek=t&span=s&live=1&view=v&from=-3d&project=p");
  const other = new URLSearchParams("from=-3d&where=a+%3D+1");
  expect(viewSearch(one)).toBe("from=-3d&where=a+%3D+1");
  expect(viewSearch(one)).toBe(viewSearch(other));
});
