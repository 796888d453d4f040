"""Where LangSmith's API is found: at the root, where its SDK looks by default, and under any prefix for its SDK.

LangSmith's endpoint may have a path (`https://host/api/v1`), below which Nervure's own API has paths of the same names.
Who asks decides: LangSmith's clients say so in their User-Agent.
"""

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

MOUNT = "/langsmith"
AGENTS = ("langsmith", "asynclangsmith")
# The first segments of LangSmith's paths.
NOUNS = (
    "sessions", "datasets", "examples", "runs", "feedback", "feedback-configs", "repos", "commits", "likes", "settings",
    "workspaces", "orgs", "public", "annotation-queues", "platform",
)  # fmt: skip
ANYWHERE = re.compile(rf"(?:/[^/]+)*?/(?P<rest>(?:{'|'.join(NOUNS)})(?:/.*)?)", re.S)
# Names no other client's protocol has at the root.
ROOT = re.compile(
    r"/(?P<rest>(?:sessions|datasets|examples|runs|repos|commits|annotation-queues|v1/platform)(?:/.*)?|feedback(?:/tokens)?"
    r"(?:/[0-9a-fA-F-]{36})?)",
    re.S,
)


class LangSmithPaths:
    """Leads LangSmith's paths to its routes, which stand below MOUNT; everything else goes on as it came."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (path := mounted(scope["path"], Headers(scope=scope).get("user-agent", ""))):
            # In place: those outside read from the scope which endpoint was found.
            scope["path"], scope["raw_path"] = path, path.encode()
        await self.app(scope, receive, send)


def mounted(path: str, agent: str) -> str:
    """The path that a request means, below MOUNT nearly always; "" when it is none of LangSmith's."""
    if path.startswith(MOUNT + "/"):
        return ""
    if path.endswith("/info") and agent.lower().startswith(AGENTS):
        # What the server can do is told where other vendors' clients ask, too.
        return "/info"
    found = ANYWHERE.fullmatch(path) if agent.lower().startswith(AGENTS) else ROOT.fullmatch(path)
    if not found:
        return ""
    # The SDK puts some paths below /v1/platform or /platform, depending on its endpoint.
    rest = found["rest"].removeprefix("v1/").removeprefix("platform/")
    if path[: -len(found["rest"]) - 1].endswith("/v2"):
        rest = f"v2/{rest}"
    return f"{MOUNT}/{rest.rstrip('/')}"
