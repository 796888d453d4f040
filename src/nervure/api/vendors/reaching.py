"""Where the ids of a vendor's request are, and storing what it says of them.

Vendors' clients judge a trace by its id alone, and often before its last spans have arrived: so the id is looked for in
every project the key opens, for a moment, before it is said not to be there.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from starlette.requests import Request

from nervure.api.asking import Questions
from nervure.api.auth import PROJECT_HEADER, Access
from nervure.api.reach import only_project
from nervure.base.errors import BadInput, Forbidden
from nervure.model.batch import Batch
from nervure.model.score import Score
from nervure.query.asker import Asker
from nervure.query.places import Place, find_spans, find_traces, scores_on
from nervure.query.runner import Runner

# Exporters send spans every few seconds at most; a client that waits for an answer is not held longer.
PATIENCE_S, LOOK_S = 5.0, 0.1
MOST_IDS = 1000

Find = Callable[[Runner, Sequence[str], bool], dict[str, Place]]


def named_project(request: Request, access: Access) -> str:
    """The project a request names by header or parameter or its key is bound to; "" when nothing says it."""
    is_named = request.headers.get(PROJECT_HEADER) or request.query_params.get("project")
    return access.project if is_named or only_project(access) else ""


async def places_of_traces(
    request: Request, access: Access, ids: Sequence[str], patience_s: float = 0.0
) -> dict[str, Place]:
    """Where traces are; those unknown after `patience_s` are left out."""
    return await _places(request, access, ids, find_traces, patience_s)


async def places_of_spans(
    request: Request, access: Access, ids: Sequence[str], patience_s: float = 0.0
) -> dict[str, Place]:
    """Where spans are; those unknown after `patience_s` are left out."""
    return await _places(request, access, ids, find_spans, patience_s)


async def _places(
    request: Request, access: Access, ids: Sequence[str], find: Find, patience_s: float
) -> dict[str, Place]:
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MOST_IDS:
        raise BadInput(f"at most {MOST_IDS} ids at a time, got {len(wanted)}: send them in parts")
    is_everywhere = not named_project(request, access)
    questions: Questions = request.app.state.questions
    found: dict[str, Place] = {}

    def look(asker: Asker) -> dict[str, Place]:
        asker.settle()
        return find(asker.runner(access.project), [one for one in wanted if one not in found], is_everywhere)

    clock = access.house.clock
    ends_s = clock.monotonic_s() + patience_s
    while True:
        found |= await questions.run(request, access, look)
        if len(found) == len(wanted) or clock.monotonic_s() >= ends_s:
            return found
        await asyncio.sleep(LOOK_S)


def in_project(access: Access, project: str) -> Access:
    """The same access, to another project. Raises Forbidden when the key does not reach it."""
    only = only_project(access)
    if only and only != project:
        raise Forbidden(f"this key opens only the project {only!r}, not {project!r}")
    return Access(access.house, project, access.key)


async def store_scores(
    access: Access, scores: Sequence[Score], wire: str, size: int, refused: dict[str, int] | None = None
) -> None:
    """Stores scores, each in its own project, and returns when they are in the store. size: of the request, in bytes.

    refused: reason to number of items of the request that were turned away; the ledger counts them.
    """
    house = access.house
    now_ns = house.clock.now_ns()
    for score in scores:
        score.received_ns = now_ns
        score.time_ns = score.time_ns or now_ns
    batch = Batch(scores=list(scores), project=access.project, wire=wire, bytes=size, refused=dict(refused or {}))
    await asyncio.wrap_future(await asyncio.to_thread(house.intake.submit, batch))


async def numbered(request: Request, scores: Sequence[Score], access: Access) -> list[Score]:
    """The scores with revisions above those that are stored; of one id twice in a request the last counts."""
    latest = {score.id: score for score in scores}

    def look(asker: Asker) -> dict[str, int]:
        known: dict[str, int] = {}
        for project in {score.project for score in latest.values()}:
            ids = [score.id for score in latest.values() if score.project == project]
            known |= {held.id: held.revision for held in scores_on(asker.runner(project), "id", ids, len(ids))}
        return known

    questions: Questions = request.app.state.questions
    known = await questions.run(request, access, look)
    return [replace(score, revision=known.get(score.id, -1) + 1) for score in latest.values()]
