"""What all routes of Phoenix's API share: its version, its errors, its ids, and projects, which are ours.

Source: https://arize.com/docs/phoenix/sdk-api-reference/rest-api/overview
"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from nervure.api.auth import Access
from nervure.api.vendors.reaching import in_project
from nervure.base.errors import BadInput, NervureError, TooLarge
from nervure.decode.formats.phoenix import identity_of

# The version whose API is served; the client refuses to use what an older one lacks.
VERSION = "20.26.1"
KINDS = {
    "llm": "LLM", "agent": "AGENT", "workflow": "CHAIN", "tool": "TOOL", "retriever": "RETRIEVER",
    "embedding": "EMBEDDING", "reranker": "RERANKER", "guardrail": "GUARDRAIL", "evaluator": "EVALUATOR",
}  # fmt: skip
OURS = {name: kind for kind, name in KINDS.items()} | {"UNKNOWN": "other", "PROMPT": "other"}


def say(status: int, error: NervureError) -> Response:
    """An error as Phoenix says it: its words as plain text."""
    if isinstance(error, BadInput) and not isinstance(error, TooLarge):
        status = 422
    return PlainTextResponse(str(error), status)


def project_in(request: Request, access: Access, text: str) -> Access:
    """Access to the project a path names, by name or id."""
    return in_project(access, identity_of("Project", text))
