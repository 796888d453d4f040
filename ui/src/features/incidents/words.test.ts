import { describe, expect, it } from "vitest";
import { apart } from "./flags";
import {
  aroundOf,
  asOf,
  byUrgency,
  carriers,
  expectedWithin,
  findingWhere,
  inFinding,
  isSum,
  isUnderWay,
  lasted,
  movedName,
  narrated,
  placeOn,
  ruleOf,
  runbookParts,
  scopeName,
  scopeWhere,
  timeOf,
  versioned,
} from "./words";
import type { Finding, Incident } from "./words";

const NOON = Date.parse("2026-11-20T12:00:00Z");
const finding = (id: string, measure: string) => ({ id, measure }) as Finding;
const incident = (severity: Incident["severity"], opened_at: string) => ({ severity, opened_at }) as Incident;

describe("scopes", () => {
  it("are filters and words", () => {
    const scope = { provider: "openai", tenant: 'the "best"' };
    expect(scopeWhere(scope)).toBe('provider = "openai" and tenant = "the \\"best\\""');
    expect(scopeName(scope)).toBe('provider openai, tenant the "best"');
    expect([scopeWhere({}), scopeName({})]).toEqual(["", "everything"]);
  });
});

describe("times", () => {
  it("last until now, or until it was closed", () => {
    const onset_at = "2026-11-20T10:00:00.000000Z";
    expect(lasted({ onset_at, closed_at: null }, NOON)).toBe("2h 00m");
    expect(lasted({ onset_at, closed_at: "2026-11-20T10:30:00.000000Z" }, NOON)).toBe("30m 00s");
  });
  it("are shown with the hours before and an hour after", () => {
    const onset_at = "2026-11-20T08:00:00.000000Z";
    expect(aroundOf({ onset_at, closed_at: null }, NOON)).toEqual({ from: "2026-11-20T02:00:00.000Z", to: "now" });
    expect(aroundOf({ onset_at, closed_at: "2026-11-20T09:00:00.000000Z" }, NOON).to).toBe("2026-11-20T10:00:00.000Z");
  });
});

describe("a backtest", () => {
  const onset_at = "2026-11-20T08:00:00.000000Z";
  const lasting = { onset_at, closed_at: null } as Incident;
  it("knows nothing of what came after its window", () => {
    const to = "2026-11-20T10:00:00.000000Z";
    expect(lasted(asOf(lasting, to), NOON)).toBe("2h 00m");
    const closed = { onset_at, closed_at: "2026-11-20T09:00:00.000000Z" } as Incident;
    expect(asOf(closed, to)).toBe(closed);
  });
  it("shows what began before its window from its beginning on", () => {
    const axis = { from: 100, to: 200 };
    expect(placeOn(axis, 150, 175)).toEqual({ left: 0.5, width: 0.25 });
    expect(placeOn(axis, 50, 300)).toEqual({ left: 0, width: 1 });
  });
  it("is under way until it has ended in some way", () => {
    const states = ["waiting", "running", "done", "failed", "cancelled"] as const;
    expect(states.filter((state) => isUnderWay({ state }))).toEqual(["waiting", "running"]);
  });
});

it("lasts as long as its incident and says where it went", () => {
  const found = { ...finding("a", "error_rate"), onset: "2026-11-20T08:00:00Z", closed: null } as Finding;
  expect(timeOf(found)).toEqual({ onset_at: "2026-11-20T08:00:00Z", closed_at: null });
  const moved = { ...found, direction: "up", observed: 0.31, expected: 0.01, unit: "ratio" } as Finding;
  expect(movedName(moved)).toBe("up to 31% where 1% was expected");
});

it("has one flag for those that would hide each other", () => {
  const of = { onset_at: "2026-11-20T08:00:00Z", closed_at: "2026-11-20T10:00:00Z" };
  const at = Date.parse("2026-11-20T08:00:00Z");
  const flags = [
    { at: at + 3_600_000, label: "c" },
    { at, label: "a" },
    { at: at + 60_000, label: "b" },
  ];
  expect(apart(flags, of)).toEqual([
    { at, label: "a; b" },
    { at: at + 3_600_000, label: "c" },
  ]);
});

it("tells what to do before the rest", () => {
  expect(narrated("It fails. Do this.\n\nIt began.\n\nWhy.")).toEqual({
    first: "It fails. Do this.",
    rest: "It began.\n\nWhy.",
  });
});

it("puts the severe first, and of those the newest", () => {
  const low = incident("low", "2026-11-20T11:00:00Z");
  const older = incident("high", "2026-11-20T09:00:00Z");
  const newer = incident("high", "2026-11-20T10:00:00Z");
  expect([low, older, newer].sort(byUrgency)).toEqual([newer, older, low]);
});

it("shows each measure by what carries most of its change", () => {
  const found = [finding("c", "latency"), finding("b", "error_rate"), finding("a", "error_rate")];
  expect(carriers({ findings: ["a", "b", "c", "gone"] }, found).map((one) => one.id)).toEqual(["a", "c"]);
});

it("compares a version with what it is a version of", () => {
  expect(versioned({ service: "chat", release: "2" })).toEqual({ wider: { service: "chat" }, version: "release" });
  expect(versioned({ service: "chat" })).toEqual({ wider: { service: "chat" }, version: "" });
});

describe("a runbook", () => {
  const text =
    'Look.\n\n```query\n{"measure": "count", "where": "{scope} and is_root = true", "from": "-6h"}\n```\n\nMend.';
  const range = { from: "2026-11-20T02:00:00.000Z", to: "now" };
  it("asks about the incident's scope and time", () => {
    expect(runbookParts(text, { tool: "search" }, range)).toEqual([
      { text: "Look." },
      { query: { measure: "count", where: 'tool = "search" and is_root = true', ...range } },
      { text: "Mend." },
    ]);
  });
  it("asks about everything when everything is concerned", () => {
    expect(runbookParts(text, {}, range)[1]).toEqual({
      query: { measure: "count", where: "is_root = true", ...range },
    });
  });
});

describe("findings", () => {
  const seen = { unit: "traces", n: 30, from: "2026-11-20T10:00:00.000000Z", to: "2026-11-20T10:30:00.000000Z" };
  it("tell counts by the hour, whatever the length of a look", () => {
    expect(inFinding(seen, 5)).toBe("300 traces an hour");
    expect(inFinding({ ...seen, n: 6 }, 25)).toBe("300 traces an hour");
    expect(inFinding({ ...seen, unit: "ratio" }, 0.25)).toBe("25%");
    expect(expectedWithin({ ...seen, low: 4, high: 5 })).toBe("240 – 300 traces an hour");
    expect(expectedWithin({ ...seen, unit: "ms", low: 900, high: 2500 })).toBe("900 ms – 2.50 s");
  });
  it("of rules lead to their rule and ask with its filter", () => {
    const rule = { monitor: "", objective: "", scope: { team: "care" }, details: { where: "latency > 5s" } };
    expect(ruleOf(rule)).toBeNull();
    expect(findingWhere(rule)).toBe('team = "care"');
    expect(ruleOf({ ...rule, objective: "budget_1" })).toEqual({ word: "budget", link: "/budgets/budget_1" });
    expect(ruleOf({ ...rule, objective: "slo_1" })?.link).toBe("/slos/slo_1");
    expect(ruleOf({ ...rule, monitor: "monitor_1" })?.word).toBe("monitor");
    expect(findingWhere({ ...rule, objective: "slo_1" })).toBe("latency > 5s");
  });
});

describe("measures", () => {
  it("that add up are compared by the hour", () => {
    const measures = [
      "count",
      "traces",
      "cost.sum",
      "tokens.input",
      "error_rate",
      "latency.p95",
      "tokens_per_second.avg",
    ];
    expect(measures.filter(isSum)).toEqual(["count", "traces", "cost.sum", "tokens.input"]);
  });
});
