"""Where a request carries its API key: the same for every door."""

import base64
import binascii
from collections.abc import Mapping

KEY_HEADERS = ("x-api-key", "api-key", "dd-api-key", "x-langfuse-secret-key", "x-amz-firehose-access-key")


def secret_of(headers: Mapping[str, str]) -> str:
    """The key a request carries, "" for none.

    Authorization with Bearer, with Basic (Langfuse: public:secret, W&B: api:key; the password is the key), with ApiKey
    (Elasticsearch: id:key), or bare as Logfire and Opik send it; else one of the vendors' own headers.
    """
    header = headers.get("authorization", "").strip()
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() in ("basic", "apikey"):
        try:
            user, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            # Elasticsearch's clients encode "id:key", but hand on what a user has encoded already.
            return value.strip() if scheme.lower() == "apikey" else ""
        return password or user
    if header and not value:
        return header
    return next((secret for name in KEY_HEADERS if (secret := headers.get(name, "").strip())), "")
