"""What the routes for LangSmith's clients share: bodies, answers, signed links."""

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Any, cast
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from nervure.api.asking import Questions, json_answer
from nervure.api.auth import Access
from nervure.api.house import House
from nervure.base.errors import BadInput, Forbidden, TooLarge
from nervure.base.ids import RandomIds
from nervure.intake.media import MediaStore
from nervure.query.asker import Asker

SECRET = "langsmith.signing"
LINK_S = 3600


async def answer(request: Request, access: Access, work: Callable[[Asker], Any], status: int = 200) -> Response:
    """What `work` gives, as JSON; it runs on a thread and may ask the store and the catalog."""
    questions: Questions = request.app.state.questions
    return json_answer(await questions.run(request, access, work), status)


async def body_of(request: Request) -> bytes:
    """The whole body. Raises TooLarge."""
    house = cast(House, request.app.state.house)
    most, body = house.settings.max_body_bytes, bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise TooLarge(f"the body is larger than {most} bytes: send it in parts", most)
    return bytes(body)


async def json_of(request: Request) -> Any:
    """The body as JSON. Raises BadInput, TooLarge."""
    try:
        return orjson.loads(await body_of(request) or b"{}")
    except orjson.JSONDecodeError as error:
        raise BadInput(f"the body is not JSON: {error}") from None


async def object_of(request: Request) -> dict[str, Any]:
    """The body as an object. Raises BadInput, TooLarge."""
    held = await json_of(request)
    if not isinstance(held, dict):
        raise BadInput(f"the body must be a JSON object, got {type(held).__name__}")
    return held


def texts(value: Any, what: str) -> list[str]:
    """A text or a list of them. Raises BadInput."""
    listed = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(one, str) for one in listed):
        raise BadInput(f"{what} must be a text or a list of texts")
    return listed


def whole(value: Any, what: str, default: int, most: int) -> int:
    """A number of at most `most`. Raises BadInput for anything but a whole number from 0 on."""
    if value is None or value == "":
        return default
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if number < 0 or isinstance(value, bool):
        raise BadInput(f"{what} must be a whole number from 0 on, got {str(value)[:50]!r}")
    return min(number, most)


def media_of(house: House) -> MediaStore:
    """Where the bytes of attachments lie."""
    settings = house.settings
    return MediaStore(settings.data / "media", settings.max_media_bytes, settings.fsync)


def linker(request: Request, access: Access) -> Callable[[str], str]:
    """Makes addresses of files that their bearer may download for an hour: clients fetch them without a key."""
    house, base = access.house, str(request.base_url)
    until = house.clock.now_ns() // 10**9 + LINK_S

    def link(name: str) -> str:
        said = {"project": access.project, "until": str(until), "sign": sign(house, access.project, name, str(until))}
        return f"{base}langsmith/files/{name}?{urlencode(said)}"

    return link


def sign(house: House, *said: str) -> str:
    """A mark that only this server can make of these words."""
    return hmac.new(_secret(house), "\n".join(said).encode(), sha256).hexdigest()


def check_link(house: House, project: str, name: str, until: str, mark: str) -> None:
    """Raises Forbidden for a link that was not made here, or is over."""
    if not hmac.compare_digest(sign(house, project, name, until), mark):
        raise Forbidden("this link was not made by this server: ask for the run or example again")
    if int(until) < house.clock.now_ns() // 10**9:
        raise Forbidden("this link is over: ask for the run or example again")


def _secret(house: House) -> bytes:
    held = house.catalog.notes.find(SECRET)
    if held is None:
        house.catalog.notes.put(SECRET, {"secret": RandomIds().token("", 32)})
        held = house.catalog.notes.find(SECRET) or {}
    return str(held["secret"]).encode()
