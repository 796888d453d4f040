"""Bodies of many parts (multipart/form-data, RFC 7578), as clients of LangSmith send them."""

from collections.abc import Iterator
from email import policy
from email.parser import BytesParser

from nervure.base.errors import DecodeError


def pieces(body: bytes, content_type: str) -> Iterator[tuple[str, str, bytes]]:
    """Name, media type and content of each part. Raises DecodeError when the boundary does not fit the body."""
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=policy.HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise DecodeError(f"the body has no parts: the boundary in Content-Type {content_type!r} does not fit it")
    for piece in message.iter_parts():
        name = piece.get_param("name", header="content-disposition")
        content = piece.get_payload(decode=True)
        kind = str(piece.get("content-type", "application/octet-stream")).partition(";")[0]
        yield str(name or ""), kind, content if isinstance(content, bytes) else b""
