"""Syslog: what is read, and that nothing is thrown away."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervure.base.clock import parse_iso
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.syslog import UNPARSED, Frames, read
from nervure.decode.wire import DecodeLimits
from nervure.model.raw import RawLog

NOW_NS = parse_iso("2026-01-01T00:10:00Z")


def log(text: str | bytes, zone: Any = UTC) -> RawLog:
    data = text.encode() if isinstance(text, str) else text
    return read(data, "10.0.0.9", NOW_NS, zone, Origins("syslog"), DecodeLimits())


def test_an_rfc_5424_message_with_structured_data() -> None:
    found = log(
        "<165>1 2025-12-31T23:59:58.003-01:00 mymachine evntslog 8710 ID47 "
        '[exampleSDID@32473 iut="3" eventSource="App \\"x\\" \\]"][o@1 a="b"] \ufeffAn application event\n'
    )
    assert found.time_ns == parse_iso("2026-01-01T00:59:58.003Z")
    assert (found.severity, found.severity_text, found.body) == (10, "notice", "An application event")
    assert found.origin.resource == {"host.name": "mymachine", "service.name": "evntslog"}
    assert found.attributes == {
        "syslog.facility": "local4", "syslog.proc_id": "8710", "syslog.msg_id": "ID47",
        "exampleSDID@32473.iut": "3", "exampleSDID@32473.eventSource": 'App "x" ]', "o@1.a": "b",
        "client.address": "10.0.0.9",
    }  # fmt: skip
    assert found.flags == []


@pytest.mark.parametrize(
    ("text", "time", "host", "service", "body"),
    [
        ("<34>Dec 31 23:59:59 web1 sshd[42]: hi: there", "2025-12-31T23:59:59Z", "web1", "sshd", "hi: there"),
        ("<34>Jan  1 00:11:00 web1 su: x", "2026-01-01T00:11:00Z", "web1", "su", "x"),
        ("<34>Oct 11 2024 22:14:15 fw %ASA-6-302013: built", "2024-10-11T22:14:15Z", "fw", "%ASA-6-302013", "built"),
        ("<13>2026-01-01T00:00:01.5+00:00 h app: iso time", "2026-01-01T00:00:01.5Z", "h", "app", "iso time"),
        ("<13>Jan  1 00:00:00 sshd[1]: no host", "2026-01-01T00:00:00Z", "10.0.0.9", "sshd", "no host"),
        ("<13>just words", "2026-01-01T00:10:00Z", "10.0.0.9", None, "just words"),
        ("<13>Jan  1 00:00:00 h a text without tag", "2026-01-01T00:00:00Z", "h", None, "a text without tag"),
    ],
)
def test_what_devices_make_of_rfc_3164(text: str, time: str, host: str, service: str | None, body: str) -> None:
    found = log(text)
    assert (found.time_ns or NOW_NS) == parse_iso(time)
    assert (found.origin.resource["host.name"], found.origin.resource.get("service.name")) == (host, service)
    assert found.body == body
    assert UNPARSED not in found.flags


def test_times_without_a_zone_are_of_the_zone_in_the_settings() -> None:
    assert log("<13>Dec 31 23:30:00 h a: x", ZoneInfo("America/New_York")).time_ns == parse_iso("2026-01-01T04:30:00Z")


def test_a_json_message_is_taken_apart() -> None:
    found = log(
        '<14>1 - h app - - - @cee: {"level":"error","msg":"boom","trace_id":"0af7651916cd43dd8448eb211c80319c","n":1}'
    )
    assert (found.body, found.severity, found.trace_id) == ("boom", 17, "0af7651916cd43dd8448eb211c80319c")
    assert found.attributes["n"] == 1


@pytest.mark.parametrize("text", ["no priority", "<999>x", "<13>1 - h a - - [broken", "<>", b"\xff\xfe<1>"])
def test_what_nobody_can_read_is_kept_whole(text: str | bytes) -> None:
    found = log(text)
    assert found.flags == [UNPARSED]
    assert found.body == (text if isinstance(text, str) else text.rstrip(b"\0").decode("utf-8", "replace"))


@given(st.binary(max_size=200))
def test_any_bytes_make_one_record(data: bytes) -> None:
    assert isinstance(log(data), RawLog)


def test_octet_counts_and_lines_mixed() -> None:
    frames = Frames(1000)
    stream = b"11 <13>a\nb and<14>line\r\n5 <1>x7 <2>tail"
    assert frames.feed(stream) == [(b"<13>a\nb and", False), (b"<14>line\r", False), (b"<1>x7", False)]
    assert frames.rest() == [(b" <2>tail", False)]


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0"), min_size=1).filter(str.strip), max_size=8
    ),
    st.data(),
)
def test_however_a_stream_is_cut_the_messages_are_the_same(texts: list[str], data: st.DataObject) -> None:
    messages = [f"<13>{text}".encode() for text in texts]
    stream = b"".join(
        b"%d %s" % (len(message), message) if data.draw(st.booleans()) else message + b"\n" for message in messages
    )
    frames, found = Frames(10_000), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += frames.feed(stream[:size])
        stream = stream[size:]
    assert found == [(message, False) for message in messages]


def test_long_messages_are_cut_and_what_follows_is_read() -> None:
    frames = Frames(10)
    assert frames.feed(b"<13>" + b"x" * 30) == [(b"<13>xxxxxx", True)]
    assert frames.feed(b"rest\n<14>next\n") == [(b"<14>next", False)]
    assert frames.feed(b"20 <13>abcdefghijklmnop") == [(b"<13>abcdef", True)]
    assert frames.feed(b"<14>after\n") == [(b"<14>after", False)]


def test_an_absurd_count_ends_the_stream() -> None:
    frames = Frames(10)
    assert frames.feed(b"9999999999 <13>x") == []
    assert "was announced" in frames.broken
