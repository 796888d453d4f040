"""The pages people see: the built web app, or how to build it; and the API's own page."""

import re
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

import nervure
from nervure.api.routes import as_elastic

BUILT = Path(nervure.__file__).parent / "_ui"
HASHED = re.compile(r"-[A-Za-z0-9_-]{8}\.(js|css|woff2)$")
PAGES = Path(__file__).parent / "pages"
# The pages load nothing from elsewhere, and no page may frame them.
SAFETY = {
    "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "media-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def install(app: FastAPI, built: Path = BUILT) -> None:
    """Serves `/`, `/docs` and, when the web app is built, its assets and its pages."""
    app.mount("/static", StaticFiles(directory=PAGES), name="static")

    @app.get("/docs", include_in_schema=False)
    def docs() -> Response:
        return _page("docs.html")

    if not (built / "index.html").is_file():

        @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
        def home(request: Request) -> Response:
            return as_elastic.greeting() if as_elastic.is_shipper(request) else _page("home.html")

        return

    if (built / "assets").is_dir():
        app.mount("/assets", Assets(directory=built / "assets"), name="assets")

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    def root(request: Request) -> Response:
        return as_elastic.greeting() if as_elastic.is_shipper(request) else web_app()

    @app.get("/app", include_in_schema=False)
    @app.get("/app/{path:path}", include_in_schema=False)
    def web_app(path: str = "") -> Response:
        # The web app keeps its views in the address; all of them are the same page.
        return FileResponse(built / "index.html", headers={**SAFETY, "cache-control": "no-cache"})


class Assets(StaticFiles):
    """Files whose names change with their content, so that a browser need never ask twice."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        is_named_by_content = HASHED.search(path) is not None and response.status_code == 200
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if is_named_by_content else "no-cache"
        return response


def _page(name: str) -> Response:
    return HTMLResponse((PAGES / name).read_text(encoding="utf-8"), headers=SAFETY)
