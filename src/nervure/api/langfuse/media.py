"""Langfuse's media: uploaded to an address of ours that carries its own permission, kept in the media store.

A client uploads and reads the bytes without its key, as it would at an object store: the address says what it is good
for and until when, signed with a secret of this installation. A media id is the first 132 bits of the content's SHA-256
in base64url, so the file is found by it.
"""

import base64
import binascii
import hmac
import secrets
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Literal

import orjson
from starlette.requests import Request

from nervure.api.auth import Access
from nervure.api.house import House
from nervure.api.langfuse.speech import when
from nervure.base.clock import NS_PER_S
from nervure.base.errors import BadInput, Forbidden, NotFound
from nervure.intake.media import MediaStore

VALID_S = 3600
ID_LENGTH = 22
SECRET = "media_addresses"


@dataclass(frozen=True, slots=True)
class Grant:
    """What an address permits. size: bytes to upload, 0 for reading. until_s: since the epoch."""

    may: Literal["put", "get"]
    project: str
    sha256: str
    mime_type: str
    size: int
    until_s: int


def store_of(house: House) -> MediaStore:
    """Where media lie."""
    settings = house.settings
    return MediaStore(settings.data / "media", settings.max_media_bytes, settings.fsync)


def hex_of_id(media_id: str) -> str:
    """The hex digits a media id says: 33. Raises NotFound for what is no media id."""
    try:
        if len(media_id) != ID_LENGTH:
            raise binascii.Error
        return base64.b64decode(media_id + "AA", altchars=b"-_", validate=True).hex()[: ID_LENGTH * 6 // 4]
    except (binascii.Error, ValueError):
        raise NotFound(f"Media not found: {media_id[:60]!r} is no media id, which has {ID_LENGTH} characters") from None


def id_of_hash(told: str) -> tuple[str, str]:
    """(SHA-256 in hex, media id) of a hash in base64. Raises BadInput."""
    try:
        raw = base64.b64decode(told, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 32:
        raise BadInput("sha256Hash: expected the SHA-256 of the content in base64, 44 characters")
    return raw.hex(), base64.urlsafe_b64encode(raw).decode()[:ID_LENGTH]


def media_json(request: Request, access: Access, media_id: str, mime_type: str = "") -> dict[str, Any] | None:
    """A file as Langfuse tells of it, with an address to read it; None when it is not there."""
    store = store_of(access.house)
    try:
        path = store.path(hex_of_id(media_id), access.project)
    except NotFound:
        return None
    told, stat = store.mime_type(path.name, access.project) or mime_type, path.stat()
    until_s = access.house.clock.now_ns() // NS_PER_S + VALID_S
    grant = Grant("get", access.project, path.name, told, 0, until_s)
    return {
        "mediaId": media_id, "contentType": told or "application/octet-stream", "contentLength": stat.st_size,
        "uploadedAt": when(stat.st_mtime_ns), "url": address(request, access.house, media_id, grant),
        "urlExpiry": when(until_s * NS_PER_S),
    }  # fmt: skip


def address(request: Request, house: House, media_id: str, grant: Grant) -> str:
    """Where the bytes are put or read, at the host the client spoke to."""
    body = base64.urlsafe_b64encode(orjson.dumps(asdict(grant))).decode().rstrip("=")
    return f"{str(request.base_url).rstrip('/')}/api/public/media/{media_id}/content?grant={body}.{_sign(house, body)}"


def granted(house: House, told: str, wanted: Literal["put", "get"]) -> Grant:
    """What an address permits. Raises Forbidden for one we did not make, or that is too old."""
    body, _, mark = told.rpartition(".")
    if not hmac.compare_digest(_sign(house, body).encode(), mark.encode()):
        raise Forbidden("this address was not made by this server: ask for a new one")
    grant = Grant(**orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
    if grant.may != wanted or grant.until_s * NS_PER_S < house.clock.now_ns():
        raise Forbidden("this address permits something else, or has expired: ask for a new one")
    return grant


def _sign(house: House, body: str) -> str:
    notes = house.catalog.notes
    if notes.find(SECRET) is None:
        notes.put(SECRET, {"key": secrets.token_hex(32)})
    # Read anew: another replica may have been first.
    key = str((notes.find(SECRET) or {})["key"])
    return hmac.new(key.encode(), body.encode(), sha256).hexdigest()
