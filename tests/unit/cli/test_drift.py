"""`nervure drift` and `nervure performance` on files."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from nervure.cli.main import main


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    return int(caught.value.code or 0)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """The same columns as CSV and as Parquet, the second with a mean that moved."""
    random = np.random.default_rng(1)
    for name, shift in (("a", 0.0), ("b", 0.5)):
        rows = {"x": random.normal(shift, 1, 400), "c": random.choice(["red", "green"], 400)}
        table = pa.table({**rows, "answer": (random.random(400) < 0.5).astype(int)})
        (csv.write_csv if name == "a" else parquet.write_table)(table, tmp_path / name)
    return tmp_path / "a", tmp_path / "b"


def test_json_is_one_document_with_a_verdict_a_column(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("drift", "--reference", files[0], "--current", files[1], "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["verdict"], found["drifted"]) == ("drift", ["x"])
    x = next(one for one in found["columns"] if one["column"] == "x")
    assert (x["kind"], x["verdict"], x["measure"]) == ("numeric", "drift", "mean_shift")
    assert x["effect"]["low"] < x["effect"]["value"] < x["effect"]["high"]


def test_people_get_a_table_and_ci_a_status(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("drift", "-r", files[0], "-c", files[1], "--fail") == 1
    assert "mean_shift" in capsys.readouterr().out
    assert run("drift", "-r", files[0], "-c", files[0], "--fail") == 0


def test_bad_files_are_refused_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "ragged.csv").write_text("a,b\n1,2\n3\n")
    (tmp_path / "broken").write_bytes(b"PAR1 and then nothing")
    for name, says in (
        ("empty.csv", "is empty"),
        ("ragged.csv", "cannot be read"),
        ("broken", "cannot be read"),
        ("no.csv", "no file"),
    ):
        assert run("drift", "-r", tmp_path / name, "-c", tmp_path / name) != 0
        told = capsys.readouterr()
        assert says in told.err
        assert not told.out


def test_a_number_column_that_turns_into_words_late_in_the_file_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"{one},x" for one in range(300)]
    (tmp_path / "a.csv").write_text("n,k\n" + "\n".join(lines) + "\n")
    (tmp_path / "b.csv").write_text("n,k\n" + "\n".join([*lines[:260], *["oops,x"] * 40]) + "\n")
    assert run("drift", "-r", tmp_path / "a.csv", "-c", tmp_path / "b.csv", "--json", "--column", "n") == 0
    (n,) = json.loads(capsys.readouterr().out)["columns"]
    assert (n["kind"], n["missing"]["current"]) == ("numeric", pytest.approx(40 / 300, rel=1e-4))


def test_performance_tells_errors_and_groups(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run("performance", "-c", files[1], "--prediction", "answer", "--target", "answer", "--group", "c", "--json")
        == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert found["concept_drift"] == {"method": "hddm_a", "error_rate": 0.0, "moments": []}
    assert [one["verdict"] for one in found["groups"]["c"]] == ["none", "none"]
    assert run("performance", "-c", files[1], "--group", "c") != 0
    assert "--prediction" in capsys.readouterr().err
