"""Any OpenAI-compatible embeddings API: OpenAI, vLLM, Ollama, Text Embeddings Inference, a gateway. Texts leave the machine."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nervure.base.clock import SystemClock
from nervure.base.errors import SettingsError
from nervure.base.settings import Settings
from nervure.evaluate.embeddings.contract import EmbedderDown, EmbedderRefused, Embeddings, Vectors
from nervure.evaluate.embeddings.remembering import Remembering
from nervure.evaluate.embeddings.spend import Meter
from nervure.evaluate.judging.client import Call
from nervure.evaluate.judging.transport import JudgeDown, Line, Refused
from nervure.model.judge import Endpoint

# Further tries after a refusal that may pass. Whoever waits for an evaluation's task tries again later anyhow.
RETRIES = 2
AT_ONCE = 4
# 2,048 texts of 4,096 dimensions would be more; such batches are for nobody.
MOST_BYTES = 64 << 20


class _Api:
    """One model of one API: a batch of texts in, their vectors out."""

    def __init__(self, model: str, settings: Settings) -> None:
        key, base = settings.embeddings_key.strip(), settings.embeddings_url.rstrip("/")
        self._model, self.meter = model, Meter(model, settings)
        self._url = base if base.endswith("/embeddings") else f"{base}/embeddings"
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._limits = (
            f"embeddings_batch is {settings.embeddings_batch}, embeddings_max_chars {settings.embeddings_max_chars}"
        )
        endpoint = Endpoint(
            "", "", self._url, url=base, timeout_s=settings.embeddings_timeout_s, concurrency=AT_ONCE, retries=RETRIES
        )
        self._line = Line(
            endpoint, SystemClock(), threading.Event(), who=f"the embeddings API {self._url}", most_bytes=MOST_BYTES
        )

    def ask(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), d).

        Raises EmbedderDown for what may pass, EmbedderRefused for what will not, OverLimit before anything is sent,
        SettingsError for a limit that cannot be kept.
        """
        call = Call(self._url, self._headers, {"model": self._model, "input": list(texts)})
        purchase = self.meter.purchase(len(texts))
        try:
            answer = self._line.post(call, purchase.set_aside, purchase.end)
        except JudgeDown as error:
            raise EmbedderDown(str(error), error.retry_after_s) from error
        except Refused as error:
            hint = {401: "embeddings_key is wrong or missing", 403: "embeddings_key may not do this"}
            hint |= {404: "look at embeddings_url and the model's name"} | dict.fromkeys((400, 413, 422), self._limits)
            told = f"; {hint[error.status]}" if error.status in hint else ""
            raise EmbedderRefused(f"{error}{told}") from error
        purchase.settle(answer.hold, answer.body)
        return vectors_of(answer.body, len(texts), self._url)


def open_api(what: str, settings: Settings) -> Remembering:
    """Raises SettingsError when no model is named, or address or key cannot be used. Asks nothing yet."""
    setting = f"embeddings = {settings.embeddings!r}"
    if not what:
        raise SettingsError(f"{setting} names no model: write api:<model>, e.g. api:text-embedding-3-small")
    if not settings.embeddings_url.startswith(("http://", "https://")):
        raise SettingsError(
            f"{setting} needs embeddings_url, the base of an OpenAI-compatible API, e.g. https://api.openai.com/v1;"
            f" it is {settings.embeddings_url!r}"
        )
    if not (settings.embeddings_key.strip() or "x").isprintable() or not settings.embeddings_key.isascii():
        # Told without the key: a refused header's own message would show it.
        raise SettingsError("embeddings_key holds characters that no HTTP header may hold: copy it again")
    api = _Api(what, settings)
    return Remembering(
        settings.embeddings, api.ask, settings.embeddings_batch, AT_ONCE, most_chars=settings.embeddings_max_chars,
        meter=api.meter,
    )  # fmt: skip


def vectors_of(body: Mapping[str, Any], count: int, url: str) -> Vectors:
    """(count, d) of an answer in the order of the texts, which its items' `index` tells. Raises EmbedderRefused."""
    data = body.get("data")
    try:
        if not isinstance(data, list) or len(data) != count:
            raise ValueError(f"{len(data) if isinstance(data, list) else 'no'} vectors for {count} texts")
        places = [int(item.get("index", place)) for place, item in enumerate(data)]
        if sorted(places) != list(range(count)):
            raise ValueError(f"indices {places[:5]} for {count} texts")
        rows = [np.asarray(item["embedding"], np.float32) for item in data]
        if len({row.shape for row in rows}) != 1 or rows[0].ndim != 1 or not rows[0].size:
            raise ValueError("vectors of different dimensions")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise EmbedderRefused(f"the embeddings API {url} did not answer as the protocol promises: {error}") from error
    return np.stack([rows[row] for row in np.argsort(places)])


EMBEDDINGS = Embeddings(
    "api",
    "api:<model>",
    "An OpenAI-compatible embeddings API at `embeddings_url`, with `embeddings_key`. Texts leave the machine.",
    open_api,
)
