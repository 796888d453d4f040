"""LangSmith's filter expressions as our filters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervure.api.langsmith.filters import translate
from nervure.base.errors import BadInput, FilterError
from nervure.query.filter import parse

RUN = "01a1f9a2-82b3-728e-a0e3-04f608b3ab26"
SAID = 'attr["langsmith.metadata.plan"]'


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("gt(latency, 10)", "duration_ms > 10000.0"),
        ('lte(latency, "500ms")', "duration_ms <= 500.0"),
        ("and(gt(total_tokens, 5000), lt(total_cost, 0.1))", "(tokens > 5000 and cost < 0.1)"),
        ('or(has(tags, "a"), has(tags, "b"))', '(tag = "a" or tag = "b")'),
        ("neq(error, null)", 'not (status != "error")'),
        ('eq(status, "success")', 'status != "error"'),
        ("not(eq(is_root, true))", "not (is_root = true)"),
        ('and(eq(feedback_key, "good"), gte(feedback_score, 0.5))', '(score["good"] >= 0.5)'),
        ('eq(feedback_key, "good")', 'score["good"] exists'),
        (
            'and(eq(metadata_key, "plan"), eq(metadata_value, "gold"))',
            f'(({SAID} = "gold" or metadata["plan"] = "gold"))',
        ),
        ("""has(metadata, '{"plan": "gold"}')""", f'(({SAID} = "gold" or metadata["plan"] = "gold"))'),
        ('exists(metadata, "plan")', f"{SAID} exists"),
        ('gt(start_time, "2026-11-20T10:00:00Z")', 'start > "2026-11-20T10:00:00Z"'),
        ('search("it\'s \\"here\\"")', '"it\'s \\"here\\""'),
        ('like(name, "%chat%")', 'name like "%chat%"'),
        ('eq(thread_id, "t-1")', 'session = "t-1"'),
        (f'eq(trace_id, "{RUN}")', f'trace_id = "{RUN.replace("-", "")}"'),
        ("eq(execution_order, 1)", "is_root = true"),
        ('in(name, ["a", "b"])', '(name = "a" or name = "b")'),
    ],
)
def test_an_expression_means_a_filter(theirs: str, ours: str) -> None:
    assert translate(theirs) == ours
    parse(ours)


def test_a_type_of_run_is_what_was_said_or_for_other_senders_the_kind() -> None:
    found = translate('eq(run_type, "llm")')
    assert (
        found
        == '(attr["langsmith.span.kind"] = "llm" or (not (attr["langsmith.span.kind"] exists) and kind in ("llm")))'
    )
    parse(found)


@pytest.mark.parametrize(
    ("theirs", "word", "position"),
    [
        ("eq(colour, 1)", "colour", 0),
        ("and(gt(total_tokens, 1), near(name, 1))", "near", 25),
        ("eq(name", "comma", 7),
        ("eq(name, )", "cannot stand here", 9),
        ("gt(total_tokens, 'many')", "number", 0),
        ("gt(latency, 'soon')", "latency", 0),
        ("gt(name, 1)", "compares numbers", 0),
        ("gt(end_time, '2026-01-01')", "start_time", 0),
        ("gt(feedback_score, 1) x", "ended already", 21),
        ("and(gt(feedback_score, 1))", "needs its key", 4),
        ("name", "comparison", 0),
        ("", "must stand here", 0),
        ("not(" * 50 + "eq(name, 1)" + ")" * 50, "deeper", 164),
    ],
)
def test_what_has_no_counterpart_is_named_with_its_place(theirs: str, word: str, position: int) -> None:
    with pytest.raises(FilterError) as found:
        translate(theirs)
    assert word in found.value.problem
    assert found.value.position == position


def test_an_id_must_be_one() -> None:
    with pytest.raises(BadInput, match="UUID"):
        translate('eq(id, "seven")')


@given(st.text(alphabet="eqandhs(),\"\\'[] 01tagsnme.{}", max_size=60))
def test_any_text_is_a_filter_of_ours_or_a_mistake(text: str) -> None:
    try:
        ours = translate(text)
    except FilterError:
        return
    parse(ours)
