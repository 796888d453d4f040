"""Runs of an experiment as its items: a root run names the example it answers."""

from typing import Any

from nervure.api.langsmith.asked import EXAMPLE
from nervure.api.langsmith.projects import Session, Sessions
from nervure.catalog.repositories.experiments import MOST_TRIALS
from nervure.model.experiment import Trial
from nervure.query.lists import Page

MOST_ITEMS = 100_000


def link_trials(sessions: Sessions, session: Session) -> None:
    """Adds the cases an experiment has tried and that are not among its items yet."""
    if session.experiment is None:
        return
    experiments, project, identity = sessions.house.catalog.experiments, sessions.project, session.experiment.id
    known: set[str] = set()
    after = None
    while len(known) < MOST_ITEMS:
        items, after = experiments.items(project, identity, MOST_TRIALS, after)
        known.update(one.trial.trace_id for one in items)
        if after is None:
            break
    cursor = ""
    where = f"{session.where} and is_root = true and {EXAMPLE} exists"
    while True:
        found = sessions.asker.spans(project, Page(where=where, limit=200, cursor=cursor, order="oldest"), content=True)
        new = [_trial(one) for one in found["items"] if one["trace_id"] not in known]
        if new:
            experiments.add(project, identity, new)
        cursor = found["next_cursor"] or ""
        if not cursor:
            return


def _trial(span: dict[str, Any]) -> Trial:
    return Trial(str(span["attributes"]["langsmith.run.reference_example_id"]), span["trace_id"])
