"""Looks every minute at what has ended since: sweeps, incidents, and whom to tell."""

import os

from nervure.act.live import Live
from nervure.act.news import message_of
from nervure.act.notify.announce import announce
from nervure.base.errors import Busy, Conflict, NervureError
from nervure.base.journal import journal
from nervure.jobs.loop import Hands, Loop

LEASE_S = 300.0
TIMEOUT_S = 300.0
MOST_OPEN = 200
# Of each running house: the projects it watches.
_watching: dict[int, dict[str, Live]] = {}


def run(hands: Hands) -> None:
    """One round. A project that cannot be looked at does not stop the others."""
    projects = {project.name for project in hands.catalog.projects.list()} | {hands.settings.default_project}
    watching = _watching.setdefault(id(hands.catalog), {})
    for project in sorted(projects):
        holder = f"{os.getpid()}-{id(hands.catalog)}"
        if not hands.catalog.leases.hold(f"detect/{project}", holder, LEASE_S):
            watching.pop(project, None)
            continue
        try:
            _look(hands, watching, project)
        except Busy:
            watching.pop(project, None)
            raise
        except Conflict as error:
            # Another process has looked already: what it kept is what counts.
            watching.pop(project, None)
            journal("detect").info("detection of a project is begun anew", project=project, reason=str(error))
        except NervureError as error:
            watching.pop(project, None)
            journal("detect").warning("a project cannot be looked at", project=project, reason=str(error))


def _look(hands: Hands, watching: dict[str, Live], project: str) -> None:
    now_ns = hands.clock.now_ns()
    live = watching.get(project)
    if live is None:
        asker = hands.asker.lasting(TIMEOUT_S)
        live = watching[project] = Live.begin(project, asker, hands.catalog, now_ns)
    changed = live.advance(now_ns)
    for incident in changed:
        journal("detect").info(
            "an incident", project=project, id=incident.id, status=incident.status, title=incident.diagnosis.title
        )
    # Told again each round under the same key: whoever was stopped between keeping and telling tells now.
    lasting = hands.catalog.incidents.list(project, ("open",), limit=MOST_OPEN)
    for incident in {one.id: one for one in (*lasting, *changed)}.values():
        announce(hands.catalog, message_of(incident), now_ns)


# The first look reads weeks.
LOOP = Loop(name="detect", every_s=60.0, run=run, first_s=45.0, lane="detection")
