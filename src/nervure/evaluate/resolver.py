"""Evaluators of every origin by one name: shipped, a judge (`judge:<name>`), a user's own (`custom:<name>`)."""

import threading
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from nervure.base.clock import Clock
from nervure.base.errors import NotFound
from nervure.base.settings import Settings
from nervure.catalog.catalog import Catalog
from nervure.evaluate.custom.child import described, of_expression
from nervure.evaluate.custom.sandbox import Bounds, Sandbox, sandboxed
from nervure.evaluate.evaluator import Evaluator
from nervure.evaluate.judging.bench import Bench, Recorder, bench_of
from nervure.evaluate.judging.judge import judge_evaluator
from nervure.evaluate.registry import get_evaluator
from nervure.price.pricer import Pricer

JUDGE, CUSTOM = "judge:", "custom:"
GROUP = "nervure.evaluate.evaluators"
MOST_SAID = 500
# What files of users said of themselves, by name and state of the file.
_said: dict[tuple[str, object], dict[str, Any]] = {}


class Resolver:
    """Finds evaluators for one project and holds what they run in; close it. Thread-safe."""

    def __init__(
        self,
        catalog: Catalog,
        settings: Settings,
        clock: Clock,
        pricer: Pricer,
        project: str,
        run: str = "",
        usd_of_run: float | None = None,
        record: Recorder | None = None,
    ) -> None:
        """run, usd_of_run, record: of judges, see `Bench`."""
        self._catalog, self._settings, self._project = catalog, settings, project
        self._bounds = Bounds(call_s=settings.evaluator_timeout_s, memory_bytes=settings.evaluator_memory_bytes)
        self._bench: Bench = bench_of(catalog, pricer, clock, project, run, usd_of_run, record)
        self._known: dict[str, Evaluator] = {}
        self._sandboxes: list[Sandbox] = []
        self._lock = threading.Lock()

    def resolve(self, name: str) -> Evaluator:
        """The evaluator of a name. Raises NotFound, BadInput for a judge that cannot be used, SandboxError for own code."""
        with self._lock:
            if name not in self._known:
                self._known[name] = self._find(name)
            return self._known[name]

    def close(self) -> None:
        """Ends the processes and connections of its evaluators."""
        self._bench.close()
        for sandbox in self._sandboxes:
            sandbox.close()

    def _find(self, name: str) -> Evaluator:
        if name.startswith(JUDGE):
            return judge_evaluator(self._catalog.judges.named(name.removeprefix(JUDGE), self._project), self._bench)
        if name.startswith(CUSTOM):
            return self._custom(name)
        evaluator = get_evaluator(name)
        if evaluator.name in installed():
            return self._own(evaluator.name, Sandbox("entry-point", installed()[evaluator.name], bounds=self._bounds))
        return evaluator

    def _own(self, name: str, sandbox: Sandbox, state: object = None) -> Evaluator:
        """state: as long as it is the same, the evaluator is what it said it was, and no process need be asked."""
        self._sandboxes.append(sandbox)
        key = (name, state)
        if state is None or key not in _said:
            if len(_said) >= MOST_SAID:
                _said.clear()
            _said[key] = sandbox.describe()
        return sandboxed(_said[key], sandbox, name)

    def _custom(self, name: str) -> Evaluator:
        bare, files = name.removeprefix(CUSTOM), own_files(self._settings.evaluators)
        if bare in files:
            facts = files[bare].stat()
            sandbox = Sandbox("file", str(files[bare]), bounds=self._bounds)
            return self._own(name, sandbox, (str(files[bare]), facts.st_mtime_ns, facts.st_size))
        try:
            held = self._catalog.expressions.named(self._project, bare)
        except NotFound:
            known = [*files, *(one.name for one in self._catalog.expressions.list() if one.project == self._project)]
            where = self._settings.evaluators or "set `evaluators` to a folder of Python files"
            raise NotFound(
                f"there is no evaluator {name}; your own are: {', '.join(sorted(known)) or 'none'} (folder: {where})"
            ) from None
        said = {name: getattr(held, name) for name in ("name", "text", "summary", "threshold", "version")}
        sandbox = Sandbox("expression", "", said, self._bounds)
        self._sandboxes.append(sandbox)
        # Reading an expression runs nothing of it.
        return sandboxed(described(of_expression(said)), sandbox, name)


def own_files(folder: Path | None) -> dict[str, Path]:
    """Python files of the user's folder by the name of their evaluator; names with a leading underscore are helpers."""
    if folder is None or not folder.is_dir():
        return {}
    return {path.stem: path.resolve() for path in sorted(folder.glob("*.py")) if not path.name.startswith("_")}


def installed() -> dict[str, str]:
    """Evaluators that installed packages offer: their name to that of their entry point."""
    found: dict[str, str] = {}
    for point in entry_points(group=GROUP):
        loaded = point.load()
        if isinstance(loaded, Evaluator):
            found[loaded.name] = point.name
    return found
