"""Models of other packages that the user has installed: named by a setting, checked at start, loaded at first use."""

import threading
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nervure.base.clock import Clock, SystemClock
from nervure.base.errors import SettingsError

INSTALL = "pip install 'nervure[models]'"
# A model that cannot be loaded is not tried again for each text: a name is looked for on the network.
PAUSE_S = 60.0


def check_named(setting: str, what: str, form: str, packages: Sequence[str]) -> None:
    """Raises SettingsError for what is known without loading: no name, no such folder, a package that is missing.

    setting: as it was written, for the message. what: a Hugging Face name (`owner/model`) or a folder.
    """
    if not what:
        raise SettingsError(f"{setting} names no model: write {form}")
    if what.startswith(("/", "./", "../", "~")) and not Path(what).expanduser().is_dir():
        raise SettingsError(f"{setting}: {what} is no folder; write a Hugging Face name or the folder of a model")
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise SettingsError(f"{setting} needs {' and '.join(missing)}, not installed here: {INSTALL}")


class Loaded:
    """A model, loaded when it is first asked for. Thread-safe."""

    def __init__(self, setting: str, load: Callable[[], Any], clock: Clock | None = None) -> None:
        """setting: as it was written, for the message."""
        self._setting, self._load, self._clock = setting, load, clock or SystemClock()
        self._model: Any = None
        self._problem, self._not_before_s = "", 0.0
        self._lock = threading.Lock()

    def get(self) -> Any:
        """Raises SettingsError saying why it cannot be loaded; for a while without trying again."""
        with self._lock:
            if self._model is None:
                if self._problem and self._clock.monotonic_s() < self._not_before_s:
                    raise SettingsError(self._problem)
                try:
                    _quieten()
                    self._model = self._load()
                # What the libraries and the files of a model may raise is anything.
                except Exception as error:
                    told = " ".join(str(error).split())[:500] or type(error).__name__
                    self._problem = f"{self._setting}: the model cannot be loaded: {told}"
                    self._not_before_s = self._clock.monotonic_s() + PAUSE_S
                    raise SettingsError(self._problem) from error
            return self._model


def _quieten() -> None:
    # Progress bars of loading would mix with what a command prints.
    from transformers.utils import logging

    logging.disable_progress_bar()
