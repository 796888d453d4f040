"""`nervure evaluate` on files."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from nervure.cli.main import main

ROWS = [
    {
        "id": "a",
        "output": "The bridge was opened in 1932.",
        "documents": ["The bridge was opened in 1932 by Mary Hill."],
        "good": 1,
    },
    {
        "id": "b",
        "output": "Penguins sold the moon to a bank.",
        "documents": ["The bridge was opened in 1932 by Mary Hill."],
        "good": 0,
    },
    {
        "id": "c",
        "output": "It was opened by Mary Hill.",
        "documents": [{"content": "It was opened by Mary Hill in spring."}],
        "good": 1,
    },
    {
        "id": "d",
        "output": "The tower fell in 1850 in Rome.",
        "documents": [{"content": "It was opened by Mary Hill in spring."}],
        "good": 0,
    },
]


def write_lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), "utf-8")
    return path


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    return int(caught.value.code or 0)


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_one_line_out_per_line_in_whatever_is_in_it(tmp_path: Path) -> None:
    rows = write_lines(tmp_path / "rows.jsonl", [ROWS[0], "not json", {"output": "no documents"}, "[1]", ROWS[1]])
    assert run("evaluate", "Faithfulness", "--input", rows, "--output", tmp_path / "scores.jsonl") == 0
    found = read_lines(tmp_path / "scores.jsonl")
    assert [one["label"] for one in found] == ["grounded", "error", "error", "error", "ungrounded"]
    assert found[0]["score"] > 0.5 > found[4]["score"]
    assert "line 2 is not JSON" in found[1]["error"]
    assert "needs documents" in found[2]["error"]
    assert found[4]["id"] == "b"
    assert found[4]["spans"][0]["label"] == "unsupported"


def test_csv_and_parquet_give_the_scores_of_json_lines(tmp_path: Path) -> None:
    texts = [row | {"documents": json.dumps(row["documents"])} for row in ROWS]
    with (tmp_path / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(texts[0]))
        writer.writeheader()
        writer.writerows(texts)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(texts), tmp_path / "rows.parquet")
    write_lines(tmp_path / "rows.jsonl", ROWS)
    found = {}
    for kind in ("jsonl", "csv", "parquet"):
        assert run("evaluate", "groundedness", "-i", tmp_path / f"rows.{kind}", "-o", tmp_path / f"{kind}.out") == 0
        found[kind] = read_lines(tmp_path / f"{kind}.out")
    assert found["jsonl"] == found["csv"] == found["parquet"]
    assert len(found["csv"]) == 4


def test_labels_give_agreement_with_intervals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = write_lines(tmp_path / "rows.jsonl", ROWS * 5)
    assert run("evaluate", "groundedness", "-i", rows, "--label", "good", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["n"], told["positive"], told["auroc"]["estimate"], told["f1"]["estimate"]) == (20, 10, 1.0, 1.0)
    assert told["confusion"] == {"true_positive": 10, "false_positive": 0, "false_negative": 0, "true_negative": 10}
    assert told["f1"]["low"] < 1
    assert told["best_threshold"]["low"] <= told["best_threshold"]["estimate"] <= told["best_threshold"]["high"]
    assert run("evaluate", "groundedness", "-i", rows, "--label", "good") == 0
    shown = capsys.readouterr().out
    assert "AUROC" in shown
    assert "kappa" in shown
    assert "confusion at threshold 0.5: 10 true positive" in shown


def test_a_positive_label_of_a_detector_means_that_it_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"output": "You are a stupid pig.", "y": "Toxic"},
        {"output": "The shop opens at nine.", "y": "Not Toxic"},
    ] * 5
    file = write_lines(tmp_path / "rows.jsonl", rows)
    assert run("evaluate", "toxicity", "-i", file, "--label", "y", "--positive", "toxic", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["positive_means"], told["auroc"]["estimate"], told["confusion"]["true_positive"]) == ("toxic", 1.0, 5)
    assert run("evaluate", "toxicity", "-i", file, "--label", "y") == 2
    assert "--positive" in capsys.readouterr().err


def test_a_label_that_runs_the_other_way_is_pointed_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = write_lines(tmp_path / "rows.jsonl", [row | {"bad": 1 - int(str(row["good"]))} for row in ROWS * 5])
    assert run("evaluate", "groundedness", "-i", rows, "--label", "bad", "--json") == 0
    assert "--label-means bad" in json.loads(capsys.readouterr().out)["note"]
    assert run("evaluate", "groundedness", "-i", rows, "--label", "bad", "--label-means", "bad", "--json") == 0
    assert json.loads(capsys.readouterr().out)["auroc"]["estimate"] == 1.0


def test_several_evaluators_settings_and_other_field_names(tmp_path: Path) -> None:
    rows = write_lines(tmp_path / "rows.jsonl", [{"reply": "one two three"}])
    arguments = ("--map", "output=reply", "--set", "length.most=2", "--set", "unit=words", "--workers", "2")
    assert run("evaluate", "length", "repetition", "-i", rows, "-o", tmp_path / "out", *arguments) == 0
    (found,) = read_lines(tmp_path / "out")
    assert found["scores"]["length"]["label"] == "too long"
    assert found["scores"]["repetition"]["score"] == 1.0


def test_scores_go_to_standard_output_and_words_do_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = write_lines(tmp_path / "rows.jsonl", ROWS)
    assert run("evaluate", "groundedness", "-i", rows, "--label", "good", "--output", "-") == 0
    out = capsys.readouterr().out
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["a", "b", "c", "d"]


def test_the_list_names_all_with_aliases(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", "--list", "--json") == 0
    listed = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert "faithfulness" in listed["groundedness"]["aliases"]
    assert all(one["higher_is_better"] for one in listed.values())
    assert run("evaluate", "--list") == 0
    assert "context_precision" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("groundednes",), 1, "near it: groundedness"),
        ((), 2, "name an evaluator"),
        (("length", "--set", "unit=pages"), 2, "must be one of"),
        (("length", "--set", "unit"), 2, "key=value"),
        (("length", "--map", "reply=x"), 2, "no field of an example"),
        (("length", "--label", "y", "--label-means", "maybe"), 2, "--label-means"),
    ],
)
def test_what_cannot_be_asked_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, told: str
) -> None:
    rows = write_lines(tmp_path / "rows.jsonl", ROWS)
    assert run("evaluate", *arguments, "--input", rows) == code
    assert told in capsys.readouterr().err


def test_the_input_is_not_written_over(tmp_path: Path) -> None:
    rows = write_lines(tmp_path / "rows.jsonl", ROWS)
    assert run("evaluate", "length", "-i", rows, "-o", rows) == 2
    assert len(read_lines(rows)) == 4


OWN = '''"""Is it thanked for?"""


def evaluate(output):
    return ("thank" in output, f"{len(output)} characters")
'''


def test_ones_own_evaluators_score_files_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "thanks.py").write_text(OWN)
    rows = write_lines(tmp_path / "rows.jsonl", [{"id": 1, "output": "no"}, {"id": 2, "output": "thanks"}, {"id": 3}])
    names = ("custom:thanks", f"custom:{tmp_path / 'own' / 'thanks.py'}", "custom:len(output) < 4", "length")
    folder = ("--evaluators", tmp_path / "own", "--set", "custom:thanks.threshold=0.4", "--workers", "2")
    assert run("evaluate", *names, "-i", rows, "-o", tmp_path / "out", *folder) == 0
    found = read_lines(tmp_path / "out")
    assert [one["id"] for one in found] == [1, 2, 3]
    assert [[line["scores"][name]["score"] for name in names[:3]] for line in found[:2]] == [[0, 0, 1], [1, 1, 0]]
    assert found[0]["scores"]["custom:thanks"]["explanation"] == "2 characters"
    assert "needs output" in found[2]["scores"]["custom:thanks"]["error"]
    assert run("evaluate", "--list", "--evaluators", tmp_path / "own") == 0
    assert "custom:thanks" in capsys.readouterr().out
    for name, told in (
        ("custom:thank", "your own are: thanks"),
        ("custom:gone.py", "there is no file gone.py"),
        ("custom:len(", "this is no expression"),
    ):
        assert run("evaluate", name, "-i", rows, "--evaluators", tmp_path / "own") != 0
        assert told in " ".join(capsys.readouterr().err.split())
