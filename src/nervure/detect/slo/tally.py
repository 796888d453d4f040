"""Counts of SLOs' events over time: whole hours are kept in the catalog, so that a month is not counted every minute."""

from dataclasses import asdict

from nervure.base.clock import NS_PER_S, Clock
from nervure.base.ids import digest
from nervure.catalog.repositories.notes import Notes
from nervure.detect.slo.burn import DAY_S, HOUR_S, MINUTE_S, Count, Counts
from nervure.model.objective import Slo
from nervure.query.asker import Asker
from nervure.query.objectives import count_events

FINE_S = MINUTE_S
PREVIEW_S = 5 * MINUTE_S
# Longer windows of alerts than this are made of whole hours.
FINE_FOR_S = 13 * HOUR_S
# Spans and scores that come late still count: hours are counted again until they are so old, now and then.
LATE_S = 2 * DAY_S
AGAIN_S = 10 * MINUTE_S
# Members of an SLO that change nothing about its counts.
WORDS = ("id", "name", "team", "description", "author", "created_ns", "changed_ns", "target")


class Tally:
    """Thread-safe; may raise what Asker and the catalog raise."""

    def __init__(self, asker: Asker, notes: Notes, clock: Clock) -> None:
        self._asker, self._notes, self._clock = asker, notes, clock

    def counts(self, slo: Slo) -> tuple[Counts, int]:
        """(counts of two periods up to now, when the first of them begins in s: the SLO knows nothing earlier)."""
        now_s = self._clock.now_ns() // NS_PER_S
        edge_s = (now_s - FINE_FOR_S) // HOUR_S * HOUR_S
        since_s, hours = self._hours(slo, now_s, edge_s)
        fine = count_events(self._asker, slo, edge_s * NS_PER_S, (now_s + 1) * NS_PER_S, FINE_S)
        return Counts([*hours, *(Count(*one) for one in fine)]), since_s

    def forget(self, slo_id: str) -> None:
        """After an SLO was deleted."""
        self._notes.delete(_key(slo_id))

    def preview(self, slo: Slo, from_s: int) -> Counts:
        """Five minutes' counts from there to now, of an SLO that may not be kept."""
        begin_s = from_s // PREVIEW_S * PREVIEW_S
        return Counts(Count(*one) for one in count_events(
            self._asker, slo, begin_s * NS_PER_S, self._clock.now_ns() + 1, PREVIEW_S
        ))  # fmt: skip

    def _hours(self, slo: Slo, now_s: int, edge_s: int) -> tuple[int, list[Count]]:
        """Hours before edge_s."""
        key, of = _key(slo.id), _definition(slo)
        first_s = (now_s - 2 * slo.period_days * DAY_S) // HOUR_S * HOUR_S
        kept = self._notes.find(key)
        if kept is None or kept["of"] != of:
            kept = {"of": of, "asked_s": 0, "through_s": first_s, "hours": []}
        if kept["asked_s"] < now_s - AGAIN_S or kept["through_s"] < edge_s:
            begin_s = max(first_s, min(kept["through_s"], (now_s - LATE_S) // HOUR_S * HOUR_S))
            held = [one for one in kept["hours"] if first_s <= one[0] < begin_s]
            asked = count_events(self._asker, slo, begin_s * NS_PER_S, edge_s * NS_PER_S, HOUR_S)
            kept = {"of": of, "asked_s": now_s, "through_s": edge_s, "hours": [*held, *map(list, asked)]}
            self._notes.put(key, kept)
        return first_s, [Count(*one) for one in kept["hours"]]


def _key(slo_id: str) -> str:
    return f"slo-hours/{slo_id}"


def _definition(slo: Slo) -> str:
    said = {name: value for name, value in asdict(slo).items() if name not in WORDS}
    return digest(repr(sorted(said.items())).encode())
