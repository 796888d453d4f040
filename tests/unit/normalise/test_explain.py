"""Explaining names the rule behind every field."""

from nervure.normalise.explain import FieldOrigin
from tests.unit.normalise.raws import NORMALISER, raw_span


def test_every_field_has_its_rule_and_the_key_that_hit() -> None:
    raw = raw_span(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "openai",
            "gen_ai.usage.prompt_tokens": 7,
            "gen_ai.request.temperature": 0.5,
            "gen_ai.prompt.variable.country": "France",
            "user.id": "u1",
        },
        resource={"service.name": "shop"},
    )
    assert NORMALISER.explain(raw) == [
        FieldOrigin("kind", "llm", "otel_genai", ("gen_ai.operation.name",), "gen_ai.operation.name"),
        FieldOrigin("operation", "chat", "otel_genai", ("gen_ai.operation.name",), "gen_ai.operation.name"),
        FieldOrigin("provider", "openai", "otel_genai", ("gen_ai.system",), "gen_ai.system"),
        FieldOrigin("input_tokens", "7", "otel_genai", ("gen_ai.usage.prompt_tokens",), "gen_ai.usage.prompt_tokens"),
        FieldOrigin("params.temperature", "0.5", "otel_genai", ("gen_ai.request.temperature",), "gen_ai.request.temperature"),
        FieldOrigin("prompt_variables.country", "France", "otel_genai", ("gen_ai.prompt.variable.country",),
                    "gen_ai.prompt.variable.country"),
        FieldOrigin("user", "u1", "plain", ("user.id",), "user.id"),
        FieldOrigin("service", "shop", "plain", ("resource:service.name",), "resource:service.name"),
        FieldOrigin("name", "work", "", (), "finalise"),
        FieldOrigin("start_ns", str(raw.start_ns), "", (), "finalise"),
        FieldOrigin("duration_ns", "1000000000", "", (), "finalise"),
        FieldOrigin("status", "unset", "", (), "finalise"),
        FieldOrigin("total_tokens", "7", "", (), "finalise"),
    ]  # fmt: skip


def test_what_a_function_said_is_marked_read_and_long_values_are_cut() -> None:
    rows = NORMALISER.explain(raw_span({"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "x" * 500}))
    row = next(row for row in rows if row.field == "input")
    assert (row.convention, row.keys, row.key) == ("openllmetry", (), "read")
    assert len(row.value) < 250
    assert row.value.endswith("characters)")
