"""Export files of Opik, told apart by their first row.

Rows of traces and of spans, told apart by trace_id; and the JSON documents that `opik export` writes: a trace with its
spans, a dataset with its items, a prompt with its history.
"""

from functools import partial
from typing import Any

from nervure.base.errors import BadInput
from nervure.importers.files import Export, Part, Shelf, first_row, rows_of, told_id
from nervure.importers.importer import Asked, Found, FoundItem, Misfit, Noun, Source
from nervure.importers.products._opik_found import item_of, judged, lone_span, spans_of, version_of
from nervure.importers.spans import ns_of

Json = dict[str, Any]


def export(asked: Asked) -> Source:
    """The files as a source. Raises BadInput for an export of an experiment, which names no items."""
    shelf = Shelf()
    told = _Rows(asked, shelf)
    parts: dict[Noun, list[Part]] = {}
    prompts: list[Found] = []
    for file in asked.files:
        row = first_row(file)
        if row.keys() == {"id", "name"}:
            # project.json of an export: only what its folder is called.
            continue
        if "current_version" in row:
            prompts += [one for document in rows_of(file) for one in _versions(document)]
        elif "experiment" in row:
            raise BadInput(
                f"{file} is an experiment, whose items files do not name: import runs from the server (--from)"
            )
        elif isinstance(row.get("items"), list):
            parts.setdefault("datasets", []).append(Part(file, _dataset))
        else:
            is_document = isinstance(row.get("trace"), dict)
            for one in () if is_document else rows_of(file):
                told.keep(one)
            for noun, read in (("traces", told.spans), ("scores", told.scores)):
                read = partial(_opened, read) if is_document else read
                parts.setdefault(noun, []).append(Part(file, read))  # type: ignore[arg-type]
    return Export(parts, {"prompts": prompts}, shelf)


def _dataset(row: Json) -> list[Found]:
    """A dataset and its items, which are known again by what they say: their ids are not exported."""
    about = row.get("dataset") if isinstance(row.get("dataset"), dict) else row
    name = (about or {}).get("name")
    if not name or not isinstance(row.get("items"), list):
        return [Misfit(str(row)[:80], "a dataset without name or items")]
    head = FoundItem(
        name, None, description=row.get("description") or "", dataset_id=str((about or {}).get("id") or "")
    )
    return [head, *(item_of(name, {"id": told_id(one), "data": one}) for one in row["items"] if isinstance(one, dict))]


def _versions(row: Json) -> list[Found]:
    """Versions of a prompt, oldest first; the history tells the newest first, and may lack the current one."""
    about = row["prompt"] if isinstance(row.get("prompt"), dict) else row
    current = row["current_version"]
    if not about.get("name") or not isinstance(current, dict):
        return [Misfit(str(row)[:80], "a prompt without name or current version")]
    history = [one for one in row.get("history") or [] if isinstance(one, dict)]
    if current.get("commit") not in [one.get("commit") for one in history]:
        history.insert(0, current)
    prompt = {"name": about["name"], "description": about.get("description"), "tags": current.get("tags")}
    found: list[Found] = []
    for one in reversed(history):
        if one.get("prompt") is None or not one.get("commit"):
            found.append(Misfit(f"{about['name']}@{one.get('commit')}", "a version of a prompt without commit or text"))
            continue
        kind = str(one.get("type") or "mustache").lower()
        found.append(version_of(prompt, {**one, "template": one["prompt"], "type": kind}))
    return found


def _opened(read: Any, document: Json) -> list[Found]:
    """What is read of a trace and its spans, which stand together in a document."""
    trace = document.get("trace")
    if not isinstance(trace, dict) or not trace.get("id"):
        return [Misfit(str(document)[:80], "a document without a trace")]
    rows = [{**one, "trace_id": one.get("trace_id") or trace["id"]} for one in document.get("spans") or []]
    return [found for row in (trace, *rows) for found in read(row, trace if rows else None)]


class _Rows:
    """Rows of traces and spans as spans and scores."""

    def __init__(self, asked: Asked, shelf: Shelf) -> None:
        self._asked, self._shelf = asked, shelf

    def keep(self, row: Json) -> None:
        """Keeps what rows of other files, or below, will ask for."""
        if row.get("trace_id"):
            self._shelf.put(f"spans of {row['trace_id']}", True)
        elif row.get("id"):
            self._shelf.put(str(row["id"]), row)

    def spans(self, row: Json, trace: Json | None = None) -> list[Found]:
        """trace: of a span, or of a trace that has spans, where it is known."""
        if not row.get("id") or not row.get("start_time"):
            return [Misfit(str(row)[:80], "a row without id and start_time is neither a trace nor a span")]
        if not self._is_in(row):
            return []
        if row.get("trace_id"):
            return spans_of(row, trace or self._shelf.get(str(row["trace_id"])), "")
        return [] if trace or self._shelf.get(f"spans of {row['id']}") else lone_span(row, "")

    def scores(self, row: Json, trace: Json | None = None) -> list[Found]:
        """Feedback scores and comments of a row."""
        return (
            judged(row, "spans" if row.get("trace_id") else "traces", "") if row.get("id") and self._is_in(row) else []
        )

    def _is_in(self, row: Json) -> bool:
        return self._asked.holds(ns_of(row.get("start_time")))
