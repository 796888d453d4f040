"""Judges on files: `nervure evaluate judge:<rubric> --endpoint URL --model NAME`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from nervure.base.errors import BadInput
from nervure.base.settings import Settings
from nervure.cli.need import server_part
from nervure.cli.rowfile import read_rows

PREFIX = "judge:"
NAME = "files"
MEMBERS = frozenset({"name", "rubric", "criteria", "grades", "shots", "needs", "threshold", "vote", "both_orders"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says about judges. price_in, price_out: USD for a million tokens."""

    endpoint: str | None
    protocol: str
    models: list[str]
    api_key: str
    rubric_file: Path | None
    repeats: int
    concurrency: int
    spend_limit: float | None
    price_in: float | None
    price_out: float | None
    timeout_s: float
    memory: Path | None
    no_memory: bool


class Panel:
    """Judges of one command. Close it."""

    def __init__(self, names: list[str], asked: Asked) -> None:
        """Raises BadInput for what is missing, NotFound for a rubric nobody knows."""
        self._part = server_part("nervure.evaluate.judging")
        clock, ids = server_part("nervure.base.clock").SystemClock(), server_part("nervure.base.ids").RandomIds()
        model = server_part("nervure.model.judge")
        if not asked.endpoint or not asked.models:
            raise BadInput(
                "a judge needs a model: --endpoint http://127.0.0.1:11434/v1 --model llama3.3, or"
                " --endpoint https://api.anthropic.com --protocol anthropic --model NAME with JUDGE_API_KEY set"
            )
        self._catalog = server_part("nervure.catalog.catalog").open_catalog(folder_of(asked.memory), clock, ids)
        endpoint = model.Endpoint(
            "", "", NAME, asked.protocol, asked.endpoint, asked.api_key, timeout_s=asked.timeout_s,
            concurrency=asked.concurrency,
        )  # fmt: skip
        pricer = server_part("nervure.price.pricer").open_pricer()
        memory = None if asked.no_memory else self._catalog.judge_memory
        self.run = ids.token("files", 8)
        self.bench = self._part.Bench(
            self._catalog.judge_purse, memory, lambda name, project: endpoint if name == NAME else None, pricer, clock,
            run=self.run, usd_of_run=asked.spend_limit,
        )  # fmt: skip
        seats = tuple(
            model.Seat(NAME, one, input_usd=asked.price_in, output_usd=asked.price_out) for one in asked.models
        )
        own = _own(asked.rubric_file)
        self.judges = [_judge(name.removeprefix(PREFIX), seats, asked, own) for name in names]
        self.evaluators = {one.evaluator: self._part.judge_evaluator(one, self.bench) for one in self.judges}
        self.asked = asked

    def close(self) -> None:
        self.bench.close()
        self._catalog.close()

    def estimate(self, file: Path, fields: Mapping[str, str]) -> dict[str, Any]:
        """What judging the file would take, as JSON values."""
        rows = (row for _, row in read_rows(file))
        told = server_part("nervure.evaluate.judging.rows").estimate(self.judges, self.bench, rows, fields)
        return {name: getattr(told, name) for name in type(told).__slots__}

    def spent(self) -> str:
        """One line about money."""
        held = [one for one in self._catalog.judge_purse.balances(f"run/{self.run}") if one.name == f"run/{self.run}"]
        if not held:
            return "nothing was spent, or no price is known"
        limit = "" if self.asked.spend_limit is None else f" of {self.asked.spend_limit:g} allowed"
        return f"spent {held[0].spent_usd:.6f} USD{limit} in {held[0].calls:,} calls"


def folder_of(memory: Path | None) -> Path:
    """Where commands keep what judges answered and what models cost."""
    return memory or Path(typer.get_app_dir("nervure")) / "judging"


def choose_models(settings: Settings, memory: Path | None = None) -> None:
    """Puts in force the models the settings name; what embeddings cost is booked in this user's ledger.

    Raises SettingsError for what cannot work.
    """
    chosen = server_part("nervure.evaluate.chosen")
    run = server_part("nervure.base.ids").RandomIds().token("files", 8)
    chosen.choose(settings)
    chosen.charge_to(
        server_part("nervure.evaluate.embeddings.spend").Place(folder_of(memory), settings.price_file, run)
    )


def in_words(estimate: Mapping[str, Any]) -> str:
    """An estimate in words."""
    likely, most = estimate["likely_usd"], estimate["most_usd"]
    money = (
        "no price is known: give --price-in and --price-out" if likely is None or most is None
        else f"about {likely:.4f} USD, at most {most:.4f} USD"
    )  # fmt: skip
    skipped = f"; {estimate['skipped']:,} rows lack what the judge reads" if estimate["skipped"] else ""
    return f"{estimate['rows']:,} rows, {estimate['calls']:,} calls, {money}{skipped}"


def _own(file: Path | None) -> dict[str, Any]:
    """A rubric of one's own: TOML with criteria, grades, shots, needs, threshold."""
    if file is None:
        return {}
    try:
        read = tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{file} cannot be read as TOML: {error}") from error
    unknown = set(read) - MEMBERS
    if unknown:
        raise BadInput(f"{file} has {', '.join(sorted(unknown))}; a rubric has: {', '.join(sorted(MEMBERS))}")
    return read


def _judge(rubric: str, seats: tuple[Any, ...], asked: Asked, own: dict[str, Any]) -> Any:
    read_judge = server_part("nervure.catalog.repositories.judges").read_judge
    values = {"id": "", "project": "", "name": rubric, "rubric": rubric, "panel": seats, "repeats": asked.repeats}
    if own and rubric in ("custom", own.get("rubric"), own.get("name")):
        values |= own
    try:
        return read_judge(values)
    except TypeError as error:
        raise BadInput(f"the rubric file cannot be used: {error}") from error
