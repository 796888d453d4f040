/** Flags on the time axis of what an incident or a finding is about. Pure. */

import type { Marker } from "@/design/TimeChart";
import { millis } from "@/lib/time";
import { changeName } from "./changeName";
import { aroundOf, endOf, type Incident, type Lasting } from "./words";

const SAME_PLACE = 1 / 40;

/** Flags: when it began, was found and ended, and what else changed. */
export function flagsOf(incident: Incident): Marker[] {
  const changes = incident.changes.map((one) => ({ at: millis(one.time), label: changeName(one) }));
  const ended =
    incident.closed_at && incident.status === "closed" ? [{ at: millis(incident.closed_at), label: "Closed" }] : [];
  const began = { at: millis(incident.onset_at), label: "Began (estimated)" };
  return apart([...changes, began, { at: millis(incident.opened_at), label: "Found" }, ...ended], incident);
}

/** One flag for those that would hide each other. */
export function apart(flags: Marker[], of: Lasting): Marker[] {
  const least = (endOf(of) - millis(aroundOf(of).from)) * SAME_PLACE;
  const all = [...flags].sort((one, other) => one.at - other.at);
  return all.reduce<Marker[]>((made, one) => {
    const last = made.at(-1);
    if (last && one.at - last.at < least) last.label += `; ${one.label}`;
    else made.push({ ...one });
    return made;
  }, []);
}
