"""The contract of a way of pulling: one file in `kinds/`, ending in COLLECTOR. The runner beside it does the rest.

A kind is asked for one round at a time and hands what it found to the inlet, which stores it as if it had been sent:
same limits, prices, ledger, and a body handed in twice is recognised. It keeps its place in the checkpoint.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nervure.base.clock import Clock
from nervure.collect.checkpoint import Checkpoint
from nervure.collect.inlet import Inlet
from nervure.collect.report import Report
from nervure.model.collector import Collector


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a collector, and what it may use.

    checkpoint: a JSON object that survives the process. report: for its state on the page and in the API.
    is_stopping(): look at it in long rounds and return; the next round begins at the checkpoint.
    """

    collector: Collector
    inlet: Inlet
    clock: Clock
    checkpoint: Checkpoint
    report: Report
    is_stopping: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """A way of pulling.

    check(settings) returns them complete with defaults, and raises BadInput naming the wrong one.
    run(round): one round. Busy it raises means "later, from the checkpoint"; any other error is shown as the
    collector's last one, and the next round comes in its time.
    every_s: pause between rounds unless the collector says another. about: a sentence for the page.
    Settings that are secrets are named as in `model.collector.SECRETS`; their values are never shown.
    """

    name: str
    check: Callable[[Mapping[str, Any]], dict[str, Any]]
    run: Callable[[Round], None]
    every_s: float = 60.0
    about: str = ""
