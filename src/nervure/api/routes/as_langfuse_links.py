"""Addresses of pages that Langfuse's SDKs print (`get_trace_url` and the like): they lead to the same thing here."""

from urllib.parse import quote

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from nervure.decode.formats import ids

router = APIRouter(include_in_schema=False)


@router.get("/project/{project}/traces/{trace_id}")
def trace(project: str, trace_id: str) -> Response:
    """A trace's page."""
    return _to(f"traces/{quote(ids.trace_id(trace_id), safe='')}", project)


@router.get("/trace/{trace_id}")
def old_trace(trace_id: str) -> Response:
    """A trace's page, as version 2 names it when it does not know the project."""
    return _to(f"traces/{quote(ids.trace_id(trace_id), safe='')}", "")


@router.get("/project/{project}/sessions/{session:path}")
def session(project: str, session: str) -> Response:
    """A session's page."""
    return _to(f"sessions/{quote(session, safe='')}", project)


@router.get("/project/{project}/datasets/{dataset_id}")
@router.get("/project/{project}/datasets/{dataset_id}/{rest:path}")
def dataset(project: str, dataset_id: str, rest: str = "") -> Response:
    """A dataset's page; its runs and items are on it."""
    return _to(f"datasets/{quote(dataset_id, safe='')}", project)


def _to(page: str, project: str) -> Response:
    """Within this server: what was asked for stands in one segment of the path and cannot lead elsewhere."""
    return RedirectResponse(f"/app/{page}" + (f"?project={quote(project, safe='')}" if project else ""), 307)
