/** A judge's panel while it is being written. Pure. */

import type { Schemas } from "@/api/hooks";

export type Seat = Schemas["SeatBody"];

/** A new member: the same endpoint as the one before, so that often only the model is left to write. */
export function seatAfter(panel: Seat[]): Seat {
  const endpoint = panel.at(-1)?.endpoint ?? "";
  return { endpoint, model: "", temperature: 0, max_output_tokens: 1024, structured: "auto", params: {} };
}

/** How many votes are asked for each judgement, and whether an even number of them may end without a majority. */
export function votesOf(panel: Seat[], repeats: number): { votes: number; mayTie: boolean } {
  const votes = panel.length * repeats;
  return { votes, mayTie: votes % 2 === 0 };
}
