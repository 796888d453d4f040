"""Where an import stands, and what became of what it read."""

import json
from pathlib import Path

import pytest

from nervure.base.errors import BadInput
from nervure.importers.report import Outcome, Report
from nervure.importers.state import State, load


def test_a_stopped_import_goes_on_with_its_own_range(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    state = load(path, "opik-1", until_ns=100)
    state.cursors["traces"], state.units["traces"] = [1, "abc"], 500
    state.done.append("prompts")
    state.save()
    assert load(path, "opik-1", until_ns=999) == State(
        path, "opik-1", 100, {"traces": [1, "abc"]}, {"traces": 500}, ["prompts"]
    )


def test_one_that_was_done_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    State(path, "opik-1", 100, done=["traces"], is_complete=True).save()
    assert load(path, "opik-1", until_ns=999) == State(path, "opik-1", 999)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"form": 1}', '{"form": 1, "identity": "mlflow-2", "until_ns": 1}'])
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)
    with pytest.raises(BadInput, match="--state"):
        load(path, "opik-1", until_ns=100)


def test_every_item_that_was_not_simply_written_is_told_with_its_reason(tmp_path: Path) -> None:
    report = Report(tmp_path / "report.jsonl")
    report.take(
        [
            Outcome("traces", "a/1", "written"),
            Outcome("traces", "a/2", "there"),
            Outcome("traces", "a/3", "refused", "too large"),
            Outcome("scores", "s1", "misfit", "no value"),
            Outcome("scores", "s2", "misfit", "no value"),
        ]
    )
    report.close()
    told = [json.loads(line) for line in (tmp_path / "report.jsonl").read_text().splitlines()]
    assert [(one["noun"], one["id"], one["result"], one["reason"]) for one in told] == [
        ("traces", "a/3", "refused", "too large"), ("scores", "s1", "misfit", "no value"),
        ("scores", "s2", "misfit", "no value"),
    ]  # fmt: skip
    assert report.lost == 3
    assert report.lines() == [
        "traces: 3 read = 1 written, 1 already there, 1 refused by the server", "  1 x too large",
        "scores: 2 read = 2 did not fit", "  2 x no value",
    ]  # fmt: skip


def test_counts_go_on_after_a_stop() -> None:
    report = Report(None)
    report.restore({"traces": {"written": 5, "misfit": 1}})
    report.take([Outcome("traces", "", "written")])
    assert report.as_json()["traces"] == {
        "read": 7, "written": 6, "changed": 0, "there": 0, "kept": 0, "misfit": 1, "refused": 0,
    }  # fmt: skip
