"""Experiments that are told by spans alone: Langfuse's SDK says with a span which item of which dataset it tried.

Written before the request is acknowledged, so that what was tried is as durable as the span. A span sent again changes
nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from nervure.base.clock import parse_iso
from nervure.base.errors import NotFound
from nervure.catalog.repositories.datasets import Datasets
from nervure.catalog.repositories.experiments import MOST_TRIALS, Experiments
from nervure.model.experiment import Experiment, Trial
from nervure.model.span import Span

OF = "langfuse.experiment."
ROOT = f"{OF}item.root_observation_id"
EXAMPLE = "langsmith.run.reference_example_id"
LONGEST_NAME = 200
AUTHOR = "telemetry"


@dataclass(frozen=True, slots=True)
class Trials:
    """Thread-safe."""

    experiments: Experiments
    datasets: Datasets

    def note(self, spans: Sequence[Span]) -> None:
        """Adds what these spans tried to their experiments, which are made when first told of. Raises StoreDown."""
        told: dict[tuple[str, str], list[Span]] = {}
        for span in spans:
            if span.attributes.get(ROOT) == span.span_id and (identity := span.attributes.get(f"{OF}id")):
                told.setdefault((span.project, str(identity)), []).append(span)
        self._note_examples(spans)
        for (project, identity), listed in told.items():
            experiment = self._experiment(project, identity, listed[0])
            trials = [
                Trial(str(span.attributes.get(f"{OF}item.id") or "")[:256], span.trace_id, span.span_id)
                for span in listed
            ]
            for begin in range(0, len(trials), MOST_TRIALS):
                self.experiments.add(project, experiment.id, trials[begin : begin + MOST_TRIALS])

    def _note_examples(self, spans: Sequence[Span]) -> None:
        """LangSmith's experiments are made by its SDK; a root run names the example it answers and the experiment."""
        tried: dict[tuple[str, str], list[Trial]] = {}
        for span in spans:
            if not span.parent_id and (example := span.attributes.get(EXAMPLE)):
                name = str(span.attributes.get("langsmith.trace.session_name") or "")
                tried.setdefault((span.project, name), []).append(Trial(str(example)[:256], span.trace_id))
        for (project, name), trials in tried.items():
            experiment = self.experiments.find(project, name) if name else None
            for begin in range(0, len(trials) if experiment else 0, MOST_TRIALS):
                assert experiment is not None
                self.experiments.add(project, experiment.id, trials[begin : begin + MOST_TRIALS])

    def _experiment(self, project: str, identity: str, span: Span) -> Experiment:
        dataset_id, version = self._dataset(project, span)
        return self.experiments.create(
            project, _name(span.attributes.get(f"{OF}name") or identity), dataset_id, version,
            str(span.attributes.get(f"{OF}description") or "")[:10_000], _object(span.attributes.get(f"{OF}metadata")),
            identity[:256], span.start_ns, AUTHOR,
        )  # fmt: skip

    def _dataset(self, project: str, span: Span) -> tuple[str, int | None]:
        named = span.attributes.get(f"{OF}dataset.id")
        if not named:
            return "", None
        try:
            dataset = self.datasets.get(project, str(named))
        except NotFound:
            return "", None
        at = span.attributes.get(f"{OF}item.version")
        try:
            return dataset.id, self.datasets.version_at(
                project, dataset.id, parse_iso(str(at))
            ) if at else dataset.version
        except ValueError:
            return dataset.id, dataset.version


def _name(text: Any) -> str:
    """A name that can be kept: printable, not too long."""
    return "".join(one if one.isprintable() else " " for one in str(text))[:LONGEST_NAME].strip() or "experiment"


def _object(text: Any) -> dict[str, Any]:
    try:
        held = orjson.loads(text) if isinstance(text, str) else None
    except orjson.JSONDecodeError:
        return {"@value": text}
    return held if isinstance(held, dict) else {}
