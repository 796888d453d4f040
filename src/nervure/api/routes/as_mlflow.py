"""MLflow's experiments: they are our projects, an experiment's id is the project's name."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from nervure.api.auth import Access, require
from nervure.api.reach import only_project
from nervure.api.vendors import mlflow
from nervure.api.vendors.body import may, need, object_of
from nervure.api.vendors.speech import speaking
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.model.project import Project

router = APIRouter(prefix="/api/2.0/mlflow/experiments", include_in_schema=False, route_class=speaking(mlflow.say))
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
BY_NAME = re.compile(r"\s*(?:attributes?\.)?`?name`?\s*(=|!=|I?LIKE)\s*'([^']*)'\s*", re.IGNORECASE)
MOST = 1000


def _experiment(access: Access, project: Project | None, name: str) -> dict[str, Any]:
    identity = mlflow.id_of(access, project.name) if project else mlflow.DEFAULT_ID
    created = (project.created_ns if project else 0) // 1_000_000
    return {
        "experiment_id": identity,
        "name": name,
        "artifact_location": f"mlflow-artifacts:/{identity}",
        "lifecycle_stage": "active",
        "creation_time": created,
        "last_update_time": created,
        "tags": [],
    }


def _name(access: Access, project: str) -> str:
    return mlflow.DEFAULT_NAME if project == access.house.settings.default_project else project


@router.get("/get-by-name")
def get_by_name(access: Sender, experiment_name: Annotated[str, Query()] = "") -> dict[str, Any]:
    """The experiment of a name. With a key that opens one project every name leads there."""
    if not experiment_name:
        raise BadInput("Missing value for required parameter 'experiment_name'")
    projects, bound = access.house.catalog.projects, only_project(access)
    if bound or experiment_name == mlflow.DEFAULT_NAME:
        return {"experiment": _experiment(access, projects.find(mlflow.project_of(access, "")), experiment_name)}
    found = projects.find(experiment_name)
    if found is None:
        raise NotFound(f"Could not find experiment with name '{experiment_name}'")
    return {"experiment": _experiment(access, found, experiment_name)}


@router.get("/get")
def get(access: Sender, experiment_id: Annotated[str, Query()] = "") -> dict[str, Any]:
    """The experiment of an id."""
    if not experiment_id:
        raise BadInput("Missing value for required parameter 'experiment_id'")
    project = mlflow.project_of(access, experiment_id)
    found = access.house.catalog.projects.find(project)
    if found is None and experiment_id != mlflow.DEFAULT_ID:
        raise NotFound(f"No Experiment with id={experiment_id} exists")
    return {"experiment": _experiment(access, found, _name(access, project))}


@router.post("/create")
async def create(request: Request, access: Sender) -> dict[str, Any]:
    """A new experiment: its project is made as telemetry that names one makes it."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    name = need(body, "name", str)
    projects, project = access.house.catalog.projects, mlflow.project_of(access, name)
    if only_project(access) or name == mlflow.DEFAULT_NAME or projects.find(project) is not None:
        raise Conflict(f"Experiment(name={name}) already exists.")
    projects.seen(project)
    if projects.find(project) is None:
        raise BadInput(
            f"'{name}' cannot be the name of a project: use 1 to 200 printable characters, no spaces at the ends"
        )
    return {"experiment_id": mlflow.id_of(access, project)}


@router.post("/search")
async def search(request: Request, access: Reader) -> dict[str, Any]:
    """Experiments by name, a page at a time. filter: `name = 'x'`, `name LIKE 'a%'`."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    limit, text = may(body, "max_results", int, MOST), may(body, "filter", str, "")
    begin = may(body, "page_token", str, "") or "0"
    if not 1 <= limit <= MOST or not begin.isdecimal():
        raise BadInput(f"'max_results' lies between 1 and {MOST}, and 'page_token' is that of the page before")
    only = only_project(access)
    found = [one for one in access.house.catalog.projects.list() if only in ("", one.name)]
    passed = _passing(text)
    found = [one for one in found if passed(_name(access, one.name))]
    at = int(begin)
    page = [_experiment(access, one, _name(access, one.name)) for one in found[at : at + limit]]
    more = {"next_page_token": str(at + limit)} if at + limit < len(found) else {}
    return {"experiments": page, **more}


def _passing(text: str) -> Any:
    if not text.strip():
        return lambda name: True
    clause = BY_NAME.fullmatch(text)
    if clause is None:
        raise BadInput(f"experiments are searched by name, e.g. name LIKE 'shop%', got {text!r}")
    operator, value = clause[1].upper(), clause[2]
    if operator in ("=", "!="):
        return lambda name: (name == value) == (operator == "=")
    pattern = "".join(".*" if part == "%" else "." if part == "_" else re.escape(part) for part in value)
    return re.compile(pattern, re.IGNORECASE if operator == "ILIKE" else 0).fullmatch
