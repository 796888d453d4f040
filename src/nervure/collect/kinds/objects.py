"""Objects below a prefix of S3, Google Cloud Storage, Azure Blob Storage or a local folder: each is read once.

An object is known by its path and ETag; one that grew, as Azure's do within their hour, is read from its old end on. The checkpoint holds which were read lately and how many bodies of the present
one are stored; a body that is handed in again after a crash is the same one, from the same place, and so recognised.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from typing import Any, NamedTuple

from nervure.base.clock import NS_PER_S, iso, parse_iso
from nervure.base.errors import BadInput
from nervure.base.plugins import discover
from nervure.collect.bodies import Bodies
from nervure.collect.chunks import chunks
from nervure.collect.collector import Kind, Round
from nervure.collect.storage import Item, Storage, Unreachable
from nervure.collect.tail import Tail, after
from nervure.decode import wires as folder
from nervure.decode.wire import Wire

# What the objects hold, and the wire that reads it.
FORMATS = {
    "aws": "aws_records", "bedrock": "bedrock_logs", "cloudtrail": "cloudtrail_records",
    "cloudwatch": "cloudwatch_metrics", "azure": "azure_logs", "gcp": "gcp_logs", "litellm": "litellm_logs",
    "json": "json_lines",
}  # fmt: skip
# Objects beside the records, by format: Bedrock's large bodies (read when a record names them) and its permission check,
# CloudTrail's digests, which are signatures.
LEFT_OUT = {
    "bedrock": ("*/data/*", "data/*", "*amazon-bedrock-logs-permission-check*"),
    "aws": ("*BedrockModelInvocationLogs/*/data/*", "*amazon-bedrock-logs-permission-check*", "*CloudTrail-Digest*"),
    "cloudtrail": ("*CloudTrail-Digest*",),
}
# An object may appear in a listing a while after the time it says it was written.
LATE_NS = 24 * 3600 * NS_PER_S
MOST_PER_ROUND = 10_000
BINARY = "application/octet-stream"


class Known(NamedTuple):
    """An object that was read. size, tail: as `Tail.resumable` tells them."""

    modified_ns: int
    mark: str
    size: int = 0
    tail: str = ""


@dataclass(slots=True)
class Place:
    """Where a collector has come to. done: path to what was read of it, of objects written lately.

    at: path and ETag of the object being read. bodies: of it that are stored. reached_ns: every object that was written before is read.
    """

    reached_ns: int = 0
    done: dict[str, "Known"] = field(default_factory=dict)
    at: tuple[str, str] = ("", "")
    bodies: int = 0

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> "Place":
        """From a checkpoint."""
        done = {path: Known(*held) for path, held in state.get("done", {}).items()}
        path, mark = state.get("at", ("", ""))
        return cls(int(state.get("reached_ns", 0)), done, (path, mark), int(state.get("bodies", 0)))

    def state(self) -> dict[str, Any]:
        """For a checkpoint."""
        done = {path: list(known) for path, known in self.done.items()}
        return {"reached_ns": self.reached_ns, "done": done, "at": self.at, "bodies": self.bodies}

    def is_done(self, item: Item) -> bool:
        """Whether this very content was read."""
        known = self.done.get(item.path)
        return known is not None and known.mark == item.mark

    def finish(self, item: Item, tail: Tail, is_in_order: bool) -> None:
        """An object is read. is_in_order: none before it is left for later."""
        self.done[item.path] = Known(item.modified_ns, item.mark, *tail.resumable)
        self.at, self.bodies = ("", ""), 0
        if is_in_order and item.modified_ns > self.reached_ns:
            self.reached_ns = item.modified_ns
            # Objects so old will not be listed again; this keeps the checkpoint small.
            edge = self.reached_ns - 2 * LATE_NS
            if len(self.done) % 1000 == 0:
                self.done = {path: held for path, held in self.done.items() if held.modified_ns >= edge}


def check(settings: Mapping[str, Any]) -> dict[str, Any]:
    """url, format; pattern: of paths to read (default all); start: objects written before are left out (ISO 8601);
    options: of the storage (region, endpoint, keys)."""
    unknown = set(settings) - {"url", "format", "pattern", "start", "options"}
    if unknown:
        raise BadInput(f"a collector of objects has no setting {', '.join(sorted(unknown))}: it has url, format, pattern, "
                       "start and options")  # fmt: skip
    made = {"pattern": "*", "start": "", "options": {}, **settings}
    if made.get("format") not in FORMATS:
        raise BadInput(f"format must be one of {', '.join(FORMATS)}, got {made.get('format')!r}")
    if not isinstance(made["options"], dict):
        raise BadInput('options must be an object, such as {"region": "eu-west-1"}')
    if made["start"]:
        try:
            parse_iso(str(made["start"]))
        except ValueError as error:
            raise BadInput(f"start must be a time such as 2026-11-20T00:00:00Z, got {made['start']!r}") from error
    Storage(str(made.get("url", "")), made["options"])
    return made


def run(around: Round) -> None:
    """Read what is new. Raises Unreachable when nothing could be listed, or when some objects must wait for the next round."""
    settings = around.collector.settings
    storage = Storage(settings["url"], settings["options"])
    place = Place.of(around.checkpoint.read())
    start_ns = parse_iso(settings["start"]) if settings["start"] else 0

    def is_new(item: Item) -> bool:
        return _is_wanted(item, settings) and not place.is_done(item)

    new = storage.items(max(start_ns, place.reached_ns - LATE_NS), MOST_PER_ROUND, is_new)
    waiting: list[str] = []
    for number, item in enumerate(new, 1):
        if around.is_stopping():
            return
        around.report.progress(f"object {number} of {len(new)}: {item.path}")
        try:
            read = _read(around, storage, item, place)
        except Unreachable as error:
            # The others may be well; this one comes again in the next round.
            around.report.target(item.path, error=str(error))
            waiting.append(item.path)
            continue
        place.finish(*read, not waiting)
        around.checkpoint.write(place.state())
    if waiting:
        raise Unreachable(f"{len(waiting)} of {len(new)} objects could not be read, the first is {waiting[0]}", 30.0)


def _is_wanted(item: Item, settings: Mapping[str, Any]) -> bool:
    left = LEFT_OUT.get(settings["format"], ())
    return fnmatch(item.path, settings["pattern"]) and not any(fnmatch(item.path, each) for each in left)


def _open(storage: Storage, item: Item, known: Known | None) -> tuple[Item, int, Tail, Iterator[bytes]]:
    """(the object as it is now, where reading begins, what follows it, its content): a grown one from its old end on."""
    if known is not None and 0 < known.size < item.size:
        last = bytes.fromhex(known.tail)
        now, pieces = storage.open(item.path, known.size - len(last))
        if (rest := after(pieces, last)) is not None:
            tail = Tail(known.size, last)
            return now, known.size, tail, tail.follow(rest)
    now, pieces = storage.open(item.path)
    tail = Tail()
    return now, 0, tail, tail.follow(pieces)


def _read(around: Round, storage: Storage, listed: Item, place: Place) -> tuple[Item, Tail]:
    """One object, from the body after the last one that was stored."""
    began = around.clock.monotonic_s()
    settings = around.collector.settings
    wire = _wire(settings["format"])
    item, start, tail, pieces = _open(storage, listed, place.done.get(listed.path))
    if place.at != (item.path, item.mark):
        place.at, place.bodies = (item.path, item.mark), 0
    where = f"{settings['url']} {item.path} {item.mark} {start}"
    stored, trouble = 0, ""
    bodies = Bodies(storage, around.inlet.max_body_bytes)
    try:
        for number, body in enumerate(chunks(pieces, around.inlet.max_body_bytes)):
            if number < place.bodies:
                continue
            kind = BINARY if settings["format"] == "cloudwatch" and _is_binary(body) else ""
            whole = bodies.complete(body) if wire.name in ("bedrock_logs", "aws_records") else body
            try:
                receipt = around.inlet.take_body(wire, whole, kind, around.collector.project, f"{where} {number}")
            except BadInput as error:
                trouble = trouble or str(error)
                around.report.taken(0, {str(error): 1})
            else:
                stored += receipt.stored
                around.report.taken(receipt.stored, receipt.refused)
            place.bodies = number + 1
            around.checkpoint.write(place.state())
    except BadInput as error:
        # Of the object itself: packed wrongly, cut off, a line too long. Reading it again would not help.
        trouble = str(error)
        around.report.taken(0, {trouble: 1})
    trouble = trouble or "; ".join(bodies.missing[:5])
    labels = {"written": iso(item.modified_ns), "bytes": str(item.size)}
    around.report.target(item.path, trouble, stored, around.clock.monotonic_s() - began, labels)
    return item, tail


def _is_binary(body: bytes) -> bool:
    return body.lstrip()[:1] not in (b"{", b"[")


@cache
def _wire(name: str) -> Wire:
    wire: Wire = discover(folder, "WIRE")[FORMATS[name]]
    return wire


COLLECTOR = Kind(
    name="objects",
    check=check,
    run=run,
    every_s=60.0,
    about="Records in objects of S3, Google Cloud Storage, Azure Blob Storage or a folder: Bedrock, CloudTrail, Azure, "
    "Vertex AI and others, each object once.",
)
