"""A user's own evaluators on files: `nervure evaluate custom:NAME`, each in bounded processes."""

from pathlib import Path
from queue import SimpleQueue
from typing import Any

from nervure.base.errors import BadInput, NotFound
from nervure.base.settings import load_settings
from nervure.cli.need import server_part

PREFIX = "custom:"


class Owned:
    """Evaluators of the user's own, for one command. Close it."""

    def __init__(self, names: list[str], folder: Path | None, workers: int) -> None:
        """names: with their prefix. folder: of Python files; None for the one of the settings. workers: processes for each.

        Raises NotFound for a name nobody knows, BadInput for no expression, SandboxError for code that cannot be loaded.
        """
        settings = load_settings()
        self._sandbox = server_part("nervure.evaluate.custom.sandbox")
        self._bounds = self._sandbox.Bounds(
            call_s=settings.evaluator_timeout_s, memory_bytes=settings.evaluator_memory_bytes
        )
        self._folder, self._workers = folder or settings.evaluators, workers
        self._started: list[Any] = []
        try:
            self.evaluators = {one.name: one for one in map(self._find, names)}
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends the processes."""
        for sandbox in self._started:
            sandbox.close()

    def _find(self, name: str) -> Any:
        what = name.removeprefix(PREFIX).strip()
        files = server_part("nervure.evaluate.resolver").own_files(self._folder)
        path = Path(what).expanduser() if what.endswith(".py") else files.get(what)
        if path is not None:
            if not path.is_file():
                raise NotFound(
                    f"there is no file {what}: custom:FILE.py takes a path, custom:NAME a file of the folder"
                )
            return self._evaluator(name, "file", str(path.resolve()), None)
        if what.isidentifier() and what not in server_part("nervure.evaluate.custom.expression").FIELDS:
            where = self._folder or "none; name one with --evaluators or NERVURE_EVALUATORS"
            raise NotFound(
                f"there is no evaluator {name}; your own are: {', '.join(files) or 'none'} (folder: {where})."
                " A path that ends in .py or an expression, e.g. 'custom:len(output) < 2000', may stand there too"
            )
        if not what:
            raise BadInput(f"{name!r} names nothing: custom:NAME, custom:FILE.py or 'custom:len(output) < 2000'")
        server_part("nervure.evaluate.custom.expression").parse(what)
        return self._evaluator(name, "expression", "", {"name": name, "text": what})

    def _evaluator(self, name: str, kind: str, what: str, first: dict[str, Any] | None) -> Any:
        sandboxes = [self._sandbox.Sandbox(kind, what, first, self._bounds) for _ in range(self._workers)]
        self._started += sandboxes
        return self._sandbox.sandboxed(sandboxes[0].describe(), _Pool(sandboxes), name)


class _Pool:
    """Several processes of one evaluator: each row goes to one that is free."""

    def __init__(self, sandboxes: list[Any]) -> None:
        self._free: SimpleQueue[Any] = SimpleQueue()
        for sandbox in sandboxes:
            self._free.put(sandbox)

    def run(self, example: Any, settings: Any) -> Any:
        sandbox = self._free.get()
        try:
            return sandbox.run(example, settings)
        finally:
            self._free.put(sandbox)


def own_names(folder: Path | None) -> list[str]:
    """What `custom:` may name: the files of the folder."""
    files = server_part("nervure.evaluate.resolver").own_files(folder or load_settings().evaluators)
    return [f"{PREFIX}{name}" for name in files]
