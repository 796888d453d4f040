import { expect, it } from "vitest";
import { seatAfter, votesOf } from "./panel";

it("seats the next member at the same endpoint", () => {
  const first = seatAfter([]);
  expect([first.endpoint, first.model]).toEqual(["", ""]);
  expect(seatAfter([{ ...first, endpoint: "local", model: "m" }])).toEqual({ ...first, endpoint: "local" });
});

it("counts the votes of all members", () => {
  const seat = seatAfter([]);
  expect(votesOf([seat, seat, seat], 1)).toEqual({ votes: 3, mayTie: false });
  expect(votesOf([seat, seat], 3)).toEqual({ votes: 6, mayTie: true });
});
