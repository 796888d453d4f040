"""`nervure evaluate judge:<rubric>` against a fake model server."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nervure.cli.main import main
from tests.unit.evaluate.judging.fake import FakeEndpoint, verdict


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeEndpoint]:
    def act(request: dict[str, object], _: int) -> object:
        text = str(request["messages"])
        return verdict("unsupported" if "wrong" in text.split("=== output")[1].split("=== end")[0] else "supported")

    made = FakeEndpoint(act)  # type: ignore[arg-type]
    yield made
    made.close()


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("memory")


def rows(folder: Path, n: int = 12) -> Path:
    file = folder / "rows.jsonl"
    lines = [
        {"id": i, "output": "wrong" if i % 3 == 0 else f"right {i}", "documents": ["d"], "ok": i % 3 != 0}
        for i in range(n)
    ]
    file.write_text("\n".join(map(json.dumps, lines)))
    return file


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(["evaluate", *map(str, words)])
        said = capsys.readouterr()
        return int(caught.value.code or 0), said.out, said.err

    return call


def judge(fake: FakeEndpoint, memory: Path) -> list[object]:
    return ["--endpoint", fake.url, "--model", "m", "--memory", memory, "--price-in", 1000, "--price-out", 1000]


def test_a_file_is_judged_in_order_and_held_against_labels(
    run: Run, fake: FakeEndpoint, memory: Path, tmp_path: Path
) -> None:
    out = tmp_path / "scores.jsonl"
    code, printed, errors = run(
        "judge:hallucination", "-i", rows(tmp_path), "-o", out, "--label", "ok", "--label-means", "good", *judge(fake, memory), "--json",
    )  # fmt: skip
    assert code == 0, errors
    scored = [json.loads(line) for line in out.read_text().splitlines()]
    assert [one["id"] for one in scored] == list(range(12))
    assert [one["label"] for one in scored[:4]] == ["unsupported", "supported", "supported", "unsupported"]
    assert json.loads(printed)["auroc"]["estimate"] == 1.0
    # The four wrong answers are the same question, asked once or, at the same moment, a few times.
    assert "spent " in errors
    asked = len(fake.asked)
    assert 9 <= asked <= 12
    run("judge:hallucination", "-i", rows(tmp_path), "-o", out, *judge(fake, memory))
    assert len(fake.asked) == asked


def test_the_spend_limit_of_a_run_holds_and_the_lines_say_so(
    run: Run, fake: FakeEndpoint, memory: Path, tmp_path: Path
) -> None:
    out = tmp_path / "scores.jsonl"
    before = len(fake.asked)
    code, _, errors = run(
        "judge:tone", "-i", rows(tmp_path), "-o", out, *judge(fake, memory), "--no-memory", "--spend-limit", "4.5"
    )
    assert code == 0
    assert "rows could not be scored" in errors
    assert "of 4.5 allowed" in errors
    spent = float(errors.split("spent ")[1].split(" USD")[0])
    assert 0 < spent <= 4.5
    assert len(fake.asked) - before < 24
    assert any("the spend limit of run/" in json.loads(line)["explanation"] for line in out.read_text().splitlines())


def test_an_estimate_asks_nobody(run: Run, fake: FakeEndpoint, memory: Path, tmp_path: Path) -> None:
    before = len(fake.asked)
    code, printed, _ = run(
        "judge:tone", "-i", rows(tmp_path), *judge(fake, memory), "--repeats", 3, "--estimate", "--json"
    )
    told = json.loads(printed)
    assert (code, told["rows"], told["calls"], told["skipped"]) == (0, 12, 36, 0)
    assert 0 < told["likely_usd"] < told["most_usd"]
    assert len(fake.asked) == before


def test_a_rubric_of_ones_own_comes_from_a_file(run: Run, fake: FakeEndpoint, memory: Path, tmp_path: Path) -> None:
    rubric = tmp_path / "own.toml"
    rubric.write_text(
        'criteria = "Is it supported?"\nneeds = ["output"]\n'
        '[[grades]]\nlabel = "supported"\nscore = 1.0\n[[grades]]\nlabel = "unsupported"\nscore = 0.0\n'
    )
    code, printed, errors = run("judge:custom", "-i", rows(tmp_path, 2), *judge(fake, memory), "--rubric-file", rubric)
    assert code == 0, errors
    assert [json.loads(line)["score"] for line in printed.splitlines()] == [0.0, 1.0]
    assert "Is it supported?" in str(fake.asked[-1])


def test_what_is_missing_is_told(run: Run, tmp_path: Path) -> None:
    code, _, errors = run("judge:tone", "-i", rows(tmp_path))
    assert code != 0
    assert "a judge needs a model: --endpoint" in errors
