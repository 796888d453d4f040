"""Objects, tables and files by their content: short ones in the catalog, long ones in the media folder.

They are kept until they are deleted; what lies in the media folder is shed with other media when the disk is full.
"""

import json
from collections.abc import Mapping
from typing import Any

from nervure.api.auth import Access
from nervure.api.reach import actor_of
from nervure.api.weave.speech import REFERENCE, check_digest, table_digest, value_digest
from nervure.base.clock import iso
from nervure.base.errors import BadInput, NotFound
from nervure.catalog.repositories.assets import MOST_TEXT
from nervure.intake.media import MediaStore
from nervure.model.asset import Asset, AssetKind

Json = dict[str, Any]
ROWS = "rows"


def media_of(access: Access) -> MediaStore:
    """The media folder."""
    settings = access.house.settings
    return MediaStore(settings.data / "media", settings.max_media_bytes, settings.fsync)


def keep(
    access: Access, kind: AssetKind, name: str, digest: str, content: bytes, facts: Json | None = None, mime: str = ""
) -> Asset:
    """Content under its name and digest."""
    is_short = kind != "file" and len(content) <= MOST_TEXT
    sha256 = "" if is_short else media_of(access).keep(content, access.project, mime)
    text = content.decode() if is_short else ""
    return access.house.catalog.assets.keep(
        Asset(
            access.project, kind, name, digest, text=text, sha256=sha256, size=len(content), facts=facts or {},
            author=actor_of(access),
        )
    )  # fmt: skip


def content_of(access: Access, asset: Asset) -> bytes:
    """The bytes. Raises NotFound when they were shed."""
    return media_of(access).path(asset.sha256, asset.project).read_bytes() if asset.sha256 else asset.text.encode()


def value_of(access: Access, asset: Asset) -> Any:
    """The value of an object or a table."""
    return json.loads(content_of(access, asset))


def keep_object(access: Access, said: Mapping[str, Any]) -> Asset:
    """An object. Raises BadInput."""
    name, value = said.get("object_id"), said.get("val")
    if not isinstance(name, str) or not name:
        raise BadInput("obj.object_id is missing")
    digest = value_digest(value)
    check_digest(said.get("expected_digest"), digest)
    facts = classes_of(value, said.get("builtin_object_class") or said.get("set_base_object_class"))
    return keep(access, "object", name, digest, json.dumps(value).encode(), facts)


def classes_of(value: Any, base: Any) -> Json:
    """What kind of object it is: an op, and the classes it says it has."""
    held = value if isinstance(value, dict) else {}
    kind = held.get("weave_type")
    is_op = held.get("_type") == "CustomWeaveType" and isinstance(kind, dict) and kind.get("type") == "Op"
    bases = held.get("_bases")
    leaf = held.get("_class_name")
    # Of the chain of bases the last but pydantic's own is the one that lists are asked for.
    known = [one for one in bases if isinstance(one, str) and one != "BaseModel"] if isinstance(bases, list) else []
    root = known[-2] if len(known) > 1 and known[-1] == "Object" else leaf if known == ["Object"] else None
    return {"kind": "op" if is_op else "object", "base": base or root, "leaf": leaf}


def object_json(access: Access, asset: Asset, newest: Mapping[str, int], with_value: bool = True) -> Json:
    """An object in Weave's words."""
    return {
        "project_id": asset.project,
        "object_id": asset.name,
        "created_at": iso(asset.created_ns),
        "deleted_at": None,
        "digest": asset.digest,
        "version_index": asset.version,
        "is_latest": int(newest.get(asset.name, 0) == asset.version),
        "kind": asset.facts.get("kind", "object"),
        "base_object_class": asset.facts.get("base"),
        "leaf_object_class": asset.facts.get("leaf"),
        "val": value_of(access, asset) if with_value else {},
        "wb_user_id": asset.author,
        "size_bytes": asset.size,
        "tags": [],
        "aliases": [],
    }


def keep_table(access: Access, rows: list[Json], expected: Any = None) -> tuple[str, list[str]]:
    """A table of rows: its digest, and those of its rows. Raises BadInput."""
    digests = [value_digest(row) for row in rows]
    digest = table_digest(digests)
    check_digest(expected, digest)
    held = [{"digest": one, "val": row} for one, row in zip(digests, rows, strict=True)]
    keep(access, "table", digest, digest, json.dumps(held).encode())
    return digest, digests


def rows_of(access: Access, digest: str) -> list[Json]:
    """Rows of a table: {"digest", "val"} in order. Raises NotFound."""
    held: list[Json] = value_of(access, access.house.catalog.assets.get(access.project, "table", digest))
    return held


def resolve(access: Access, reference: str) -> Any:
    """What a reference means; None when there is nothing (any more). Raises BadInput for what is no reference."""
    found = REFERENCE.fullmatch(reference)
    if found is None:
        raise BadInput(f"{reference!r} is not a reference: weave:///entity/project/object/name:digest")
    parts = found["rest"].split("/")
    try:
        if found["kind"] == "table":
            value, steps = [row["val"] for row in rows_of(access, parts[0])], parts[1:]
        elif found["kind"] == "call":
            return None
        else:
            name, _, digest = parts[0].partition(":")
            value = value_of(access, access.house.catalog.assets.get(access.project, "object", digest, name))
            steps = parts[1:]
        return _within(access, value, steps)
    except (NotFound, KeyError, IndexError, ValueError, TypeError):
        return None


def _within(access: Access, value: Any, steps: list[str]) -> Any:
    """What a reference goes on to: attributes, keys, places, and rows by their digest."""
    for sort, step in zip(steps[::2], steps[1::2], strict=False):
        if isinstance(value, str) and value.startswith("weave:///"):
            if sort == "id":
                table = REFERENCE.fullmatch(value)
                rows = rows_of(access, table["rest"]) if table and table["kind"] == "table" else []
                value = next(row["val"] for row in rows if row["digest"] == step)
                continue
            value = resolve(access, value)
        if sort in ("attr", "key"):
            value = value[step]
        elif sort == "index":
            value = value[int(step)]
        elif sort == "id":
            value = next(row for row in value if value_digest(row) == step)
    return value
