"""`nervure.prompt("name", label="production")`: prompts from the registry, kept in this process and asked for anew behind the scenes.

A prompt that is known is given at once. When it is older than its time to live it is still given, and asked for anew in
the background; the server answers 304 while it has not changed. When the server is away the last known one stays, or
the fallback is used: an application never waits for its prompts twice.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import quote

from nervure.base.clock import Clock, SystemClock
from nervure.base.connection import connection
from nervure.base.errors import NervureError, NotFound
from nervure.client.context import context
from nervure.client.http import Http

log = logging.getLogger("nervure")

TTL_S = 60.0
TIMEOUT_S = 5.0
VARIABLE = re.compile(r"\{\{\s*([A-Za-z_][\w.\-]*)\s*\}\}")
Template = str | list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One version of a prompt. version: 0 of a fallback. label: the one it was asked for by, "" when by number."""

    name: str
    template: Template
    version: int = 0
    label: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    variables: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    commit: str = ""
    is_fallback: bool = False

    def compile(self, **variables: Any) -> Any:
        """The template with its {{variables}} filled in: a text, or messages.

        A variable that is not given stays as it is written. A placeholder of messages takes a list of messages.
        """
        if isinstance(self.template, str):
            return _filled(self.template, variables)
        made: list[Any] = []
        for message in self.template:
            if message.get("type") != "placeholder":
                made.append(_filled(message, variables))
            elif isinstance(given := variables.get(str(message.get("name"))), list):
                made += given
            else:
                made.append(message)
        return made

    @contextmanager
    def linked(self, **variables: Any) -> Iterator[Any]:
        """Spans that begin inside say that they used this prompt; gives the compiled template.

        with prompt.linked(name="Ada") as text: client.chat.completions.create(...)
        """
        with context(
            prompt=self.name,
            prompt_version=self.version or None,
            prompt_label=self.label or None,
            prompt_variables=variables or None,
        ):
            yield self.compile(**variables)


def prompt(
    name: str,
    *,
    version: int | None = None,
    label: str | None = None,
    fallback: Template | None = None,
    cache_ttl_s: float = TTL_S,
) -> Prompt:
    """A version of a prompt: by number or label; the one labelled production, else the newest, when neither is said.

    fallback: the template to use when the server is away or has no such prompt. cache_ttl_s: how old a known one may
    be before it is asked for anew in the background; 0 asks every time. Raises NervureError without a fallback.
    """
    return _shared().get(name, version, label or "", fallback, cache_ttl_s)


Key = tuple[str, int | None, str]


@dataclass(slots=True)
class _Kept:
    prompt: Prompt
    etag: str
    asked_s: float
    is_asking: bool = False


class Prompts:
    """Prompts of one server and project. Thread-safe. run: does something in the background."""

    def __init__(
        self, http: Http, clock: Clock | None = None, run: Callable[[Callable[[], None]], Any] | None = None
    ) -> None:
        self._http, self._clock, self._lock = http, clock or SystemClock(), Lock()
        self._kept: dict[Key, _Kept] = {}
        self._run = run or ThreadPoolExecutor(1, "nervure-prompts").submit

    def get(
        self, name: str, version: int | None = None, label: str = "", fallback: Template | None = None,
        cache_ttl_s: float = TTL_S,
    ) -> Prompt:  # fmt: skip
        """As `nervure.prompt`."""
        key = (name, version, label)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and cache_ttl_s > 0:
                is_old = self._clock.monotonic_s() - kept.asked_s > cache_ttl_s
                if is_old and not kept.is_asking:
                    kept.is_asking = True
                    self._run(lambda: self._refresh(key))
                return kept.prompt
        try:
            return self._ask(key)
        except NervureError as error:
            if kept is not None and not isinstance(error, NotFound):
                log.warning("nervure: prompt %r could not be asked for anew, the last one stays: %s", name, error)
                return kept.prompt
            if fallback is None:
                raise
            log.warning("nervure: prompt %r is not to be had, its fallback is used: %s", name, error)
            return Prompt(name, fallback, label=label, is_fallback=True)

    def _refresh(self, key: Key) -> None:
        try:
            self._ask(key)
        except NervureError as error:
            log.warning("nervure: prompt %r could not be asked for anew, the last one stays: %s", key[0], error)
            with self._lock:
                if key in self._kept:
                    # Not again before its time to live has passed: a server in trouble is not helped by questions.
                    self._kept[key].asked_s, self._kept[key].is_asking = self._clock.monotonic_s(), False

    def _ask(self, key: Key) -> Prompt:
        name, version, label = key
        kept = self._kept.get(key)
        headers = {"if-none-match": kept.etag} if kept else {}
        asked = {"version": version, "label": label or None}
        path = f"/api/v1/prompts/{quote(name, safe='/')}"
        try:
            with self._http.stream("GET", path, headers=headers, timeout_s=TIMEOUT_S, **asked) as answer:
                answer.read()
                status, etag = answer.status_code, answer.headers.get("etag", "")
                found = kept.prompt if kept and status == 304 else _read(answer.content, label)
        except NotFound:
            with self._lock:
                self._kept.pop(key, None)
            raise
        with self._lock:
            self._kept[key] = _Kept(found, etag, self._clock.monotonic_s())
        return found


def _read(body: bytes, label: str) -> Prompt:
    try:
        held = json.loads(body)
        return Prompt(
            held["name"], held["template"], held["version"], label, held["config"], tuple(held["variables"]),
            tuple(held["labels"]), held["commit"],
        )  # fmt: skip
    except (ValueError, LookupError, TypeError) as error:
        raise NervureError("the answer is no prompt: is a Nervure server listening there?") from error


def _filled(value: Any, variables: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return VARIABLE.sub(lambda found: str(variables[found[1]]) if found[1] in variables else found[0], value)
    if isinstance(value, dict):
        return {key: _filled(one, variables) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, variables) for one in value]
    return value


_lock = Lock()
_prompts: Prompts | None = None


def _shared() -> Prompts:
    """The prompts of where spans are sent, else of the environment's server."""
    global _prompts
    with _lock:
        if _prompts is None:
            from nervure.client.setup import setup_in_force

            setup = setup_in_force()
            _prompts = Prompts(Http(setup.connection if setup.is_active else connection()))
        return _prompts
