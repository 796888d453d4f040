"""Looks every minute at what has ended since: sweeps, incidents, and whom to tell."""

from dataclasses import dataclass, field

from nervure.act.detective import patient
from nervure.act.inbox import base_url, messages_of
from nervure.act.live import Live
from nervure.act.notify.announce import announce
from nervure.act.rules import standing
from nervure.base.clock import NS_PER_S
from nervure.base.errors import Busy, Conflict, NervureError
from nervure.base.ids import RandomIds
from nervure.base.journal import journal
from nervure.jobs.loop import Hands, Loop

LEASE_S = 150.0
MOST_TOLD = 200
# What closed so recently is told again under its key: whoever was stopped between keeping and telling tells now.
RECENT_S = 3600
LASTING = ("open", "acknowledged", "mitigated")


@dataclass(slots=True)
class Watching:
    """What a running house watches, by project. holder: its name in leases."""

    holder: str = field(default_factory=lambda: RandomIds().token("detect", 8))
    live: dict[str, Live] = field(default_factory=dict)


_watching: dict[int, Watching] = {}


def run(hands: Hands) -> None:
    """One round. A project that cannot be looked at does not stop the others."""
    projects = {project.name for project in hands.catalog.projects.list()} | {hands.settings.default_project}
    watching = _watching.setdefault(id(hands.catalog), Watching())
    for project in sorted(projects):
        if not _is_mine(hands, watching, project):
            watching.live.pop(project, None)
            continue
        try:
            _look(hands, watching.live, project)
            _tell(hands, project)
        except Busy:
            watching.live.pop(project, None)
            raise
        except Conflict as error:
            # Another process has looked already: what it kept is what counts.
            watching.live.pop(project, None)
            journal("detect").info("detection of a project is begun anew", project=project, reason=str(error))
        except NervureError as error:
            watching.live.pop(project, None)
            journal("detect").warning("a project cannot be looked at", project=project, reason=str(error))


def _is_mine(hands: Hands, watching: Watching, project: str) -> bool:
    """Of replicas one looks at a project. It saves work; that nothing is opened twice does not hang on it.

    A catalog of its own has one server, which need not wait for the lease of the one that was killed.
    """
    leases = hands.catalog.leases
    return not leases.is_shared or leases.hold(f"detect/{project}", watching.holder, LEASE_S)


def _look(hands: Hands, watching: dict[str, Live], project: str) -> None:
    now_ns = hands.clock.now_ns()
    live = watching.get(project)
    if live is None:
        live = watching[project] = Live.begin(project, patient(hands.asker), hands.catalog, now_ns)
    for incident in live.advance(now_ns, standing(hands.catalog, project, live.kept_ns, live.firing())):
        journal("detect").info(
            "an incident", project=project, id=incident.id, status=incident.status, title=incident.diagnosis.title
        )


def _tell(hands: Hands, project: str) -> None:
    """Each round all that lasts and what has just ended, under keys that channels hear once."""
    now_ns, base = hands.clock.now_ns(), base_url(hands.settings)
    lasting = hands.catalog.incidents.list(project, LASTING, limit=MOST_TOLD)
    closed = hands.catalog.incidents.list(project, ("closed",), limit=MOST_TOLD)
    recent = [one for one in closed if now_ns - one.closed_ns < RECENT_S * NS_PER_S]
    for incident in (*lasting, *recent):
        for message in messages_of(incident, base):
            announce(hands.catalog, message, now_ns)


# The first look reads weeks.
LOOP = Loop(name="detect", every_s=60.0, run=run, first_s=45.0, lane="detection")
