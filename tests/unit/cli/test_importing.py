"""`nervure import`: a file, or a product."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nervure.base.errors import BadInput
from nervure.cli.importing import time_of
from nervure.cli.main import build_app
from nervure.importers.runner import nouns_of
from tests.unit.importers.fake_langfuse import langfuse
from tests.unit.importers.fakes import serving

NOW = 1_795_248_000 * 10**9  # 2026-11-21T08:00:00Z
DAY = 86_400 * 10**9


@pytest.mark.parametrize(
    ("text", "ns"),
    [("", 5), ("-2d", NOW - 2 * DAY), ("-1w", NOW - 7 * DAY), ("-90m", NOW - 5400 * 10**9),
     ("2026-11-21", NOW - 8 * 3600 * 10**9), ("2026-11-21T08:00:00Z", NOW)],
)  # fmt: skip
def test_times_are_dates_moments_or_spans_before_now(text: str, ns: int) -> None:
    assert time_of(text, NOW, 5) == ns


@pytest.mark.parametrize("text", ["yesterday", "-5", "-xd", "2026-13-01"])
def test_a_time_nobody_can_read_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="-90d"):
        time_of(text, NOW, 5)


def test_nouns_come_in_the_order_they_need_each_other() -> None:
    assert nouns_of("runs, Traces,datasets") == ("datasets", "traces", "runs")
    assert nouns_of("") == ("prompts", "datasets", "traces", "scores", "runs")
    with pytest.raises(BadInput, match="not spans"):
        nouns_of("traces,spans")


def test_what_names_no_product_is_a_file(tmp_path: Path) -> None:
    runner = CliRunner()
    missing = runner.invoke(build_app(), ["import", str(tmp_path / "missing.jsonl")])
    assert missing.exit_code == 2
    assert "does not exist" in " ".join(missing.output.split())
    helped = runner.invoke(build_app(), ["import", "--help"])
    assert all(name in helped.output for name in ("file", "langfuse", "langsmith", "mlflow", "opik", "phoenix"))


@pytest.mark.parametrize("given", [[], ["--from", "http://a", "--file", __file__]])
def test_a_source_is_a_server_or_files(given: list[str]) -> None:
    result = CliRunner().invoke(build_app(), ["import", "opik", *given])
    assert isinstance(result.exception, BadInput)
    assert "either --from" in str(result.exception)


def test_credentials_may_come_from_the_products_own_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with serving(langfuse(is_new=False)) as fake:
        command = ["import", "langfuse", "--from", fake.url, "--dry-run", "--json", "--only", "prompts"]
        refused = CliRunner().invoke(build_app(), command)
        told = CliRunner().invoke(
            build_app(), command, env={"LANGFUSE_PUBLIC_KEY": "pk-1", "LANGFUSE_SECRET_KEY": "sk-1"}
        )
    assert "--public-key and --secret-key" in str(refused.exception)
    assert json.loads(told.stdout)["prompts"]["read"] == 3
