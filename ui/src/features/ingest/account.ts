/** The ledger's equation: received = stored + refused + dropped. Pure. */

import type { Schemas } from "@/api/hooks";

export type Flow = Schemas["FlowPoint"];

export interface Account {
  received: number;
  stored: number;
  refused: number;
  dropped: number;
  /** Reason to count, largest first. */
  reasons: [string, number][];
  requests: number;
  bytes: number;
  /** received - stored - refused - dropped; 0 when all is accounted for. */
  missing: number;
}

/** Sums up a range. */
export function accountOf(points: Flow[]): Account {
  const sum = (pick: (point: Flow) => number) => points.reduce((total, point) => total + pick(point), 0);
  const reasons = new Map<string, number>();
  for (const point of points)
    for (const [reason, items] of Object.entries(point.dropped))
      reasons.set(reason, (reasons.get(reason) ?? 0) + items);
  const [received, stored, refused] = [
    sum((point) => point.received),
    sum((point) => point.stored),
    sum((point) => point.refused),
  ];
  const dropped = [...reasons.values()].reduce((total, items) => total + items, 0);
  return {
    received,
    stored,
    refused,
    dropped,
    reasons: [...reasons].sort((a, b) => b[1] - a[1]),
    requests: sum((point) => point.requests),
    bytes: sum((point) => point.bytes),
    missing: received - stored - refused - dropped,
  };
}

const REASONS: Record<string, string> = {
  duplicate: "sent again though it is stored already",
  placeholder: "stand-ins that the real span replaces",
  pending: "stand-ins that the real span replaces",
  empty: "without any content",
};

/** Why something was left out, in words. */
export function reasonInWords(reason: string): string {
  return REASONS[reason] ?? "";
}
