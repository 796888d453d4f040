"""Comments of vendors' clients: scores named "comment" whose label is the text, as their importers make them too."""

from collections.abc import Iterable
from dataclasses import replace

from starlette.requests import Request

from nervure.api.asking import Questions
from nervure.api.auth import Access
from nervure.api.vendors.reaching import PATIENCE_S, in_project, places_of_spans, places_of_traces, store_scores
from nervure.base.errors import BadInput, NotFound
from nervure.model.score import Score, TargetType
from nervure.query.asker import Asker
from nervure.query.places import Place, scores_on

NAME = "comment"
LONGEST = 10_000


def checked_text(text: str) -> str:
    """The text of a comment. Raises BadInput."""
    if not text.strip() or len(text) > LONGEST:
        raise BadInput(f"a comment has 1 to {LONGEST} characters, got {len(text)}")
    return text


async def add_comment(
    request: Request,
    access: Access,
    identity: str,
    target: TargetType,
    target_id: str,
    text: str,
    author: str,
    wire: str,
) -> Score:
    """Stores a comment on a trace or span, which is waited for a moment, or a session, in its project.

    Raises NotFound for a trace or span that is nowhere, BadInput.
    """
    place = Place(access.project, "")
    if target != "session":
        find = places_of_traces if target == "trace" else places_of_spans
        found = (await find(request, access, [target_id], PATIENCE_S)).get(target_id)
        if found is None:
            raise NotFound(f"{target} {target_id} was not found: a comment needs something that it is about")
        place = found
    in_project(access, place.project)
    score = Score(
        id=identity, name=NAME, target_type=target, target_id=target_id, project=place.project, trace_id=place.trace_id,
        data_type="text", label=checked_text(text), source="human", author=author or access.actor,
    )  # fmt: skip
    await store_scores(access, [score], wire, len(text.encode()))
    return score


async def change_comment(request: Request, access: Access, held: Score, text: str, wire: str) -> None:
    """Stores a comment with another text."""
    changed = replace(held, label=checked_text(text), revision=held.revision + 1)
    await store_scores(in_project(access, held.project), [changed], wire, len(text.encode()))


async def find_comments(request: Request, access: Access, ids: Iterable[str], projects: Iterable[str]) -> list[Score]:
    """The comments with these ids in these projects; unknown ones are left out."""
    wanted, names = list(ids), list(projects)

    def look(asker: Asker) -> list[Score]:
        found = (score for name in names for score in scores_on(asker.runner(name), "id", wanted, len(wanted)))
        return [score for score in found if score.name == NAME]

    questions: Questions = request.app.state.questions
    found: list[Score] = await questions.run(request, access, look)
    return found
