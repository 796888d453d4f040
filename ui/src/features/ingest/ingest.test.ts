import { describe, expect, it } from "vitest";
import { accountOf, type Flow } from "./account";
import { adviceFor, level } from "@/lib/refusal";

function point(given: Partial<Flow>): Flow {
  return {
    time: "2026-11-21T12:00:00Z",
    requests: 0,
    received: 0,
    stored: 0,
    refused: 0,
    dropped: {},
    bytes: 0,
    ...given,
  };
}

describe("the account of a range", () => {
  it("adds up what became of everything", () => {
    const account = accountOf([
      point({ received: 10, stored: 7, refused: 1, dropped: { duplicate: 2 }, requests: 1, bytes: 100 }),
      point({ received: 5, stored: 1, dropped: { placeholder: 3, duplicate: 1 }, requests: 2, bytes: 50 }),
    ]);
    expect(account).toMatchObject({
      received: 15,
      stored: 8,
      refused: 1,
      dropped: 6,
      requests: 3,
      bytes: 150,
      missing: 0,
    });
    expect(account.reasons).toEqual([
      ["duplicate", 3],
      ["placeholder", 3],
    ]);
  });
  it("tells what is missing", () => {
    expect(accountOf([point({ received: 10, stored: 8 })]).missing).toBe(2);
  });
  it("of nothing is nothing", () => {
    expect(accountOf([])).toMatchObject({ received: 0, missing: 0, reasons: [] });
  });
});

describe("advice", () => {
  it("says that a retried request is not lost", () => {
    expect(adviceFor({ status: 429, retryable: true, message: "" }).todo).toMatch(/Nothing is lost/);
  });
  it("leads to keys", () => {
    expect(adviceFor({ status: 401, retryable: false, message: "" }).todo).toMatch(/API keys/);
  });
  it("knows compression from other mistakes", () => {
    expect(adviceFor({ status: 400, retryable: false, message: "not valid gzip" }).todo).toMatch(/zstd/);
    expect(adviceFor({ status: 400, retryable: false, message: "trace_id" }).todo).toMatch(/change/);
  });
});

it("gauges warn before they are full", () => {
  expect([0.5, 0.75, 0.95].map(level)).toEqual(["ok", "warn", "bad"]);
});
