"""nervure evaluate: score the rows of a file with evaluators that need no server and no language model."""

import json
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from nervure.base.errors import BadInput, NotFound
from nervure.base.settings import load_settings
from nervure.cli import show
from nervure.cli.command import ASK, AsJson, Command
from nervure.cli.judging import PREFIX, Asked, Panel, choose_models, in_words
from nervure.cli.need import server_part
from nervure.cli.owned import PREFIX as OWN
from nervure.cli.owned import Owned, own_names
from nervure.cli.rowfile import BadLine, extent, read_rows


def evaluate(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...", help="Evaluators, by name or alias; judge:RUBRIC; custom:NAME, FILE.py or expression."
        ),
    ] = None,
    input_: Annotated[
        Path | None,
        typer.Option("--input", "-i", help="Rows: JSON lines, CSV or Parquet.", exists=True, dir_okay=False),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="Where the scores go, one JSON line a row; - for standard output."),
    ] = None,
    label: Annotated[
        str | None, typer.Option("--label", "-l", help="Field with a person's label: prints how well the scores agree.")
    ] = None,
    positive: Annotated[
        str | None, typer.Option("--positive", help="The label that counts as positive, if not 1, true or yes.")
    ] = None,
    label_means: Annotated[
        str,
        typer.Option(
            "--label-means", help="What a positive label says of the row: good, bad, or auto (bad for detectors)."
        ),
    ] = "auto",
    threshold: Annotated[
        float | None, typer.Option("--threshold", help="Score from which a row passes; each evaluator has its own.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", help="A setting, key=value or evaluator.key=value; may be repeated."),
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", "-m", help="A field of the rows by another name, ours=theirs, e.g. output=reply."),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", "-w", help="Processes.", min=1, max=256)] = 1,
    own: Annotated[
        Path | None,
        typer.Option("--evaluators", help="Of custom: folder of Python files, if not the setting's.", file_okay=False),
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option("--endpoint", help="Of judges: address of the model server, e.g. http://127.0.0.1:11434/v1."),
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option("--model", help="Of judges: the model; several vote by majority.")
    ] = None,
    protocol: Annotated[str, typer.Option("--protocol", help="Of judges: openai or anthropic.")] = "openai",
    api_key: Annotated[
        str, typer.Option("--api-key", envvar="JUDGE_API_KEY", help="Of judges: better in the environment than here.")
    ] = "",
    rubric_file: Annotated[
        Path | None,
        typer.Option("--rubric-file", help="Of judge:custom: TOML with criteria, grades, needs.", exists=True),
    ] = None,
    repeats: Annotated[int, typer.Option("--repeats", help="Of judges: votes of each model.", min=1)] = 1,
    concurrency: Annotated[int, typer.Option("--concurrency", help="Of judges: calls at once.", min=1, max=64)] = 4,
    spend_limit: Annotated[
        float | None, typer.Option("--spend-limit", help="Of judges: most this run may spend, in USD.", min=0)
    ] = None,
    price_in: Annotated[
        float | None, typer.Option("--price-in", help="Of judges: USD for a million input tokens.", min=0)
    ] = None,
    price_out: Annotated[
        float | None, typer.Option("--price-out", help="Of judges: USD for a million output tokens.", min=0)
    ] = None,
    timeout_s: Annotated[float, typer.Option("--timeout", help="Of judges: seconds for a call.", min=0.1)] = 60.0,
    memory: Annotated[
        Path | None, typer.Option("--memory", help="Of judges: folder of the answers that are not asked for again.")
    ] = None,
    no_memory: Annotated[bool, typer.Option("--no-memory", help="Of judges: ask again what was asked before.")] = False,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Of judges: tell calls and cost of the file, and stop.")
    ] = False,
    embeddings: Annotated[
        str | None,
        typer.Option("--embeddings", help="As the setting: wordllama, sentence-transformers:..., api:MODEL."),
    ] = None,
    nli_model: Annotated[
        str | None, typer.Option("--nli-model", help="As the setting: judges groundedness; a name or a folder.")
    ] = None,
    toxicity_model: Annotated[
        str | None, typer.Option("--toxicity-model", help="As the setting: judges toxicity; a name or a folder.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Name all evaluators with their aliases and stop.")] = False,
    as_json: AsJson = False,
) -> None:
    """Score rows {"input", "output", "documents": [..], "expected"} of a file, one line out per line in.

    E.g. nervure evaluate groundedness --input rows.jsonl --output scores.jsonl --label supported.
    """
    if list_:
        _list(as_json, own)
        return
    if not names or input_ is None:
        raise BadInput(
            "name an evaluator and a file: nervure evaluate groundedness --input rows.jsonl; --list names all evaluators"
        )
    if label_means not in ("auto", "good", "bad"):
        raise BadInput(f"--label-means must be auto, good or bad, got {label_means!r}")
    if output is None and label is None:
        output = "-"
    if output not in (None, "-") and Path(str(output)).resolve() == input_.resolve():
        raise BadInput("--output must not be the input file")
    asked = Asked(
        endpoint, protocol, model or [], api_key, rubric_file, repeats, concurrency, spend_limit, price_in, price_out,
        timeout_s, memory, no_memory,
    )  # fmt: skip
    named = load_settings(embeddings=embeddings, nli_model=nli_model, toxicity_model=toxicity_model)
    choose_models(named, memory)
    settings = _pairs(set_ or [], "--set") | ({} if threshold is None else {"threshold": threshold})
    fields = {ours: str(theirs) for ours, theirs in _pairs(map_ or [], "--map").items()}
    source = _Source(input_, label)
    with _Chosen(names, asked, own, workers) as chosen:
        server_part("nervure.evaluate.chosen").try_for(chosen.evaluators)
        if estimate:
            found = chosen.estimate(input_, fields)
            typer.echo(json.dumps(found) if as_json else in_words(found))
            return
        held = {one.name: server_part("nervure.evaluate.agreement").Labels() for one in chosen.evaluators}
        errors = _write(chosen.score(source, settings, fields), source, output, held, len(chosen.evaluators) == 1)
        if chosen.panel is not None:
            typer.echo(chosen.panel.spent(), err=True)
        _tell_embeddings(chosen.evaluators)
        if label is not None:
            _agree(chosen.evaluators, held, settings, positive, label_means, as_json, output == "-")
    if errors:
        typer.echo(f"{errors:,} rows could not be scored by at least one evaluator; their lines say why", err=True)


def _tell_embeddings(evaluators: list[Any]) -> None:
    """One line about money, when the evaluators embedded by an API."""
    meter = server_part("nervure.evaluate.chosen").meter()
    if meter is not None and any("embeddings" in one.uses for one in evaluators):
        typer.echo(str(meter.spent()), err=True)


class _Chosen:
    """The evaluators that were named: shipped, judges, one's own. Use it in a `with`."""

    def __init__(self, names: list[str], asked: Asked, own: Path | None, workers: int) -> None:
        judging, owned = ([name for name in names if name.startswith(start)] for start in (PREFIX, OWN))
        self._stack, self._workers = ExitStack(), workers
        shipped = [_shipped(name) for name in names if name not in judging and name not in owned]
        with self._stack:
            self.panel = Panel(judging, asked) if judging else None
            if self.panel is not None:
                self._stack.callback(self.panel.close)
            self.owned = Owned(owned, own, workers) if owned else None
            if self.owned is not None:
                self._stack.callback(self.owned.close)
            # Nothing went wrong: what was opened stays open until this is left.
            self._stack = self._stack.pop_all()
        known = {one.name: one for one in shipped}
        known |= {} if self.owned is None else self.owned.evaluators
        known |= {} if self.panel is None else self.panel.evaluators
        self.evaluators = list(known.values())

    def __enter__(self) -> "_Chosen":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def estimate(self, file: Path, fields: dict[str, str]) -> dict[str, Any]:
        if self.panel is None:
            raise BadInput("--estimate tells what judges would cost, and no judge is asked for: name judge:<rubric>")
        return self.panel.estimate(file, fields)

    def score(self, source: Any, settings: dict[str, Any], fields: dict[str, str]) -> Iterator[dict[str, Any]]:
        """A line for each row, as evaluate_rows makes them."""
        rows = server_part("nervure.evaluate.rows")
        scored: Iterator[dict[str, Any]]
        if self.panel is None and self.owned is None:
            names = [one.name for one in self.evaluators]
            scored = rows.evaluate_rows(names, source, settings=settings, fields=fields, workers=self._workers)
            return scored
        rows.check_fields(fields)
        own = {one.name: rows.own_settings(one, self.evaluators, settings) for one in self.evaluators}
        # These wait: for a model, or for a process of the user's.
        at_once = max(self._workers, 1 if self.panel is None else self.panel.asked.concurrency)
        scored = server_part("nervure.evaluate.judging.rows").judge_rows(self.evaluators, source, own, fields, at_once)
        return scored


def _shipped(name: str) -> Any:
    """By name or alias. Raises NotFound, which tells of a judge by that name if there is one."""
    try:
        return server_part("nervure.evaluate.registry").get_evaluator(name)
    except NotFound as error:
        rubric = server_part("nervure.evaluate.judging").find_rubric(name)
        if rubric is None:
            raise
        raise NotFound(
            f"{name} takes a language model: nervure evaluate {PREFIX}{rubric.name} --endpoint URL --model NAME"
        ) from error


class _Source:
    """The rows, and for each one its label, waiting until its score comes."""

    def __init__(self, file: Path, label: str | None) -> None:
        self.file, self.label, self.done = file, label, 0
        self.waiting: deque[tuple[Any, str]] = deque()

    def __iter__(self) -> Iterator[Any]:
        for done, row in read_rows(self.file):
            self.done = done
            problem = row.problem if isinstance(row, BadLine) else ""
            self.waiting.append((row.get(self.label) if self.label else None, problem))
            yield row


def _write(
    scored: Iterator[dict[str, Any]], source: _Source, output: str | None, held: dict[str, Any], alone: bool
) -> int:
    """Lines out as the scores come. Returns how many rows hold an error."""
    errors = number = 0
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeRemainingColumn(),
    )
    target: Any = nullcontext() if output is None else nullcontext(sys.stdout) if output == "-" else _open(output)
    with target as sink, Progress(*columns, console=Console(stderr=True), transient=False) as progress:
        task = progress.add_task("scoring", total=extent(source.file), rows=0)
        for number, answer in enumerate(scored, 1):
            label, problem = source.waiting.popleft()
            scores = {answer["evaluator"]: answer} if alone else answer["scores"]
            for name, score in scores.items():
                if problem:
                    score |= {"error": problem, "explanation": problem}
                held[name].add(score["score"], label)
            errors += any(score["label"] == "error" for score in scores.values())
            if sink is not None:
                sink.write(json.dumps(answer, ensure_ascii=False, default=str) + "\n")
            if number % 50 == 0:
                progress.update(task, completed=source.done, rows=number)
        progress.update(task, completed=extent(source.file), rows=number)
    return errors


def _open(output: str) -> IO[str]:
    try:
        return Path(output).open("w", encoding="utf-8")
    except OSError as error:
        raise BadInput(f"cannot write {output}: {error.strerror}") from error


def _agree(
    chosen: list[Any],
    held: dict[str, Any],
    settings: dict[str, Any],
    positive: str | None,
    means: str,
    as_json: bool,
    on_stderr: bool,
) -> None:
    measure = server_part("nervure.evaluate.agreement").agreement
    own_settings = server_part("nervure.evaluate.rows").own_settings
    found = [
        measure(one, one.complete(own_settings(one, chosen, settings))["threshold"], held[one.name], positive, means)
        for one in chosen
    ]
    if as_json:
        typer.echo(json.dumps(found[0] if len(found) == 1 else found), err=on_stderr)
        return
    console = Console(stderr=True) if on_stderr else show.console()
    for told in found:
        console.print(f"[bold]{told['evaluator']}[/bold]: {told['n']} rows with score and label, {told['positive']} of them positive; "
                      f"positive means: {told['positive_means']}")  # fmt: skip
        if told["unscored"] or told["unlabelled"]:
            console.print(
                f"left out: {told['unscored']} without a score, {told['unlabelled']} without a label", style="dim"
            )
        if "note" in told:
            console.print(told["note"], style="yellow")
        if "confusion" not in told:
            continue
        cells = [(title, told.get(key)) for key, title in _SHOWN.items()]
        table = show.table(
            ["", "value", "95 % interval"], [[title, *_interval(value)] for title, value in cells], right=("value",)
        )
        console.print(table)
        table = told["confusion"]
        console.print(f"confusion at threshold {told['threshold']:g}: {table['true_positive']} true positive, {table['false_positive']} false positive, "
                      f"{table['false_negative']} false negative, {table['true_negative']} true negative")  # fmt: skip


_SHOWN = {
    "auroc": "AUROC", "f1": "F1", "precision": "precision", "recall": "recall", "accuracy": "accuracy", "kappa": "Cohen's kappa",
    "best_threshold": "best threshold (Youden)", "f1_at_best_threshold": "F1 at best threshold",
}  # fmt: skip


def _interval(value: dict[str, float] | None) -> tuple[str, str]:
    if value is None:
        return "-", "not enough data"
    return f"{value['estimate']:.3f}", f"{value['low']:.3f} to {value['high']:.3f}"


def _pairs(texts: list[str], option: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise BadInput(f"{option} takes key=value, got {text!r}")
        found[key.strip()] = value
    return found


def _list(as_json: bool, own: Path | None) -> None:
    found = server_part("nervure.evaluate.registry").evaluators().values()
    if as_json:
        show.print_json([describe(one) for one in found])
        return
    titles = ["name", "what it asks", "needs", "also known as"]
    table = show.table(titles, [
        [one.name, one.summary, ", ".join(one.needs) or "one of: " + ", ".join(one.optional), ", ".join(one.aliases)] for one in found
    ])  # fmt: skip
    console = show.console()
    console.print(table)
    rubrics = server_part("nervure.evaluate.judging").rubrics().values()
    console.print("\nwith a language model of your choice (--endpoint, --model):")
    console.print(show.table(titles, [
        [PREFIX + one.name, one.summary, ", ".join(one.needs), ", ".join(one.aliases)] for one in rubrics
    ]))  # fmt: skip
    names = ", ".join(own_names(own)) or "none (--evaluators or NERVURE_EVALUATORS names a folder of Python files)"
    console.print(f"\nyour own: {names}; also custom:FILE.py and 'custom:len(output) < 2000'", markup=False)


def describe(one: Any) -> dict[str, Any]:
    """An evaluator as JSON values."""
    return {
        "name": one.name, "aliases": list(one.aliases), "summary": one.summary, "group": one.group, "level": one.level, "version": one.version,
        "needs": list(one.needs), "optional": list(one.optional), "low": one.low, "high": one.high, "higher_is_better": True,
        "detects": one.detects, "threshold": one.threshold, "threshold_why": one.threshold_why, "default": one.default, "blind": one.blind,
        "settings": [{"name": s.name, "default": s.default, "help": s.help, "choices": list(s.choices)} for s in one.settings],
    }  # fmt: skip


COMMAND = Command("evaluate", evaluate, ASK)
