"""Phoenix's ids: base64 of "Kind:id". Ours are the same with our id, so that its client tells them from names."""

import base64
import binascii


def node_id(kind: str, identity: str) -> str:
    """A thing's id as Phoenix's client knows it."""
    return base64.b64encode(f"{kind}:{identity}".encode()).decode()


def identity_of(kind: str, text: str) -> str:
    """The id in a node id of a kind; any other text as it is: the client names things either way."""
    try:
        held = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return text
    return held.removeprefix(f"{kind}:") if held.startswith(f"{kind}:") else text
