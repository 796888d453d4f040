"""Items of datasets as LangSmith's examples, and what its clients send of them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from nervure.api.langsmith.names import checked_uuid, made_uuid, moment, parsed_ns
from nervure.base.errors import BadInput
from nervure.base.ids import digest
from nervure.catalog.repositories.datasets import Datasets
from nervure.decode.formats.form import pieces
from nervure.model.dataset import Case, Dataset, DatasetItem

BASE = "base"
TAGS = "langsmith_tags"
# LangSmith's times have microseconds; ours are ns, and a version made within one belongs to it.
ROUNDED_NS = 999
NAMED = re.compile(
    r"(?P<id>[0-9a-fA-F-]{36})(?:\.(?P<member>inputs|outputs|attachments_operations|attachment\.(?P<name>.+)))?", re.S
)


@dataclass
class Sent:
    """An example as a client sends it: what it leaves out is None. files: name to media type and bytes."""

    id: str = ""
    inputs: dict[str, Any] | None = None
    outputs: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    splits: tuple[str, ...] | None = None
    source_run_id: str = ""
    created: str = ""
    is_from_run: bool = False
    dataset_id: str = ""
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    renamed: dict[str, str] | None = None
    retained: list[str] | None = None


def example_json(item: DatasetItem, dataset: Dataset, link: Callable[[str], str]) -> dict[str, Any]:
    """An item as an example."""
    content = item.case.content
    metadata = {**(content.get("metadata") or {}), "dataset_split": list(item.case.splits) or [BASE]}
    files = content.get("attachments") or {}
    run = content.get("source_run_id")
    if not run and item.case.trace_id:
        run = made_uuid(item.case.trace_id, item.case.span_id or item.case.trace_id[16:])
    return {
        "id": item.case.external_id,
        "dataset_id": dataset.external_id,
        "name": f"#{item.id[-8:]} @ {dataset.name}",
        "inputs": _object(content.get("input"), "input"),
        "outputs": _object(content.get("expected"), "output"),
        "metadata": metadata,
        "created_at": moment(item.created_ns),
        "modified_at": moment(item.changed_ns or item.created_ns),
        "source_run_id": run,
        "attachment_urls": {
            f"attachment.{name}": {"presigned_url": link(held["sha256"]), "mime_type": held["mime_type"]}
            for name, held in files.items()
        },
    }


def sent_of(body: Mapping[str, Any]) -> Sent:
    """An example of JSON. Raises BadInput."""
    splits = body.get("split", body.get("splits"))
    listed = [splits] if isinstance(splits, str) else splits
    if listed is not None and not (isinstance(listed, list) and all(isinstance(one, str) for one in listed)):
        raise BadInput("split must be a text or a list of texts")
    for member in ("inputs", "outputs", "metadata"):
        if body.get(member) is not None and not isinstance(body[member], dict):
            raise BadInput(f"{member} must be an object, got {type(body[member]).__name__}")
    return Sent(
        id=checked_uuid(body["id"], "an example's id") if body.get("id") else "",
        inputs=body.get("inputs"),
        outputs=body.get("outputs"),
        metadata=body.get("metadata"),
        splits=None if listed is None else tuple(listed),
        source_run_id=checked_uuid(body["source_run_id"], "source_run_id") if body.get("source_run_id") else "",
        is_from_run=bool(body.get("use_source_run_io")),
        dataset_id=checked_uuid(body["dataset_id"], "dataset_id") if body.get("dataset_id") else "",
    )


def sent_parts(body: bytes, content_type: str) -> list[Sent]:
    """Examples of parts named <id>, <id>.inputs, <id>.outputs, <id>.attachment.<name>. Raises DecodeError, BadInput."""
    members: dict[str, dict[str, Any]] = {}
    files: dict[str, dict[str, tuple[str, bytes]]] = {}
    changes: dict[str, Mapping[str, Any]] = {}
    for name, kind, content in pieces(body, content_type):
        found = NAMED.fullmatch(name)
        if not found:
            raise BadInput(
                f"a part of the name {name[:100]!r} is not known: name them <id>, <id>.inputs, <id>.outputs, <id>.attachment.<name>"
            )
        identity, member = found["id"], found["member"]
        if found["name"] is not None:
            files.setdefault(identity, {})[found["name"]] = (kind, content)
            members.setdefault(identity, {})
            continue
        try:
            held = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise BadInput(f"part {name} is not JSON: {error}") from None
        if not isinstance(held, dict):
            raise BadInput(f"part {name} must be an object, got {type(held).__name__}")
        if member == "attachments_operations":
            changes[identity] = held
        elif member:
            members.setdefault(identity, {})[member] = held
        else:
            members[identity] = {**held, **members.get(identity, {})}
    made = []
    for identity, held in members.items():
        one = sent_of({**held, "id": identity})
        one.files = files.get(identity, {})
        if identity in changes:
            one.renamed, one.retained = (
                dict(changes[identity].get("rename") or {}),
                list(changes[identity].get("retain") or []),
            )
        made.append(one)
    return made


def case_of(sent: Sent, before: DatasetItem | None, keep: Callable[[bytes], str]) -> Case:
    """The case an example means: what it leaves out stays as it was. keep: puts bytes into the media store."""
    old = before.case if before else Case()
    content = dict(old.content)
    for member, value in (("input", sent.inputs), ("expected", sent.outputs)):
        if value is not None:
            content[member] = value
    if sent.metadata is not None:
        content["metadata"] = {key: value for key, value in sent.metadata.items() if key != "dataset_split"}
    splits = sent.splits
    if splits is None and sent.metadata is not None and isinstance(sent.metadata.get("dataset_split"), list):
        splits = tuple(str(one) for one in sent.metadata["dataset_split"])
    if sent.source_run_id:
        content["source_run_id"] = sent.source_run_id
    files = dict(content.get("attachments") or {})
    if sent.retained is not None:
        renamed = sent.renamed or {}
        files = {
            renamed.get(name, name): held for name, held in files.items() if name in sent.retained or name in renamed
        }
    for name, (kind, data) in sent.files.items():
        keep(data)
        files[name] = {"mime_type": kind, "sha256": digest(data), "bytes": len(data)}
    content.pop("attachments", None)
    if files:
        content["attachments"] = files
    return Case(
        content, old.trace_id, old.span_id, tuple(splits) if splits is not None else old.splits, old.status,
        sent.id or old.external_id,
    )  # fmt: skip


def version_of(datasets: Datasets, dataset: Dataset, as_of: str) -> int | None:
    """The version a time or a tag means; None for the newest. Raises BadInput."""
    if not as_of or as_of == "latest":
        return None
    tags = dataset.metadata.get(TAGS) or {}
    at_ns = int(tags[as_of]) if as_of in tags else parsed_ns(as_of, "as_of")
    return datasets.version_at(dataset.project, dataset.id, at_ns + ROUNDED_NS)


def _object(value: Any, name: str) -> dict[str, Any] | None:
    return value if isinstance(value, dict) or value is None else {name: value}
