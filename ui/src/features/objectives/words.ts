/** What states of objectives are called, and how urgent they look. Pure. */

import type { Schemas } from "@/api/hooks";

type Slo = Schemas["SloAnswer"];
type Tone = "plain" | "bad" | "warn" | "accent";

export const SLO_STATES: Record<Schemas["SloStatus"]["state"], { word: string; tone: Tone }> = {
  page: { word: "burning fast", tone: "bad" },
  ticket: { word: "burning", tone: "warn" },
  exhausted: { word: "budget spent", tone: "bad" },
  ok: { word: "kept", tone: "plain" },
  no_data: { word: "no events yet", tone: "plain" },
};

export const BUDGET_STATES: Record<Schemas["BudgetLine"]["state"], { word: string; tone: Tone }> = {
  ok: { word: "fine", tone: "plain" },
  alert: { word: "threshold reached", tone: "warn" },
  may_exceed: { word: "may be overspent", tone: "warn" },
  at_risk: { word: "will be overspent", tone: "bad" },
  over: { word: "overspent", tone: "bad" },
};

/** What is promised, in one line: "99.5 % of answers without an error over 28 days". */
export function promise(
  slo: Pick<Slo, "kind" | "target" | "threshold_ms" | "score" | "threshold" | "good" | "period_days">,
): string {
  const share = `${Number((slo.target * 100).toPrecision(6))} %`;
  const what = {
    availability: "without an error",
    latency: `answered within ${slo.threshold_ms / 1000} s`,
    ttft: `beginning within ${slo.threshold_ms / 1000} s`,
    quality: `with ${slo.score} of at least ${slo.threshold}`,
    custom: `with ${slo.good}`,
  }[slo.kind];
  return `${share} ${what}, over ${slo.period_days} days`;
}

/** "3 days", "5 hours", "12 minutes": when the error budget ends. */
export function within(seconds: number): string {
  for (const [size, unit] of [
    [86_400, "day"],
    [3600, "hour"],
    [60, "minute"],
  ] as const) {
    const count = Math.floor(seconds / size);
    if (count >= 1) return `${count} ${unit}${count === 1 ? "" : "s"}`;
  }
  return "a minute";
}
