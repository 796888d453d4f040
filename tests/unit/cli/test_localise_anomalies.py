"""`nervure localise` and `nervure anomalies` on files."""

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
def table() -> pa.Table:
    """Costs of 40 tenants of three models; tenant 007 costs three times what was expected."""
    rng = np.random.default_rng(2)
    tenants = [f"{n:03d}" for n in range(40) for _ in range(3)]
    expected = rng.uniform(50, 150, 120)
    cost = expected * rng.normal(1, 0.05, 120) * np.where(np.array(tenants) == "007", 3, 1)
    return pa.table({"tenant": tenants, "model": ["s", "m", "l"] * 40, "cost": cost, "forecast": expected})


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_localise_prints_one_json_document_and_keeps_names_as_written(
    table: pa.Table, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (csv.write_csv if form == "csv" else parquet.write_table)(table, tmp_path / "costs")
    assert (
        run(
            "localise",
            tmp_path / "costs",
            "--actual",
            "cost",
            "--expected",
            "forecast",
            "--dimensions",
            "tenant,model",
            "--json",
        )
        == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert (found["scopes"], found["none"]) == ([{"tenant": "007"}], False)
    assert found["explained"] > 0.8


def test_localise_says_in_words_where_a_change_sits(
    table: pa.Table, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    csv.write_csv(table, tmp_path / "costs.csv")
    assert (
        run("localise", tmp_path / "costs.csv", "--actual", "cost", "--expected", "forecast", "-d", "tenant, model")
        == 0
    )
    assert "tenant=007" in capsys.readouterr().out


def test_localise_says_none_when_nothing_explains(
    table: pa.Table, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    csv.write_csv(table.filter(pa.compute.not_equal(table.column("tenant"), "007")), tmp_path / "costs.csv")
    assert (
        run(
            "localise",
            tmp_path / "costs.csv",
            "--actual",
            "cost",
            "--expected",
            "forecast",
            "-d",
            "tenant,model",
            "--json",
        )
        == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert (found["scopes"], found["explained"], found["none"]) == ([], 0.0, True)


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Two weeks of ten-minute points with a day's rhythm; an hour on the tenth day is twice as high."""
    rng = np.random.default_rng(3)
    seconds = 1.76e9 + np.arange(2016) * 600
    values = 100 + 40 * np.sin(2 * np.pi * seconds / 86400) + rng.normal(0, 3, 2016)
    values[1400:1406] += 90
    times = [np.datetime64(int(second), "s") for second in seconds]
    csv.write_csv(pa.table({"when": pa.array(times, pa.timestamp("s")), "ms": values}), tmp_path / "series.csv")
    return tmp_path / "series.csv"


def test_anomalies_prints_one_json_document_with_every_point(series: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("anomalies", series, "--time", "when", "--value", "ms", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["points"]) == 2016
    flagged = [place for place, point in enumerate(found["points"]) if point["flag"]]
    assert flagged[0] == 1400
    assert found["flagged"] == len(flagged) <= 2
    assert all((point["score"] >= 0.5) == point["flag"] for point in found["points"][302:])


def test_anomalies_says_in_words_what_was_flagged(series: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("anomalies", series, "--time", "when", "--value", "ms") == 0
    out = capsys.readouterr().out
    assert "2,016 points" in out
    assert "2025-10-" in out


@pytest.mark.parametrize(
    ("content", "arguments", "says"),
    [
        pytest.param("", ("--time", "t", "--value", "v"), "is empty", id="an empty file"),
        pytest.param("t,v\n1,2\n", ("--time", "t", "--value", "v"), "at least 20", id="too short"),
        pytest.param("t,v\n1,2\n", ("--time", "x", "--value", "v"), "no column x", id="no such column"),
        pytest.param("t,v\n" + "soon,1\n" * 30, ("--time", "t", "--value", "v"), "'soon' is no time", id="no time"),
        pytest.param("t,v\n" + "1,low\n" * 30, ("--time", "t", "--value", "v"), "must hold numbers", id="no number"),
    ],
)
def test_anomalies_refuses_bad_files_with_the_reason(
    content: str, arguments: tuple[str, ...], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.csv").write_text(content)
    assert run("anomalies", tmp_path / "bad.csv", *arguments) != 0
    caught = capsys.readouterr()
    assert says in caught.err
    assert caught.out == ""
