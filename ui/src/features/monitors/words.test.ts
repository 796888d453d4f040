import { expect, it } from "vitest";
import {
  byState,
  changed,
  groupName,
  mutedBy,
  settingsOf,
  told,
  type Kind,
  type Monitor,
  type NewMonitor,
} from "./words";

const monitor = (state: Monitor["state"], name = "a") =>
  ({ state, name, paused: false, maintenance: [] }) as never as Monitor;

it("puts what alerts first", () => {
  const [quiet, loud, muted] = [monitor("ok"), monitor("alerting"), monitor("muted")];
  expect([muted, quiet, loud].sort(byState)).toEqual([loud, quiet, muted]);
});

it("is muted while a maintenance lasts", () => {
  const from = "2026-11-20T10:00:00Z";
  const to = "2026-11-20T12:00:00Z";
  const held = { ...monitor("muted"), maintenance: [{ from, to, reason: "" }] };
  expect(mutedBy(held, Date.parse("2026-11-20T11:00:00Z"))).toEqual({ paused: false, until: to });
  expect(mutedBy(held, Date.parse(to))).toEqual({ paused: false, until: "" });
});

it("sends only settings that the type knows and that are written", () => {
  const kind = { options: { limit: {}, when: {}, least: {} } } as unknown as Kind;
  expect(settingsOf(kind, { limit: 0, when: "above", least: "", days: 7 })).toEqual({ limit: 0, when: "above" });
});

it("tells groups and queries in words", () => {
  expect(groupName({ model: "gpt-4.1", region: "" })).toBe("model gpt-4.1, region (none)");
  expect(groupName({})).toBe("everything");
  expect(told({ measure: "count", by: ["model"], where: 'kind = "llm"' })).toBe('count by model where kind = "llm"');
});

it("counts rows and looks hourly once it is a monitor of drift", () => {
  const written = {
    type: "threshold",
    every: "5m",
    query: { measure: "error_rate", where: "x" },
  } as unknown as NewMonitor;
  expect(changed(written, "drift")).toMatchObject({
    every: "1h",
    query: { measure: "count", where: "x" },
    settings: {},
  });
  expect(changed(written, "change")).toEqual({ type: "change", settings: {} });
});
