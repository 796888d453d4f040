"""How conventions share a span: who wins, what is remembered, what an odd value costs."""

from collections.abc import Mapping
from typing import Any

import pytest

from nervure.base.errors import SettingsError
from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.engine import Normaliser
from tests.unit.normalise.raws import RECEIVED_NS, raw_span, span_of


def has(key: str) -> Any:
    return lambda raw: key in raw.attributes


def normalised(conventions: list[Convention], attributes: dict[str, Any], **said: Any) -> Any:
    return Normaliser(conventions).span(raw_span(attributes, **said), "default", RECEIVED_NS)


FIRST = Convention("first", 1, has("a.user"), (Rule("user", ("a.user",)), Rule("team", ("a.team",))))
SECOND = Convention("second", 2, has("b.user"), (Rule("user", ("b.user",)), Rule("tenant", ("b.tenant",))))


def test_the_first_that_speaks_wins_and_others_fill_what_is_missing() -> None:
    span = normalised([SECOND, FIRST], {"b.user": "b", "b.tenant": "t", "a.user": "a"})
    assert (span.convention, span.user, span.tenant) == ("first", "a", "t")


def test_a_dialect_that_does_not_speak_says_nothing() -> None:
    span = normalised([FIRST, SECOND], {"a.team": "search", "b.user": "b"})
    assert (span.convention, span.user, span.team) == ("second", "b", "")


def test_the_first_usable_key_of_a_rule_wins() -> None:
    rule = Rule("input_tokens", ("a.new", "a.old"))
    span = normalised([Convention("a", 1, has("a.new"), (rule,))], {"a.old": 7, "a.new": ""})
    assert span.input_tokens == 7


def test_read_may_correct_its_own_table_but_not_another_dialect() -> None:
    def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
        return {"user": "corrected", "feature": "x"}

    first = Convention("first", 1, has("a.user"), FIRST.rules, read)
    assert normalised([first], {"a.user": "a"}).user == "corrected"
    later = Convention("later", 3, has("b.user"), (), read)
    span = normalised([FIRST, later], {"a.user": "a", "b.user": "b"})
    assert (span.user, span.feature) == ("a", "x")


def test_entries_of_a_dict_field_come_from_all_dialects() -> None:
    first = Convention("first", 1, has("a.t"), (Rule("params.temperature", ("a.t",)), Rule("metadata", ("a.m.*",))))
    second = Convention("second", 2, has("b.t"), (Rule("params.temperature", ("b.t",)), Rule("params.seed", ("b.s",))))
    span = normalised([first, second], {"a.t": 0.5, "b.t": 0.9, "b.s": 1, "a.m.plan": "gold"})
    assert (span.params, span.metadata) == ({"temperature": 0.5, "seed": 1}, {"plan": "gold"})


def test_rules_may_look_at_resource_and_scope() -> None:
    rules = (Rule("sdk_name", ("scope:name",)), Rule("region", ("a.region", "resource:zone")))
    span = normalised([Convention("a", 1, has("a"), rules)], {"a": 1}, scope="lib", resource={"zone": "eu"})
    assert (span.sdk_name, span.region) == ("lib", "eu")


def test_a_placeholder_is_dropped() -> None:
    assert normalised([Convention("a", 1, has("a"), (), lambda raw, fields: {"placeholder": True})], {"a": 1}) is None


def test_a_reader_that_fails_on_an_odd_value_costs_only_its_field() -> None:
    def make(value: Any) -> Any:
        return value["x"]

    def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
        raise KeyError("odd")

    rules = (Rule("team", ("a",), make), Rule("user", ("a.user",)))
    assert normalised([Convention("a", 1, has("a"), rules, read)], {"a": 1, "a.user": "u"}).user == "u"


def test_a_rule_for_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingsError, match="bananas"):
        Normaliser([Convention("a", 1, has("a"), (Rule("bananas", ("a",)),))])


def test_spans_that_look_alike_share_a_plan_and_others_do_not() -> None:
    normaliser = Normaliser()
    chat = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    assert normaliser.plan(raw_span(chat)) is normaliser.plan(raw_span({**chat, "gen_ai.request.model": "n"}))
    assert normaliser.plan(raw_span(chat)) is not normaliser.plan(raw_span({**chat, "user.id": "u"}))
    assert normaliser.plan(raw_span(chat)) is not normaliser.plan(raw_span(chat, scope="langfuse-sdk"))


def test_a_span_with_very_many_attributes_is_read_but_not_remembered() -> None:
    normaliser = Normaliser()
    raw = raw_span({"user.id": "u", **{f"k{n}": n for n in range(1000)}})
    span = normaliser.span(raw, "default", RECEIVED_NS)
    assert span is not None
    assert span.user == "u"
    assert normaliser.plan(raw) is not normaliser.plan(raw)


def test_double_instrumentation_is_one_span_of_the_more_specific_dialect() -> None:
    span = span_of({
        "openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-2024", "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 3,
    })  # fmt: skip
    assert (span.convention, span.kind, span.input_tokens) == ("openinference", "llm", 3)
