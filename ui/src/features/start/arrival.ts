/** Whether something has arrived since the page began to wait, and what it was recognised as. Pure. */

import type { Schemas } from "@/api/hooks";
import { count } from "@/lib/format";
import { millis } from "@/lib/time";

export type Sender = Schemas["SenderAnswer"];
const RANK = ["spans", "logs", "metrics"];

/** What arrived that is nobody's demo: spans before logs before metrics, the latest first. */
export function arrivals(senders: Sender[], sinceMs: number): Sender[] {
  return senders
    .filter((sender) => !sender.is_demo && millis(sender.last_seen) >= sinceMs)
    .sort((a, b) => RANK.indexOf(a.signal) - RANK.indexOf(b.signal) || millis(b.last_seen) - millis(a.last_seen));
}

/** In words, how much of it there is and what it was recognised as: "3 spans read as otel_genai, from opentelemetry 1.45 (python)". */
export function recognised(sender: Sender): string {
  const sdk = sender.sdk ? `${sender.sdk} ${sender.sdk_version}`.trim() : "an SDK that does not name itself";
  const language = sender.language ? ` (${sender.language})` : "";
  const noun = sender.items === 1 ? ONE[sender.signal] : MANY[sender.signal];
  const dialect = !sender.convention
    ? ""
    : sender.convention === "plain"
      ? " of plain OpenTelemetry"
      : ` read as ${sender.convention}`;
  return `${count(sender.items)} ${noun ?? sender.signal}${dialect}, from ${sdk}${language}`;
}

const ONE: Record<string, string> = { spans: "span", logs: "log record", metrics: "metric point" };
const MANY: Record<string, string> = { spans: "spans", logs: "log records", metrics: "metric points" };

/** Whether calls of models came without their texts. */
export function lacksContent(sender: Sender): boolean {
  return sender.calls > 0 && sender.with_content === 0;
}
