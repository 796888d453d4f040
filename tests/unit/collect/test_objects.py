"""Objects in a folder: each once, in pieces, whatever happens in between."""

import gzip
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
import zstandard

from nervure.base.clock import SystemClock
from nervure.base.errors import BadInput, Busy, DecodeError, StoreDown, TooLarge
from nervure.base.ids import fingerprint
from nervure.collect.checkpoint import FileCheckpoint
from nervure.collect.chunks import chunks
from nervure.collect.collector import Round
from nervure.collect.kinds.objects import check, run
from nervure.collect.report import Report
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.intake.receipt import Receipt
from nervure.model.collector import Collector
from tests.unit.decode.test_aws import event, invocation


class Kept:
    """Takes bodies as the inlet does, in memory: one that comes again from the same place is recognised."""

    def __init__(self, most: int = 64 << 20) -> None:
        self.max_body_bytes = most
        self.spans: list[Any] = []
        self.logs: list[Any] = []
        self.seen: set[int] = set()
        self.taken = 0
        self.fail_at = -1

    def take_body(self, wire: Wire, body: bytes, content_type: str, project: str, place: str = "") -> Receipt:
        request = fingerprint(body) ^ fingerprint(place.encode())
        if self.taken == self.fail_at:
            self.fail_at = -1
            raise StoreDown("the store cannot be reached", 1.0)
        self.taken += 1
        if request in self.seen:
            return Receipt(0, is_repeat=True)
        raw = wire.decode(body, Request(content_type or wire.content_types[0]), DecodeLimits())
        self.seen.add(request)
        self.spans += raw.spans
        self.logs += raw.logs
        return Receipt(len(raw.spans) + len(raw.logs), raw.refused)


class Pull:
    """A collector over a folder."""

    def __init__(self, tmp_path: Path, kept: Kept, **settings: Any) -> None:
        self.root = tmp_path / "objects"
        self.root.mkdir(exist_ok=True)
        given = {"url": self.root.as_uri(), "format": "bedrock", **settings}
        self.collector = Collector("c1", "default", "objects", "objects", check(given))
        self.kept, self.report = kept, Report(SystemClock())
        self.checkpoint = FileCheckpoint(tmp_path / "checkpoint.json")
        self.stopping = threading.Event()

    def run(self) -> None:
        run(Round(self.collector, self.kept, SystemClock(), self.checkpoint, self.report, self.stopping.is_set))  # type: ignore[arg-type]

    def write(self, name: str, content: bytes, at_s: float = 1_795_000_000) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (at_s, at_s))


def lines(count: int, start: int = 0) -> bytes:
    return b"".join(json.dumps(invocation(requestId=f"r-{start + n}")).encode() + b"\n" for n in range(count))


@pytest.mark.supports("aws", "objects below a prefix: .json, .json.gz, .jsonl, .zst, each once")
def test_each_object_is_read_once_and_one_that_is_written_anew_again(tmp_path: Path) -> None:
    kept = Kept()
    pull = Pull(tmp_path, kept)
    pull.write("a/1.json.gz", gzip.compress(lines(3)))
    pull.write("a/2.jsonl", lines(2, 10))
    pull.write("b/3.zst", zstandard.compress(lines(1, 20)))
    pull.write("b/empty.json", b"")
    for _ in range(3):
        pull.run()
    assert len(kept.spans) == 6
    pull.write("a/2.jsonl", lines(2, 10) + lines(1, 30), 1_795_000_100)
    pull.write("c/late.json", lines(1, 40), 1_795_000_050)
    pull.run()
    assert sorted({span.attributes["aws.bedrock.requestId"] for span in kept.spans}) == sorted(
        f"r-{n}" for n in (0, 1, 2, 10, 11, 20, 30, 40)
    )
    state = pull.report.state()
    assert {name: target.items for name, target in state.targets.items() if name != "a/2.jsonl"} == {
        "a/1.json.gz": 3,
        "b/3.zst": 1,
        "c/late.json": 1,
    }


@pytest.mark.supports("azure", "blobs that grow within their hour: each line once")
def test_of_an_object_that_grew_only_what_is_new_is_read(tmp_path: Path) -> None:
    kept = Kept()
    pull = Pull(tmp_path, kept)
    pull.write("PT1H.json", lines(3), 1_795_000_000)
    pull.run()
    pull.write("PT1H.json", lines(5), 1_795_000_060)
    pull.run()
    pull.write("PT1H.json", lines(5) + lines(2, 50), 1_795_000_120)
    pull.run()
    pull.run()
    asked = [span.attributes["aws.bedrock.requestId"] for span in kept.spans]
    assert asked == ["r-0", "r-1", "r-2", "r-3", "r-4", "r-50", "r-51"]
    # Another content under the same name is read from its beginning, also when it is longer.
    pull.write("PT1H.json", lines(9, 100), 1_795_000_180)
    pull.run()
    assert [span.attributes["aws.bedrock.requestId"] for span in kept.spans[7:]] == [f"r-{100 + n}" for n in range(9)]


@pytest.mark.parametrize("fail_at", [1, 2, 3])
def test_a_grown_object_whose_reading_breaks_off_goes_on_too(tmp_path: Path, fail_at: int) -> None:
    kept = Kept()
    pull = Pull(tmp_path, kept)
    pull.write("PT1H.json", lines(100), 1_795_000_000)
    pull.run()
    pull.write("PT1H.json", lines(100) + lines(10_000, 100), 1_795_000_060)
    kept.fail_at = fail_at
    with pytest.raises(Busy):
        pull.run()
    pull.run()
    assert len({span.attributes["aws.bedrock.requestId"] for span in kept.spans}) == len(kept.spans) == 10_100


def test_a_pattern_and_a_start_leave_objects_out(tmp_path: Path) -> None:
    kept = Kept()
    pull = Pull(tmp_path, kept, pattern="*/us-east-1/*", start="2026-11-18T00:00:00Z")
    pull.write("x/us-east-1/old.json", lines(1), 1_794_000_000)
    pull.write("x/us-east-1/new.json", lines(1, 1), 1_795_000_000)
    pull.write("x/eu-west-1/new.json", lines(1, 2), 1_795_000_000)
    pull.run()
    assert [span.attributes["aws.bedrock.requestId"] for span in kept.spans] == ["r-1"]


@pytest.mark.supports("aws", "a collector that is killed goes on where it was, nothing twice")
@pytest.mark.parametrize("fail_at", [0, 1, 2, 3])
def test_a_round_that_breaks_off_goes_on_and_stores_nothing_twice(tmp_path: Path, fail_at: int) -> None:
    kept = Kept(most=1 << 20)
    pull = Pull(tmp_path, kept)
    big = lines(10_000)
    assert len(big) > 8 << 20, "several bodies"
    pull.write("big.json.gz", gzip.compress(big, 1))
    kept.max_body_bytes = 6 << 20
    kept.fail_at = fail_at
    if fail_at < 3:
        with pytest.raises(Busy):
            pull.run()
    # A kill after a body was stored and before the checkpoint was written: the body is handed in again.
    state = pull.checkpoint.read()
    if state.get("bodies"):
        pull.checkpoint.write({**state, "bodies": state["bodies"] - 1})
    pull.run()
    pull.run()
    assert len(kept.spans) == 10_000
    assert pull.checkpoint.read()["at"] == ["", ""]


def test_an_object_that_is_broken_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    kept = Kept()
    pull = Pull(tmp_path, kept)
    pull.write("1-cut.json.gz", gzip.compress(lines(3))[:-10])
    pull.write("2-rubbish.json", b"<html>no</html>")
    pull.write("3-half.json", lines(1) + b"rubbish\n")
    pull.write("4-good.json", lines(1, 5))
    for _ in range(2):
        pull.run()
    assert len(kept.spans) == 2
    targets = pull.report.state().targets
    assert {name: target.is_up for name, target in targets.items()} == {
        "1-cut.json.gz": False,
        "2-rubbish.json": False,
        "3-half.json": True,
        "4-good.json": True,
    }
    assert "ends too early" in targets["1-cut.json.gz"].error
    assert "nothing was stored" in targets["2-rubbish.json"].error
    assert pull.report.state().refused == 3


@pytest.mark.supports("aws", "large bodies of Bedrock in S3 are read into their call")
def test_bodies_that_lie_in_objects_of_their_own_are_put_into_their_record(tmp_path: Path) -> None:
    kept = Kept()
    pull = Pull(tmp_path, kept)
    root = pull.root.as_uri()
    body = {"messages": [{"role": "user", "content": [{"text": "a very long question"}]}]}
    record = invocation(input={"inputBodyS3Path": f"{root}/logs/data/r_input.json.gz", "inputTokenCount": 9})
    gone = invocation(requestId="r-2", output={"outputBodyS3Path": "s3://elsewhere/x.json"})
    pull.write("logs/1.json.gz", gzip.compress(json.dumps(record).encode() + b"\n" + json.dumps(gone).encode()))
    pull.write("logs/data/r_input.json.gz", gzip.compress(json.dumps(body).encode()))
    pull.run()
    one, two = kept.spans
    assert one.attributes["aws.bedrock.input_body"] == body
    assert two.attributes["aws.bedrock.output.outputBodyS3Path"] == "s3://elsewhere/x.json"
    (target,) = pull.report.state().targets.values()
    assert "outside of what this collector may read" in target.error


def test_cloudtrail_writes_one_object_with_a_list(tmp_path: Path) -> None:
    kept = Kept()
    pull = Pull(tmp_path, kept, format="cloudtrail")
    pull.write("AWSLogs/1/CloudTrail/x.json.gz", gzip.compress(json.dumps({"Records": [event(), event()]}).encode()))
    pull.write("AWSLogs/1/CloudTrail-Digest/x.json.gz", gzip.compress(b"{}"))
    pull.run()
    assert len(kept.logs) == 2


@pytest.mark.parametrize("packer", [bytes, gzip.compress, zstandard.compress])
def test_bodies_are_the_same_however_the_object_arrives(packer: Any) -> None:
    content = b"".join(b"x" * (n % 50) + b"\n" for n in range(5000)) + b"the end without a line"
    packed = packer(content)
    cut = {
        size: list(chunks((packed[at : at + size] for at in range(0, len(packed), size)), 1 << 20, 10_000))
        for size in (1, 77, 4096, len(packed))
    }
    assert all(bodies == cut[1] for bodies in cut.values())
    assert b"".join(cut[1]) == content
    assert max(len(body) for body in cut[1]) < 10_000 + 60


def test_members_and_frames_one_behind_the_other_are_read_and_bombs_are_not() -> None:
    twice = gzip.compress(b"one\n") + gzip.compress(b"two\n")
    assert b"".join(chunks([twice], 1000)) == b"one\ntwo\n"
    assert b"".join(chunks([zstandard.compress(b"one\n") + zstandard.compress(b"two\n")], 1000)) == b"one\ntwo\n"
    with pytest.raises(TooLarge, match="one record a line"):
        list(chunks([gzip.compress(bytes(50 << 20))], 1 << 20, 1000))
    for broken in (gzip.compress(b"abc")[:-4], zstandard.compress(b"abc")[:-2], b"\x1f\x8bxxxxxxxx"):
        with pytest.raises(DecodeError):
            list(chunks([broken], 1000))


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("s3://bucket/prefix", {"region": "eu-west-1"}),
        ("gs://bucket/prefix", {"skip_signature": True}),
        ("az://container/prefix", {"account_name": "acme", "account_key": "a2V5"}),
        ("abfss://container@acme.dfs.core.windows.net/prefix", {"sas_key": "sv=1&sig=x"}),
    ],
)
def test_storage_of_each_cloud_is_opened_by_its_url_and_options(url: str, options: dict[str, Any]) -> None:
    assert check({"url": url, "format": "aws", "options": options})["pattern"] == "*"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"url": "az://container", "format": "azure"}, "Account must be specified"),
        ({"url": "http://x/y", "format": "aws"}, "none of s3://"),
        ({"url": "s3://b", "format": "csv"}, "format must be one of"),
        ({"url": "s3://b", "format": "aws", "start": "yesterday"}, "start must be a time"),
        ({"url": "s3://b", "format": "aws", "options": []}, "options must be an object"),
        ({"url": "s3://b", "format": "aws", "options": {"regoin": "x"}}, "regoin"),
        ({"url": "s3://b", "format": "aws", "prefix": "x"}, "no setting prefix"),
    ],
)
def test_settings_that_cannot_be_used_are_told(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        check(settings)
