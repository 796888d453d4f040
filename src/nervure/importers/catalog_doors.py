"""Prompts, datasets and experiments through the server's API: known again by the ids they have at the source."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import quote

from nervure.base.clock import iso
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.importers.doors import Doors
from nervure.importers.importer import FoundItem, FoundPrompt, FoundRun, Noun
from nervure.importers.report import Outcome, Result

PAGE = 500
ITEMS_AT_ONCE = 200
MOVED = "it points at another version here and stays there"
# Of an item: what is compared to tell whether it has changed.
MEMBERS = ("input", "output", "expected", "metadata", "splits", "status", "trace_id", "span_id")
Json = dict[str, Any]


class CatalogDoors:
    """Not thread-safe: it remembers what it found, dataset by dataset."""

    def __init__(self, doors: Doors, source: str) -> None:
        self._doors, self._source = doors, source
        self._datasets: dict[tuple[str, str], str] = {}
        # Of the dataset worked on last: external id to item.
        self._held: tuple[tuple[str, str], dict[str, Json]] | None = None

    def write_prompts(self, found: Sequence[FoundPrompt]) -> Iterator[Outcome]:
        """One outcome a version."""
        for (project, name), group in groupby(found, key=lambda one: (one.project, one.name)):
            known = {one["external_id"]: one for one in self._versions(project, name)}
            for version in group:
                external = f"{self._source}:{version.number}"
                held = known.get(external)
                if held is None:
                    yield self._put_prompt(version, external)
                else:
                    yield self._check_labels(version, held)

    def write_items(self, found: Sequence[FoundItem]) -> Iterator[Outcome]:
        """One outcome an item, and one for a dataset that was made."""
        for (project, name), group in groupby(found, key=lambda one: (one.project, one.dataset)):
            listed = list(group)
            try:
                dataset_id, is_new = self._dataset(project, name, listed[0])
            except BadInput as error:
                yield from (Outcome("datasets", one.id or name, "refused", str(error), project) for one in listed)
                continue
            known = self._items(project, name, dataset_id)
            fresh: list[tuple[Json, Result]] = []
            for one in listed:
                if one.id is None:
                    yield Outcome("datasets", name, "written" if is_new else "there", "", project)
                    continue
                body = _item_body(one)
                held = known.get(one.id)
                if held is not None and _is_same(held, body):
                    yield Outcome("datasets", f"{name}/{one.id}", "there", "", project)
                else:
                    fresh.append((body, "written" if held is None else "changed"))
            for at in range(0, len(fresh), ITEMS_AT_ONCE):
                yield from self._post_items(project, name, dataset_id, fresh[at : at + ITEMS_AT_ONCE])

    def write_runs(self, found: Sequence[FoundRun]) -> Iterator[Outcome]:
        """One outcome a run that was made, and one for each item of it."""
        for (project, dataset, name), group in groupby(found, key=lambda one: (one.project, one.dataset, one.name)):
            listed = list(group)
            dataset_id, _ = self._dataset(project, dataset, None)
            if not dataset_id:
                reason = f"its dataset {dataset!r} is not here: import datasets first"
                yield from (Outcome("runs", f"{name}/{one.item or ''}", "refused", reason, project) for one in listed)
                continue
            run_id, is_new = self._run(project, dataset_id, listed[0])
            if any(one.item is None for one in listed):
                yield Outcome("runs", name, "written" if is_new else "there", "", project)
            path = f"/api/v1/experiments/{quote(run_id, safe='')}/items"
            tried = {one["external_id"] for one in self._pages(project, path)} if not is_new else set()
            items = self._items(project, dataset, dataset_id)
            bodies: list[Json] = []
            for one in listed:
                if one.item is None:
                    continue
                body = _trial_body(one, items)
                if body["external_id"] in tried:
                    yield Outcome("runs", f"{name}/{one.item}", "there", "", project)
                else:
                    bodies.append(body)
            for at in range(0, len(bodies), ITEMS_AT_ONCE):
                yield from self._post(
                    project, path, name, "runs", [(one, "written") for one in bodies[at : at + ITEMS_AT_ONCE]]
                )

    def _versions(self, project: str, name: str) -> list[Json]:
        try:
            return list(self._pages(project, f"/api/v1/prompts/{quote(name)}/versions"))
        except NotFound:
            return []

    def _put_prompt(self, version: FoundPrompt, external: str) -> Outcome:
        body = {
            "name": version.name, "template": version.content, "config": dict(version.config),
            "labels": [label for label in version.labels if label != "latest"], "tags": list(version.tags),
            "description": version.description[:10_000], "message": version.message, "external_id": external,
            "created": iso(version.created_ns) if version.created_ns else "",
        }  # fmt: skip
        told = f"{version.name}@{version.number}"
        try:
            made = self._ask(version.project, "post", "/api/v1/prompts", body)
        except BadInput as error:
            return Outcome("prompts", told, "refused", str(error), version.project)
        is_moved = version.number.isdecimal() and str(made["version"]) != version.number
        reason = f"it is version {made['version']} here: numbers are given without gaps" if is_moved else ""
        return Outcome("prompts", told, "written", reason, version.project)

    def _check_labels(self, version: FoundPrompt, held: Json) -> Outcome:
        """Labels are set when the version comes; one that was moved here since then stays."""
        told = f"{version.name}@{version.number}"
        missing = [label for label in version.labels if label != "latest" and label not in held["labels"]]
        if not missing:
            return Outcome("prompts", told, "there", "", version.project)
        about = self._ask(version.project, "get", f"/api/v1/prompts/{quote(version.name)}/about")
        moved = [label for label in missing if label in about["labels"]]
        for label in missing:
            if label not in about["labels"]:
                path = f"/api/v1/prompts/{quote(version.name)}/labels/{quote(label)}"
                self._ask(version.project, "put", path, {"version": held["version"]})
        if moved:
            return Outcome("prompts", told, "kept", f"label {', '.join(moved)}: {MOVED}", version.project)
        return Outcome("prompts", told, "changed", f"label {', '.join(missing)} was set at the source", version.project)

    def _dataset(self, project: str, name: str, made_of: FoundItem | None) -> tuple[str, bool]:
        """Our id, and whether it was made now; made_of None: "" for one that is not there."""
        key = (project, name)
        if key not in self._datasets:
            listed = self._ask(project, "get", "/api/v1/datasets")["items"]
            self._datasets.update({(project, one["name"]): one["id"] for one in listed})
        if key in self._datasets or made_of is None:
            return self._datasets.get(key, ""), False
        body = {
            "name": name, "description": made_of.description[:10_000], "metadata": dict(made_of.metadata),
            "external_id": made_of.dataset_id,
        }  # fmt: skip
        try:
            made = self._ask(project, "post", "/api/v1/datasets", body)
        except Conflict:
            # Somebody made it meanwhile.
            listed = self._ask(project, "get", "/api/v1/datasets")["items"]
            made = next(one for one in listed if one["name"] == name)
        self._datasets[key] = made["id"]
        return made["id"], True

    def _items(self, project: str, name: str, dataset_id: str) -> dict[str, Json]:
        if self._held is None or self._held[0] != (project, name):
            listed = self._pages(project, f"/api/v1/datasets/{dataset_id}/items")
            self._held = (project, name), {one["external_id"]: one for one in listed if one["external_id"]}
        return self._held[1]

    def _post_items(
        self, project: str, name: str, dataset_id: str, bodies: Sequence[tuple[Json, Result]]
    ) -> Iterator[Outcome]:
        self._held = None
        yield from self._post(project, f"/api/v1/datasets/{dataset_id}/items", name, "datasets", bodies)

    def _post(
        self, project: str, path: str, name: str, noun: Noun, bodies: Sequence[tuple[Json, Result]]
    ) -> Iterator[Outcome]:
        """Of a request that is refused the halves tell which items it was."""
        try:
            self._ask(project, "post", path, {"items": [body for body, _ in bodies]})
        except (BadInput, NotFound) as error:
            if len(bodies) == 1:
                yield Outcome(noun, f"{name}/{bodies[0][0]['external_id']}", "refused", str(error), project)
                return
            middle = len(bodies) // 2
            yield from self._post(project, path, name, noun, bodies[:middle])
            yield from self._post(project, path, name, noun, bodies[middle:])
            return
        for body, result in bodies:
            reason = "it has changed at the source since it was imported" if result == "changed" else ""
            yield Outcome(noun, f"{name}/{body['external_id']}", result, reason, project)

    def _run(self, project: str, dataset_id: str, run: FoundRun) -> tuple[str, bool]:
        """Our id of an experiment, and whether it was made now."""
        asked = {"dataset_id": dataset_id, "search": run.name}
        for one in self._pages(project, "/api/v1/experiments", **asked):
            if one["name"] == run.name:
                return one["id"], False
        body = {
            "name": run.name, "dataset_id": dataset_id, "description": run.description, "metadata": dict(run.metadata),
            "external_id": run.run_id, "created": iso(run.created_ns) if run.created_ns else "",
        }  # fmt: skip
        made: Json = self._ask(project, "post", "/api/v1/experiments", body)
        return made["id"], True

    def _pages(self, project: str, path: str, **parameters: Any) -> Iterator[Json]:
        cursor = None
        while True:
            page = self._ask(project, "get", path, limit=PAGE, cursor=cursor, **parameters)
            yield from page["items"]
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def _ask(self, project: str, method: str, path: str, body: Json | None = None, **parameters: Any) -> Any:
        http = self._doors.http(project)
        return self._doors.patiently(lambda: http.request(method.upper(), path, body, parameters))


def _item_body(one: FoundItem) -> Json:
    body = {
        **one.content, "splits": list(one.splits), "status": "archived" if one.is_archived else "active",
        "trace_id": one.trace_id, "span_id": one.span_id, "external_id": one.id,
    }  # fmt: skip
    return {key: held for key, held in body.items() if held not in (None, "", [], {})}


def _trial_body(one: FoundRun, items: dict[str, Json]) -> Json:
    item = items.get(one.item or "")
    metadata = {} if item else {"source_item_id": one.item}
    body = {
        "item_id": item["id"] if item else "", "trace_id": one.trace_id, "span_id": one.span_id, "metadata": metadata,
        "external_id": f"{one.item}/{one.trace_id or one.span_id}"[:200],
    }  # fmt: skip
    return {key: held for key, held in body.items() if held not in ("", {})}


def _is_same(held: Json, body: Json) -> bool:
    return all(_told(held.get(key)) == _told(body.get(key)) for key in MEMBERS)


def _told(value: Any) -> Any:
    """None for everything that says nothing."""
    return None if value in ("", [], {}) else value
