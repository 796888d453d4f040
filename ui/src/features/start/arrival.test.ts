import { describe, expect, it } from "vitest";
import { arrivals, lacksContent, recognised, type Sender } from "./arrival";

function sender(given: Partial<Sender>): Sender {
  return {
    signal: "spans",
    service: "s",
    sdk: "opentelemetry",
    sdk_version: "1.45.2",
    language: "python",
    convention: "otel_genai",
    items: 1,
    first_seen: "2026-11-21T12:00:00Z",
    last_seen: "2026-11-21T12:00:00Z",
    example_trace_id: "t",
    calls: 1,
    with_content: 1,
    is_demo: false,
    refused_share: 0,
    ...given,
  };
}
const NOON = Date.parse("2026-11-21T12:00:00Z");

describe("what has arrived", () => {
  it("is neither old nor demo", () => {
    const old = sender({ last_seen: "2026-11-21T11:59:59Z" });
    expect(arrivals([old, sender({ is_demo: true })], NOON)).toEqual([]);
  });
  it("shows spans before other signals, the latest first", () => {
    const found = arrivals(
      [
        sender({ signal: "metrics" }),
        sender({ service: "a" }),
        sender({ service: "b", last_seen: "2026-11-21T12:00:05Z" }),
      ],
      NOON,
    );
    expect(found.map((one) => one.signal + one.service)).toEqual(["spansb", "spansa", "metricss"]);
  });
});

describe("what it is recognised as", () => {
  it("names dialect, SDK and language", () => {
    expect(recognised(sender({}))).toBe("1 span read as otel_genai, from opentelemetry 1.45.2 (python)");
    expect(recognised(sender({ sdk: "", sdk_version: "", language: "", convention: "plain" }))).toBe(
      "1 span of plain OpenTelemetry, from an SDK that does not name itself",
    );
    expect(recognised(sender({ signal: "metrics", convention: "", items: 2 }))).toBe(
      "2 metric points, from opentelemetry 1.45.2 (python)",
    );
  });
  it("sees that texts are missing only where calls were made", () => {
    expect(lacksContent(sender({ calls: 2, with_content: 0 }))).toBe(true);
    expect(lacksContent(sender({ calls: 0, with_content: 0 }))).toBe(false);
  });
});
