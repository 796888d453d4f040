"""Waiting for a server that asks for patience."""

from collections.abc import Callable
from threading import Event
from typing import TypeVar

from nervure.base.errors import Busy

ATTEMPTS = 8
FIRST_WAIT_S = 0.5
Answer = TypeVar("Answer")


def patiently(ask: Callable[[], Answer], pause: Callable[[float], object] | None = None) -> Answer:
    """The answer of what may raise Busy, asked again after the time the server names, or twice as long each time.

    pause(seconds): waits; tests give their own. Raises Busy after the last attempt.
    """
    wait = pause or Event().wait
    attempt = 0
    while True:
        try:
            return ask()
        except Busy as error:
            attempt += 1
            if attempt == ATTEMPTS:
                raise
            wait(max(error.retry_after_s, FIRST_WAIT_S * 2 ** (attempt - 1)))
