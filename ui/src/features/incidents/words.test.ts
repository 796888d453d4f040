import { describe, expect, it } from "vitest";
import {
  aroundOf,
  byUrgency,
  carriers,
  lasted,
  narrated,
  runbookParts,
  scopeName,
  scopeWhere,
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
