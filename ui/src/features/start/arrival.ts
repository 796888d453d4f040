/** Whether something has arrived since the page began to wait, and what it was recognised as. Pure. */

import type { Schemas } from "@/api/hooks";
import { millis } from "@/lib/time";

export type Sender = Schemas["SenderAnswer"];
const RANK = ["spans", "logs", "metrics"];

/** What arrived that is nobody's demo: spans before logs before metrics, the latest first. */
export function arrivals(senders: Sender[], sinceMs: number): Sender[] {
  return senders
    .filter((sender) => !sender.is_demo && millis(sender.last_seen) >= sinceMs)
    .sort((a, b) => RANK.indexOf(a.signal) - RANK.indexOf(b.signal) || millis(b.last_seen) - millis(a.last_seen));
}

/** In words, what it was recognised as. */
export function recognised(sender: Sender): string {
  const sdk = sender.sdk ? `${sender.sdk} ${sender.sdk_version}`.trim() : "an SDK that does not name itself";
  const language = sender.language ? ` (${sender.language})` : "";
  if (sender.signal !== "spans") return `${sender.signal} of ${sdk}${language}`;
  if (sender.convention === "plain") return `plain OpenTelemetry spans of ${sdk}${language}`;
  return `${sender.convention} spans of ${sdk}${language}`;
}

/** Whether calls of models came without their texts. */
export function lacksContent(sender: Sender): boolean {
  return sender.calls > 0 && sender.with_content === 0;
}
