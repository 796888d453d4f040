"""LangSmith's projects ("sessions") in one of ours.

A LangSmith workspace is a project of Nervure's. What LangSmith calls a project is a service there: runs name it, and
it is there with its first run. One that was made by itself and belongs to a dataset is an experiment; what was said of
any other (description, metadata) is noted beside it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nervure.api.house import House
from nervure.api.langsmith.names import moment, parsed_ns, project_id, tenant_id
from nervure.api.langsmith.runs import stats_of
from nervure.base.errors import NotFound, QueryError
from nervure.catalog.repositories.experiments import Which
from nervure.model.dataset import Dataset
from nervure.model.experiment import Experiment
from nervure.query.asker import Asker
from nervure.query.filter import quote
from nervure.query.lists import Page
from nervure.query.query import Query

NOTED = "langsmith.project:"
OTHER = "langsmith"
SAID_ID = "langsmith.run.session_id"
MOST = 1000
MOST_JUDGED = 10_000
SINCE = "2000-01-01"
COUNTED = (
    "traces", "traces.error_rate", "tokens.total", "tokens.input", "tokens.output", "cost.sum",
)  # fmt: skip
ROOTS = ("latency.p50", "latency.p99")


@dataclass(frozen=True, slots=True)
class Session:
    """A LangSmith project. experiment: None for one that belongs to no dataset."""

    id: str
    name: str
    description: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    start_ns: int = 0
    end_ns: int = 0
    experiment: Experiment | None = None

    @property
    def where(self) -> str:
        """Our filter for its runs."""
        return f"(service = {quote(self.name)} or attr[{quote(SAID_ID)}] = {quote(self.id)})"


class Sessions:
    """The LangSmith projects of one project, as one request sees them."""

    def __init__(self, house: House, asker: Asker, project: str) -> None:
        self.house, self.asker, self.project = house, asker, project
        self._by_name: dict[str, Session | None] = {}

    def find(self, name: str) -> Session | None:
        """By name; None when nothing is known of it."""
        if name not in self._by_name:
            experiment = self.house.catalog.experiments.find(self.project, name)
            noted = None if experiment else self.house.catalog.notes.find(_note(self.project, name))
            if experiment:
                self._by_name[name] = _of_experiment(experiment)
            elif noted:
                self._by_name[name] = _of_note(name, noted)
            else:
                self._by_name[name] = self._seen(name)
        return self._by_name[name]

    def get(self, identity: str) -> Session:
        """By UUID. Raises NotFound."""
        try:
            return _of_experiment(self.house.catalog.experiments.get(self.project, identity))
        except NotFound:
            known = next((one for one in self.others() if one.id == identity), None)
        if known is None:
            raise NotFound(f"there is no LangSmith project {identity} here: GET /sessions lists those there are")
        return known

    def of(self, span: Mapping[str, Any]) -> str:
        """UUID of the one a span belongs to."""
        said = span["attributes"].get(SAID_ID)
        if said:
            return str(said)
        name = str(span["attributes"].get("langsmith.trace.session_name") or span["service"] or "default")
        if name not in self._by_name:
            experiment = self.house.catalog.experiments.find(self.project, name)
            noted = None if experiment else self.house.catalog.notes.find(_note(self.project, name))
            self._by_name[name] = (
                _of_experiment(experiment) if experiment
                else _of_note(name, noted) if noted
                else Session(project_id(self.project, name), name)
            )  # fmt: skip
        held = self._by_name[name]
        return held.id if held else project_id(self.project, name)

    def others(self) -> list[Session]:
        """Those that are no experiments, by name."""
        # Which services there are is told by the hourly sums.
        self.asker.settle()
        noted = self.house.catalog.notes.under(_note(self.project, ""))
        found = {key.rpartition("\x1f")[2]: _of_note(key.rpartition("\x1f")[2], value) for key, value in noted.items()}
        for item in self.asker.values(self.project, "service", limit=MOST)["items"]:
            name = item["value"]
            if name and name not in found:
                found[name] = Session(project_id(self.project, name), name)
        experiments = {one.name for one in self.experiments()}
        return sorted((one for name, one in found.items() if name not in experiments), key=lambda one: one.name)

    def experiments(self, dataset_id: str = "", name: str = "", text: str = "") -> list[Session]:
        """Experiments, newest first."""
        which = Which(dataset_id=dataset_id, name=name, text=text)
        return [_of_experiment(one) for one in self.house.catalog.experiments.list(self.project, which, MOST)]

    def note(self, session: Session) -> None:
        """Keeps what was said of a project that is no experiment."""
        value = {
            "id": session.id, "description": session.description, "extra": dict(session.extra),
            "start_ns": session.start_ns, "end_ns": session.end_ns,
        }  # fmt: skip
        if len(json.dumps(value)) > 1 << 20:
            raise QueryError("a project's description and metadata have at most 1 MiB")
        self.house.catalog.notes.put(_note(self.project, session.name), value)
        self._by_name[session.name] = session

    def forget(self, session: Session) -> None:
        """Takes the note of a project away."""
        self.house.catalog.notes.delete(_note(self.project, session.name))
        self._by_name.pop(session.name, None)

    def dataset_of(self, session: Session) -> Dataset | None:
        """The dataset an experiment tried; None when there is none, or it is gone."""
        if session.experiment is None or not session.experiment.dataset_id:
            return None
        try:
            return self.house.catalog.datasets.get(self.project, session.experiment.dataset_id)
        except NotFound:
            return None

    def _seen(self, name: str) -> Session | None:
        page = Page(where=f"service = {quote(name)}", limit=1, order="oldest")
        found = self.asker.spans(self.project, page)["items"]
        if not found:
            return None
        return Session(project_id(self.project, name), name, start_ns=parsed_ns(found[0]["start"], "start"))

    def json(self, session: Session, has_stats: bool = False) -> dict[str, Any]:
        """As LangSmith answers it."""
        dataset = self.dataset_of(session)
        made: dict[str, Any] = {
            "id": session.id,
            "tenant_id": tenant_id(self.project),
            "name": session.name,
            "description": session.description or None,
            "start_time": moment(session.start_ns),
            "end_time": moment(session.end_ns) if session.end_ns else None,
            "extra": dict(session.extra),
            "reference_dataset_id": dataset.external_id if dataset else None,
            "default_dataset_id": None,
            "trace_tier": "longlived",
        }
        return {**made, **self.stats(session)} if has_stats else made

    def stats(self, session: Session) -> dict[str, Any]:
        """Counts, times, tokens and money of a project's runs, and its feedback."""
        found = self._figures(Query(COUNTED, where=session.where, since=SINCE))
        times = self._figures(Query(ROOTS, where=f"{session.where} and is_root = true", since=SINCE))
        newest = self.asker.spans(self.project, Page(where=f"{session.where} and is_root = true", limit=1))["items"]
        own = self._scores(target_type="experiment_run", target_id=session.id)
        return {
            "run_count": found["traces"] or 0,
            "error_rate": found["traces.error_rate"],
            "total_tokens": found["tokens.total"] or 0,
            "prompt_tokens": found["tokens.input"] or 0,
            "completion_tokens": found["tokens.output"] or 0,
            "total_cost": found["cost.sum"],
            "latency_p50": _seconds(times["latency.p50"]),
            "latency_p99": _seconds(times["latency.p99"]),
            "last_run_start_time": newest[0]["start"][:26] + "Z" if newest else None,
            "feedback_stats": stats_of(self._judged(session)),
            "session_feedback_stats": stats_of(own),
        }

    def _judged(self, session: Session) -> Iterator[dict[str, Any]]:
        """Scores of a project's root runs and their traces; of more than MOST_JUDGED the newest."""
        cursor, seen = "", 0
        while seen < MOST_JUDGED:
            page = Page(where=f"{session.where} and is_root = true", limit=MOST, cursor=cursor)
            found = self.asker.spans(self.project, page)
            targets = [target for one in found["items"] for target in (one["trace_id"], one["span_id"])]
            if targets:
                yield from self._scores(target_id=targets)
            cursor, seen = found["next_cursor"] or "", seen + len(found["items"])
            if not cursor:
                return

    def _scores(self, **only: str | Sequence[str]) -> Iterator[dict[str, Any]]:
        cursor = ""
        while True:
            found = self.asker.scores(self.project, Page(limit=MOST, cursor=cursor), **only)
            yield from found["items"]
            cursor = found["next_cursor"] or ""
            if not cursor:
                return

    def _figures(self, query: Query) -> dict[str, Any]:
        answer = self.asker.ask(query, self.project)
        found: dict[str, Any] = dict.fromkeys(query.measure)
        for series in answer["series"]:
            found[series["measure"]] = series["points"][0]["value"] if series["points"] else None
        return found


def _seconds(value: float | None) -> float | None:
    return None if value is None else value / 1000


def _note(project: str, name: str) -> str:
    # A separator that stands in no name.
    return f"{NOTED}{project}\x1f{name}"


def _of_experiment(one: Experiment) -> Session:
    rest = {key: value for key, value in one.metadata.items() if key != OTHER}
    extra = {**(one.metadata.get(OTHER) or {}), "metadata": rest}
    return Session(one.external_id, one.name, one.description, extra, one.created_ns, one.ended_ns, one)


def metadata_of(extra: Mapping[str, Any]) -> dict[str, Any]:
    """An experiment's metadata of LangSmith's `extra`: what has no place in ours is kept beside it."""
    metadata = extra.get("metadata")
    more = {key: value for key, value in extra.items() if key != "metadata"}
    return {**(metadata if isinstance(metadata, dict) else {}), **({OTHER: more} if more else {})}


def _of_note(name: str, value: Mapping[str, Any]) -> Session:
    return Session(
        str(value["id"]), name, str(value.get("description") or ""), value.get("extra") or {},
        int(value.get("start_ns") or 0), int(value.get("end_ns") or 0),
    )  # fmt: skip
