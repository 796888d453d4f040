"""Nervure: the nervous system of an organisation's AI in production.

    import nervure
    nervure.init(service="support-chat")

    @nervure.observe(kind="tool")
    def get_weather(city: str) -> str: ...

    with nervure.context(session="s-42", user="u-7"):
        get_weather("Paris")

The names below are loaded when first used, so that `import nervure` costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nervure.client.client import Client
    from nervure.client.context import context
    from nervure.client.observe import observe
    from nervure.client.predictions import label, prediction, predicts, watch
    from nervure.client.prompts import prompt
    from nervure.client.scoring import feedback, score
    from nervure.client.setup import flush, init

__version__ = "0.1.0"
__all__ = [
    "Client",
    "__version__",
    "context",
    "feedback",
    "flush",
    "init",
    "label",
    "observe",
    "prediction",
    "predicts",
    "prompt",
    "score",
    "watch",
]

_HOMES = {
    "Client": "nervure.client.client",
    "context": "nervure.client.context",
    "feedback": "nervure.client.scoring",
    "flush": "nervure.client.setup",
    "init": "nervure.client.setup",
    "label": "nervure.client.predictions",
    "observe": "nervure.client.observe",
    "prediction": "nervure.client.predictions",
    "predicts": "nervure.client.predictions",
    "prompt": "nervure.client.prompts",
    "score": "nervure.client.scoring",
    "watch": "nervure.client.predictions",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nervure' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
