"""Filters on records in memory say what they say in the store."""

import pytest

from nervure.base.errors import FilterError, QueryError
from nervure.forward.matching import build_test
from nervure.model.log import LogRecord
from nervure.model.metric import MetricPoint
from nervure.model.span import Document, Span

NOW_NS = 1_794_787_200 * 10**9
SPAN = Span(
    trace_id="0af7651916cd43dd8448eb211c80319c", span_id="b7ad6b7169203331", name="chat gpt-4o", start_ns=NOW_NS,
    kind="llm", status="error", service="shop", response_model="gpt-4o-2024", request_model="gpt-4o",
    duration_ns=2_500_000_000, cost_total=0.02, total_tokens=120, input_text="I want a Refund, please",
    streaming=True, finish_reasons=["stop"], tags=["vip"], attributes={"tier": "gold", "n": 3, "ok": True},
    resource={"host.name": "h1"}, params={"temperature": 0.2}, metadata={"plan": "pro"},
    documents=[Document(score=0.5), Document(score=1.0)],
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ('kind = "llm" and model in ("gpt-4o-2024", "b")', True),
        ('model = "gpt-4o"', False),
        ("cost > 0.01 and cost <= 0.02", True),
        ("latency > 2s", True),
        ("duration_ms > 2500", False),
        ("cached_tokens = 0", False),
        ("cached_tokens != 0", True),
        ("ttft > 1ms", False),
        ("not (ttft > 1ms)", True),
        ('"refund want"', True),
        ('"refun"', False),
        ('input contains "REFUND, P"', True),
        ('name starts with "CHAT"', True),
        ('name like "chat%4_"', True),
        ('name like "hat%"', False),
        ('name matches "^chat .*o$"', True),
        ('attr["tier"] = "gold"', True),
        ('attr["n"] > 2', True),
        ('attr["n"] > 3', False),
        ('attr["tier"] > 2', False),
        ('attr["ok"] = true', True),
        ('attr["gone"] exists', False),
        ('attr["gone"] != "x"', True),
        ('resource["host.name"] = "h1"', True),
        ('param["temperature"] < 0.5', True),
        ('metadata["plan"] in ("free", "pro")', True),
        ('tag = "vip"', True),
        ('finish_reason contains "TO"', True),
        ("streaming = true", True),
        ("is_root = true", True),
        ("documents = 2 and document_score = 0.75", True),
        ('start >= "2026-01-01T00:00:00Z"', True),
        ('start < "-1h"', False),
        ('status in ("ok", "unset") or service = "shop"', True),
    ],
)
def test_a_filter_of_spans(text: str, passes: bool) -> None:
    test = build_test(text, "spans", NOW_NS)
    assert test is not None
    assert test(SPAN) is passes


@pytest.mark.parametrize(
    ("severity", "words", "level"), [(17, "", "error"), (0, "WARNING", "warn"), (0, "", "unset"), (24, "x", "fatal")]
)
def test_levels_of_log_records(severity: int, words: str, level: str) -> None:
    test = build_test(f'level = "{level}"', "logs", NOW_NS)
    assert test is not None
    assert test(LogRecord(NOW_NS, severity=severity, severity_text=words))


def test_names_and_labels_of_metrics() -> None:
    test = build_test('name like "vllm:%" and label["model_name"] = "m"', "metrics", NOW_NS)
    assert test is not None
    assert test(MetricPoint("vllm:num_requests_running", NOW_NS, "gauge", attributes={"model_name": "m"}))
    assert not test(MetricPoint("up", NOW_NS, "gauge", attributes={"model_name": "m"}))


def test_an_empty_filter_lets_everything_through() -> None:
    assert build_test("", "spans", NOW_NS) is None


def test_scores_cannot_be_asked_about_because_they_come_later() -> None:
    with pytest.raises(FilterError, match="not known yet"):
        build_test('score["quality"] < 0.5', "spans", NOW_NS)


def test_a_regular_expression_python_does_not_know_is_refused() -> None:
    with pytest.raises(QueryError):
        build_test('name matches "(unclosed"', "spans", NOW_NS)
