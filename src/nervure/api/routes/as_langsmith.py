"""What LangSmith's SDK asks of its workspace, files it downloads, and what Nervure has no counterpart of."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import FileResponse

from nervure.api.auth import Access, require
from nervure.api.langsmith.asked import find_span
from nervure.api.langsmith.names import moment, tenant_id
from nervure.api.langsmith.serving import answer, check_link, media_of
from nervure.base.errors import BadInput
from nervure.query.asker import Asker

router = APIRouter(prefix="/langsmith", include_in_schema=False)
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]


@router.get("/settings")
@router.get("/workspaces/current")
@router.get("/orgs/current")
def settings(access: Sender) -> dict[str, Any]:
    """The workspace, which is the project. It has no handle: prompts are named without an owner."""
    return {**_workspace(access), "tenant_handle": None}


@router.get("/workspaces")
@router.get("/orgs")
def workspaces(access: Sender) -> list[dict[str, Any]]:
    """The one workspace the key opens."""
    return [_workspace(access)]


@router.get("/workspaces/current/secrets")
def secrets(access: Reader) -> list[Any]:
    """There are none: Nervure keeps no model provider's keys for clients."""
    return []


@router.get("/files/{name}")
def download(request: Request, name: str, project: str, until: str, sign: str) -> FileResponse:
    """An attachment, for whoever holds a link to it that is not over."""
    house = request.app.state.house
    check_link(house, project, name, until, sign)
    return FileResponse(media_of(house).path(name, project), media_type="application/octet-stream")


@router.api_route("/runs/{run_id}/share", methods=["GET", "PUT", "DELETE"])
async def no_sharing_of_runs(request: Request, access: Reader, run_id: str) -> Response:
    """Raises BadInput with the trace's address in the web application: nothing here is public."""

    def work(asker: Asker) -> None:
        span = find_span(asker, access.project, run_id)
        raise BadInput(_not_public(request, access, f"traces/{span['trace_id']}"))

    return await answer(request, access, work)


@router.api_route("/datasets/{dataset_id}/share", methods=["GET", "PUT", "DELETE"])
@router.api_route("/public/{rest:path}", methods=["GET", "POST"])
def no_sharing(request: Request, access: Reader, dataset_id: str = "", rest: str = "") -> None:
    """Raises BadInput: nothing here is public."""
    raise BadInput(_not_public(request, access, "datasets"))


@router.post("/likes/{owner}/{name}")
def no_likes(access: Reader, owner: str, name: str) -> None:
    """Raises BadInput."""
    raise BadInput("Nervure does not count likes of prompts: use labels and tags to mark the ones to use")


@router.api_route("/sessions/{session_id}/insights", methods=["POST"])
@router.api_route("/sessions/{session_id}/insights/{job}", methods=["GET"])
@router.api_route("/datasets/upload", methods=["POST"])
@router.api_route("/runs/group", methods=["POST"])
@router.api_route("/runs/rules", methods=["GET", "POST"])
@router.api_route("/feedback-configs", methods=["POST", "PATCH", "DELETE"])
def not_served(access: Reader, session_id: str = "", job: str = "") -> None:
    """Raises BadInput."""
    raise BadInput(
        "Nervure does not serve this call of LangSmith's: for files of cases use create_examples, for groups of runs "
        "list_runs with a filter, for feedback any key and score"
    )


def _not_public(request: Request, access: Access, page: str) -> str:
    place = f"{request.base_url}app/{page}?project={quote(access.project, safe='')}"
    return f"Nervure has no public links: give people a key that may read, and the address {place}"


def _workspace(access: Access) -> dict[str, Any]:
    return {
        "id": tenant_id(access.project),
        "organization_id": tenant_id(access.project),
        "display_name": access.project,
        "created_at": moment(0),
        "is_personal": False,
        "is_deleted": False,
    }
