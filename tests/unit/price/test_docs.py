"""docs/pricing.md says what is so."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from nervure.base.clock import parse_iso
from nervure.model.span import Span
from nervure.price.book import SOURCE
from nervure.price.explain import explain_price
from nervure.price.overrides import FixedOverrides, load_price_file
from nervure.price.pricer import Pricer

PAGE = Path(__file__).parents[3] / "docs" / "pricing.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def make_span(**values: Any) -> Span:
    start_ns = parse_iso("2026-11-01T12:00:00Z")
    return Span("t", "s", "n", start_ns, **{"kind": "llm", "project": "shop", "duration_ns": 2_000_000_000, **values})


@pytest.mark.parametrize(
    ("call", "source", "usd"),
    [
        ({"provider": "vllm", "request_model": "llama-3"}, "override:gpu cluster", 0.0016),
        ({"provider": "openai", "request_model": "gpt-4o", "input_tokens": 1000000}, "override:openai commitment", 2.125),
        ({"provider": "openai", "request_model": "ft:gpt-4.1-mini-2025-04-14:acme::x", "input_tokens": 1000000}, "override:our fine-tune", 0.8),
        ({"kind": "reranker", "provider": "cohere", "request_model": "rerank-v3.5"}, "override:reranker", 0.002),
        ({"request_model": "house-7b", "input_tokens": 1000000, "cached_input_tokens": 500000}, "override:house model", 0.125),
    ],
)  # fmt: skip
def test_the_price_file_of_the_page_does_what_its_comments_say(
    tmp_path: Path, call: dict[str, Any], source: str, usd: float
) -> None:
    (text,) = blocks("toml")
    path = tmp_path / "prices.toml"
    path.write_text(text, "utf-8")
    span = make_span(**call)
    Pricer(source=FixedOverrides(load_price_file(path))).price(span)
    assert (span.cost_source, span.cost_total) == (source, pytest.approx(usd))


def test_the_explanation_of_the_page_is_the_one_given() -> None:
    call, answer = (json.loads(block) for block in blocks("json"))
    told = asdict(explain_price(make_span(**call), Pricer()))
    told["lines"] = [{**line, "unit_price": float(line["unit_price"])} for line in told["lines"]]
    for line, shown in zip(told["lines"], answer["lines"], strict=True):
        assert line == {**shown, "amount_usd": pytest.approx(shown["amount_usd"])}
    told.pop("lines")
    answer.pop("lines")
    for name in ("input", "output", "total"):
        if answer["cost"][name] is not None:
            answer["cost"][name] = pytest.approx(answer["cost"][name])
    answer["difference"] = pytest.approx(answer["difference"])
    assert told == answer


def test_the_version_of_the_book_on_the_page_is_the_one_in_use() -> None:
    assert SOURCE in PAGE.read_text("utf-8")
