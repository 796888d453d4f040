"""What all routes of MLflow's API share: its version, its errors, and experiments, which are our projects.

Source: https://mlflow.org/docs/latest/api_reference/rest-api.html
"""

from starlette.responses import JSONResponse, Response

from nervure.api.auth import Access
from nervure.api.reach import only_project
from nervure.base.errors import (
    BadInput,
    Busy,
    Conflict,
    Forbidden,
    NervureError,
    NotFound,
    QueryStopped,
    QueueFull,
    TooLarge,
    Unauthenticated,
)

# The version whose API is served; the client sends spans over OTLP from 3.4 on, and otherwise as files.
VERSION = "3.17.2"
# Id of the experiment that MLflow's client uses when none was chosen.
DEFAULT_ID, DEFAULT_NAME = "0", "Default"

# The first class an error is an instance of decides: MLflow's code, and the status if it is not ours.
CODES: tuple[tuple[type[NervureError], str, int], ...] = (
    (TooLarge, "BAD_REQUEST", 413),
    (BadInput, "INVALID_PARAMETER_VALUE", 400),
    (NotFound, "RESOURCE_DOES_NOT_EXIST", 404),
    (Conflict, "RESOURCE_ALREADY_EXISTS", 400),
    (Unauthenticated, "UNAUTHENTICATED", 401),
    (Forbidden, "PERMISSION_DENIED", 403),
    (QueueFull, "REQUEST_LIMIT_EXCEEDED", 429),
    (Busy, "TEMPORARILY_UNAVAILABLE", 503),
    (QueryStopped, "INVALID_PARAMETER_VALUE", 400),
)


def say(status: int, error: NervureError) -> Response:
    """An error as MLflow's client reads it."""
    code, status = next(
        ((code, known) for kind, code, known in CODES if isinstance(error, kind)), ("INTERNAL_ERROR", status)
    )
    return JSONResponse({"error_code": code, "message": str(error)}, status)


def project_of(access: Access, experiment_id: str) -> str:
    """The project an experiment's id means. A key that opens one project leads every experiment there."""
    bound = only_project(access)
    if bound:
        return bound
    return access.house.settings.default_project if experiment_id in ("", DEFAULT_ID) else experiment_id


def id_of(access: Access, project: str) -> str:
    """The id of the experiment that a project is."""
    return DEFAULT_ID if project == access.house.settings.default_project else project
