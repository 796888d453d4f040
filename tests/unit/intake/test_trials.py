"""Experiments that spans tell of are kept once, whatever the spans say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nervure.base.clock import NS_PER_S, FixedClock
from nervure.base.ids import RandomIds
from nervure.catalog.catalog import Catalog, open_catalog
from nervure.intake.trials import Trials
from nervure.model.dataset import Case
from nervure.model.span import Span

NOW_NS = 1_800_000_000 * NS_PER_S


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = open_catalog(tmp_path, FixedClock(NOW_NS), RandomIds())
    yield opened
    opened.close()


def tried(span_id: str, item: str, **more: Any) -> Span:
    said = {"id": "e1", "name": "run", "item.id": item, "item.root_observation_id": span_id, **more}
    attributes = {f"langfuse.experiment.{name}": value for name, value in said.items()}
    return Span(
        project="shop", trace_id=f"t{span_id}", span_id=span_id, name="n", start_ns=NOW_NS, attributes=attributes
    )


def test_what_was_tried_is_linked_to_the_datasets_items_once(catalog: Catalog) -> None:
    dataset = catalog.datasets.create("shop", "capitals", external_id="ds-1")
    (item,) = catalog.datasets.put("shop", dataset.id, [Case({"input": 1}, external_id="i-1")])
    trials = Trials(catalog.experiments, catalog.datasets)
    spans = [
        tried("s1", "i-1", **{"dataset.id": "ds-1", "metadata": '{"model": "m"}', "description": "why"}),
        tried("s2", "unknown", **{"dataset.id": "ds-1"}),
        # Not the root of what was tried, and a span of something else.
        Span(
            project="shop",
            trace_id="ts1",
            span_id="s4",
            name="n",
            start_ns=0,
            attributes={"langfuse.experiment.id": "e1"},
        ),
        Span(project="shop", trace_id="t", span_id="s5", name="n", start_ns=0),
    ]
    for _ in range(2):
        trials.note(spans)
    (run,) = catalog.experiments.list("shop")
    assert (run.name, run.external_id, run.dataset_id, run.dataset_version, run.metadata, run.description) == (
        "run", "e1", dataset.id, 1, {"model": "m"}, "why",
    )  # fmt: skip
    found, _ = catalog.experiments.items("shop", "e1")
    assert [(one.trial.item_id, one.trial.trace_id, one.trial.span_id) for one in found] == [
        (item.id, "ts1", "s1"), ("unknown", "ts2", "s2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [
        {"name": "x" * 999}, {"name": "\n\x00"}, {"name": 7}, {"metadata": "{"}, {"metadata": "[1]"}, {"metadata": 5},
        {"dataset.id": "none"}, {"dataset.id": 3}, {"id": "y" * 999}, {"item.id": "z" * 999}, {"description": "d" * 99_999},
    ],
)  # fmt: skip
def test_odd_attributes_never_spoil_a_request(catalog: Catalog, more: dict[str, Any]) -> None:
    Trials(catalog.experiments, catalog.datasets).note([tried("s1", "i", **more)])
    assert [one.item_count for one in catalog.experiments.list("shop")] == [1]
