"""Telemetry that this installation passed on and that comes back: servers that forward to each other must not circulate."""

from nervure.model.destination import VIA, via_of
from nervure.model.raw import RawBatch


def leave_out_returned(raw: RawBatch, instance: str) -> int:
    """Takes out what has been here before, by its resource, and says how many records that were."""
    origins = {id(record.origin): record.origin for records in (raw.spans, raw.logs, raw.metrics) for record in records}
    back = {at for at, origin in origins.items() if VIA in origin.resource and instance in via_of(origin.resource)}
    if not back:
        return 0
    before = raw.received
    raw.spans = [record for record in raw.spans if id(record.origin) not in back]
    raw.logs = [record for record in raw.logs if id(record.origin) not in back]
    raw.metrics = [record for record in raw.metrics if id(record.origin) not in back]
    return before - raw.received
