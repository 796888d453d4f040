"""What senders are told is remembered in words, so that a page can show it to whoever can mend it."""

import httpx
import pytest

from nervure.base.settings import Settings
from nervure.model.key import Key
from tests.wire.doors import MemoryIntake, MemoryKeys, Running, serving
from tests.wire.samples import PROTOBUF, span, traces


def send(server: Running, body: bytes, kind: str = PROTOBUF, **headers: str) -> int:
    named = {"content-type": kind, "user-agent": "OTel-Test/1", **headers}
    return httpx.post(f"{server.url}/v1/traces", content=body, headers=named, timeout=10).status_code


def remembered(intake: MemoryIntake, project: str = "default") -> list[tuple[int, str, int, int]]:
    found = intake.refusals.list(project, with_unknown=True)
    return [(one.status, one.sender, one.requests, one.items) for one in found]


def test_a_request_taken_in_full_leaves_nothing_to_tell(server: Running) -> None:
    assert send(server, traces()) == 200
    assert remembered(server.intake) == []


def test_refusals_are_told_with_sender_and_project(server: Running) -> None:
    assert send(server, b"\xff\xff not protobuf") == 400
    assert send(server, b"x", "text/plain", **{"x-nervure-project": "shop"}) == 415
    assert remembered(server.intake) == [(400, "OTel-Test/1", 1, 0)]
    assert remembered(server.intake, "shop") == [(415, "OTel-Test/1", 1, 0)]


def test_a_part_of_a_request_is_told_with_how_much_it_was(server: Running) -> None:
    assert send(server, traces(span(1), span(2, span_id=b""))) == 200
    (told,) = server.intake.refusals.list("default", with_unknown=False)
    assert (told.status, told.items) == (200, 1)
    assert "span_id must be 8 bytes" in told.message


@pytest.mark.parametrize(("mood", "status"), [("full", 429), ("down", 503)])
def test_come_again_is_told_too(server: Running, mood: str, status: int) -> None:
    server.intake.mood = mood
    assert send(server, traces()) == status
    assert send(server, traces(span(7))) == status
    assert [one[:3] for one in remembered(server.intake)] == [(status, "OTel-Test/1", 2)]


def test_without_a_key_nobody_knows_the_project() -> None:
    keys = MemoryKeys({"a-good-key": Key("k", "app", "a-good", rights=frozenset({"send"}))})
    with serving(Settings(port=0, grpc_port=-1, auth=True), keys) as guarded:
        assert send(guarded, traces()) == 401
        assert send(guarded, traces(), authorization="Bearer a-good-key") == 200
        (told,) = guarded.intake.refusals.list("default", with_unknown=True)
        assert (told.project, told.status) == ("", 401)
        assert guarded.intake.refusals.list("default", with_unknown=False) == []
