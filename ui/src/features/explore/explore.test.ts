import { beforeAll, describe, expect, it, vi } from "vitest";
import type { QueryAnswer } from "@/api/hooks";
import { csvOf, groupName, rowsOf, whereOf } from "./answer";
import { asCommand, asCurl, asPython, BLANK, draftFrom, draftOf, kept, queryOf } from "./draft";

beforeAll(() => {
  vi.stubGlobal("location", { search: "" });
  vi.stubGlobal("localStorage", { getItem: () => null });
  vi.stubGlobal("sessionStorage", { getItem: () => null });
});

const RANGE = { from: "-24h", to: "now" };
const QUERY = {
  measure: "latency.p95",
  where: `tenant = "o'neill" and kind = "llm"`,
  by: ["model"],
  every: "5m",
  from: "-24h",
  to: "now",
  limit: 5,
};

describe("a draft", () => {
  it("keeps a query and leaves out defaults", () => {
    const asked = {
      measure: ["count", "error_rate"],
      where: "cost > 1",
      by: ["model"],
      every: "1h",
      limit: 5,
      order: "desc",
    };
    expect(kept(draftOf(asked))).toEqual(asked);
    expect(kept(draftOf({ measure: "count", by: "model", limit: 20 }))).toEqual({ measure: "count", by: ["model"] });
  });

  it("is asked in the range, with as many points as can be seen", () => {
    expect(queryOf(BLANK, RANGE)).toEqual({ measure: "count", every: "30m", from: "-24h", to: "now" });
    expect(queryOf({ ...BLANK, every: "" }, RANGE)).toEqual({ measure: "count", from: "-24h", to: "now" });
  });

  it("is read from the address, or not at all", () => {
    expect(draftFrom(JSON.stringify(QUERY))).toEqual({ ...draftOf(QUERY) });
    expect([draftFrom(""), draftFrom("{"), draftFrom("3"), draftFrom("[1]"), draftFrom("null")]).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(draftFrom('{"measure": 3, "by": [1, "model"], "limit": "x"}')).toEqual({
      ...BLANK,
      measure: [],
      by: ["model"],
      every: "",
    });
  });
});

describe("a query in other languages", () => {
  it("is a call of the API with quotes that hold", () => {
    expect(asCurl(QUERY, "http://h:1")).toBe(
      [
        "curl -s http://h:1/api/v1/query \\",
        "  -H 'content-type: application/json' \\",
        '  -H "authorization: Bearer $NERVURE_API_KEY" \\',
        `  -d '${JSON.stringify(QUERY).replace("o'neill", "o'\\''neill")}'`,
      ].join("\n"),
    );
  });

  it("is Python", () => {
    const text = asPython(QUERY, "http://h:1");
    expect(text).toContain('nervure.Client("http://h:1")');
    expect(text).toContain(String.raw`where="tenant = \"o'neill\" and kind = \"llm\"",`);
    expect(text).toContain('by="model",');
  });

  it("is one command a measure", () => {
    const text = asCommand({ ...QUERY, measure: ["count", "cost.sum"] }, "http://h:1");
    expect(text.match(/nervure query/g)).toHaveLength(2);
    expect(text).toContain("--from=-24h");
    expect(text).toContain(String.raw`--where 'tenant = "o'\''neill" and kind = "llm"'`);
  });
});

const point = (value: number | null, time: string | null = null) => ({ time, value, low: null, high: null, n: 3 });
const ANSWER: QueryAnswer = {
  series: [
    { measure: "count", unit: "spans", by: { model: 'a "b", c', tenant: "=1+1" }, points: [point(2)] },
    { measure: "count", unit: "spans", by: { model: null, tenant: null }, other: true, points: [point(5)] },
    { measure: "cost.sum", unit: "USD", by: { model: 'a "b", c', tenant: "=1+1" }, points: [point(null)] },
  ],
  stats: { rows_read: 1, elapsed_ms: 1, source: "spans" },
};

describe("rows of an answer", () => {
  it("are one a group, with every measure", () => {
    const rows = rowsOf(ANSWER);
    expect(rows.map((row) => [groupName(row), row.points.count?.value, row.points["cost.sum"]?.value])).toEqual([
      ['a "b", c · =1+1', 2, null],
      ["all others", 5, undefined],
    ]);
    expect(whereOf("cost > 1", rows[0]!)).toBe(String.raw`cost > 1 and model = "a \"b\", c" and tenant = "=1+1"`);
    expect(whereOf("cost > 1", rows[1]!)).toBe("cost > 1");
  });

  it("are a file a spreadsheet reads without running it", () => {
    expect(csvOf(ANSWER).split("\r\n")).toEqual([
      "model,tenant,count (spans),count low,count high,count n,cost.sum (USD),cost.sum low,cost.sum high,cost.sum n",
      `"a ""b"", c",'=1+1,2,,,3,,,,3`,
      "all others,all others,5,,,3,,,,",
      "",
    ]);
  });
});
