"""Our ids as UUIDs, for clients that take nothing else; `decode.formats.ids` reads them back."""

import re

from nervure.base.ids import name_uuid

HEX_TRACE, HEX_SPAN = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{16}")


def uuid_of_trace(trace_id: str) -> str:
    """Our 32 hex digits as a UUID."""
    return dashed(trace_id) if HEX_TRACE.fullmatch(trace_id) else name_uuid(trace_id)


def uuid_of_span(trace_id: str, span_id: str) -> str:
    """Of a span that came from elsewhere: a UUID whose lower half is its id, which is how ids are read back."""
    return dashed(trace_id[:16] + span_id) if HEX_SPAN.fullmatch(span_id) else name_uuid(trace_id + span_id)


def dashed(digits: str) -> str:
    """32 hex digits with the dashes of a UUID."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
