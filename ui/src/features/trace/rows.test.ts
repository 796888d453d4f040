import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { graphOf } from "./graph";
import { BITS, Outline, type OutlinePage } from "./outline";
import { closedBelow, groupOf, matches, revealed, rowAt, rowsOf, UNFOLDED } from "./rows";

/** An outline written down as "depth name kind", a line per span; "!" marks a failed one. */
function outlineOf(...lines: string[]): Outline {
  const names = [""];
  const kinds = [""];
  const place = (words: string[], word: string) => (words.includes(word) ? words.indexOf(word) : words.push(word) - 1);
  const rows = lines.map((line) => line.split(" "));
  const depths = rows.map(([depth]) => Number(depth));
  const parents = depths.map((depth, at) => {
    for (let up = at - 1; up >= 0; up--) if (depths[up]! < depth) return up;
    return -1;
  });
  const zeros = rows.map(() => 0);
  const columns = {
    span_id: rows.map((_, at) => `s${at}`),
    parent: parents,
    depth: depths,
    start_ms: rows.map((_, at) => at * 10),
    duration_ms: rows.map((_, at) => at + 1),
    name: rows.map(([, name]) => place(names, name!)),
    kind: rows.map(([, , kind]) => place(kinds, kind ?? "other")),
    status: rows.map(([, , , failed]) => (failed ? 1 : 0)),
    service: zeros,
    model: zeros,
    agent: zeros,
    tool: zeros,
    error: zeros,
    input_tokens: rows.map(([, , kind]) => (kind === "llm" ? 10 : null)),
    output_tokens: rows.map(() => null),
    cost: rows.map(([, , kind]) => (kind === "llm" ? 0.5 : null)),
    bits: zeros,
  };
  const words = {
    name: names,
    kind: kinds,
    status: ["", "error"],
    service: [""],
    model: [""],
    agent: [""],
    tool: [""],
    error: [""],
  };
  const page: OutlinePage = {
    version: "1",
    offset: 0,
    next_offset: null,
    total: rows.length,
    start: "",
    words,
    columns,
  };
  return new Outline([page]);
}

const shown = (outline: Outline, folding = UNFOLDED) =>
  rowsOf(outline, folding).map(
    (row) => `${"-".repeat(row.level)}${outline.name(row.place)}${row.isGroup ? ` x ${row.count}` : ""}`,
  );

const RUN = outlineOf(
  "0 run agent",
  "1 ask llm",
  "1 embed embedding",
  "1 embed embedding",
  "1 embed embedding !",
  "1 embed embedding",
  "1 sub agent",
  "2 ask llm",
  "2 look tool !",
);

describe("rows of the tree", () => {
  it("show siblings alike as one row until it is opened", () => {
    expect(shown(RUN)).toEqual(["run", "-ask", "-embed x 4", "-sub", "--ask", "--look"]);
    expect(shown(RUN, { closed: new Set(), opened: new Set([2]) })).toEqual([
      "run",
      "-ask",
      "-embed x 4",
      "--embed",
      "--embed",
      "--embed",
      "--embed",
      "-sub",
      "--ask",
      "--look",
    ]);
  });

  it("hide what is below a closed span", () => {
    expect(shown(RUN, { closed: new Set([6]), opened: new Set() })).toEqual(["run", "-ask", "-embed x 4", "-sub"]);
    expect(shown(RUN, closedBelow(RUN, 0))).toEqual(["run"]);
  });

  it("reveal a span wherever it hides", () => {
    expect(groupOf(RUN, 4)).toBe(2);
    const folding = revealed(RUN, closedBelow(RUN, 0), 4);
    const rows = rowsOf(RUN, folding);
    expect(rows[rowAt(rows, 4)]).toMatchObject({ place: 4, isGroup: false, level: 2 });
    expect(shown(RUN, revealed(RUN, closedBelow(RUN, 0), 8))).toEqual([
      "run",
      "-ask",
      "-embed x 4",
      "-sub",
      "--ask",
      "--look",
    ]);
  });

  it("find the row a span stands in, also when it is folded away", () => {
    const rows = rowsOf(RUN, { closed: new Set([6]), opened: new Set() });
    expect([0, 3, 8].map((place) => RUN.name(rows[rowAt(rows, place)]!.place))).toEqual(["run", "embed", "sub"]);
    expect(rowAt([], 3)).toBe(-1);
  });

  it("are searched by any of the words they show, or by id", () => {
    expect(matches(RUN, "embed")).toEqual([2, 3, 4, 5]);
    expect(matches(RUN, "ASK llm")).toEqual([1, 7]);
    expect(matches(RUN, "s6")).toEqual([6]);
    expect(matches(RUN, "  ")).toEqual([]);
  });
});

describe("an outline", () => {
  it("sums what is billed and counts what failed", () => {
    expect(RUN.sums(0, RUN.length)).toMatchObject({ spans: 9, errors: 2, calls: 6, tokens: 20, cost: 1 });
    expect(RUN.sums(7, 9)).toMatchObject({ errors: 1, calls: 1, cost: 0.5, busyMs: 17 });
  });

  it("is the same whether it came whole or in pages", () => {
    const held = JSON.parse(readFileSync(new URL("./fixtures/langfuse.json", import.meta.url), "utf8")) as {
      outline: OutlinePage;
    };
    const whole = held.outline;
    const cut = 4;
    const part = (from: number, to: number): OutlinePage => ({
      ...whole,
      offset: from,
      columns: Object.fromEntries(
        Object.entries(whole.columns).map(([name, values]) => [name, values.slice(from, to)]),
      ) as OutlinePage["columns"],
    });
    const [one, two] = [new Outline([whole]), new Outline([part(0, cut), part(cut, whole.total)])];
    expect(shown(two)).toEqual(shown(one));
    expect([...two.end]).toEqual([...one.end]);
    expect(new Outline([part(0, cut)]).isWhole).toBe(false);
    expect(one.placeOf(whole.columns.span_id[5]!)).toBe(5);
    expect(one.has("hasContent", 0)).toBe(Boolean(whole.columns.bits[0]! & BITS.hasContent));
  });
});

describe("the graph", () => {
  it("merges what has one name, and counts and times its arrows", () => {
    const graph = graphOf(RUN, false);
    expect(graph.nodes.map((node) => [node.kind, node.label, node.count, node.errors])).toEqual([
      ["agent", "run", 1, 0],
      ["llm", "ask", 2, 0],
      ["embedding", "embed", 4, 1],
      ["agent", "sub", 1, 0],
      ["tool", "look", 1, 1],
    ]);
    expect(graph.edges.map((edge) => [edge.from, edge.to, edge.count, edge.p50])).toEqual([
      ["agent:run", "llm:ask", 1, 2],
      ["agent:run", "embedding:embed", 4, 4.5],
      ["agent:run", "agent:sub", 1, 7],
      ["agent:sub", "llm:ask", 1, 8],
      ["agent:sub", "tool:look", 1, 9],
    ]);
  });

  it("gives each run of an agent its own box when expanded, and says which follow each other", () => {
    const outline = outlineOf("0 run workflow", "1 a agent", "2 look tool", "1 b agent", "2 look tool", "1 a agent");
    expect(graphOf(outline, true).nodes.map((node) => node.label)).toEqual(["run", "a", "look", "b", "look", "a"]);
    expect(
      graphOf(outline, false)
        .edges.filter((edge) => edge.type === "then")
        .map((edge) => [edge.from, edge.to]),
    ).toEqual([
      ["agent:a", "agent:b"],
      ["agent:b", "agent:a"],
    ]);
  });
});
