"""A stored span can be normalised again."""

from nervure.normalise.content import contents_of
from nervure.normalise.engine import Normaliser
from nervure.normalise.mappings import parse_mapping
from nervure.normalise.restore import portable, raw_of
from tests.unit.normalise.raws import NORMALISER, RECEIVED_NS, START_NS, event, raw_log, span_of

CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "acme.team": "search"}


def test_normalising_again_gives_the_same_span() -> None:
    for span in (
        span_of({**CHAT, "gen_ai.input.messages": '[{"role": "user", "content": "Hi"}]'}, scope="lib",
                resource={"service.name": "shop"}, status=(2, "boom"), events=[event("exception")]),
        span_of(CHAT, start_ns=0, end_ns=5),
        span_of(CHAT, end_ns=START_NS - 5),
        span_of({"gen_ai.usage.input_tokens": 5, "gen_ai.usage.audio.input_tokens": 6}),
    ):  # fmt: skip
        assert NORMALISER.span(raw_of(span), span.project, span.received_ns) == span


def test_a_new_mapping_changes_what_history_says_and_late_content_stays() -> None:
    content = NORMALISER.content(raw_log("gen_ai.user.message", {"content": "Hi"}))
    assert content is not None
    span = NORMALISER.complete(span_of(CHAT), [content])
    mapping = parse_mapping(
        '[mapping]\nname = "acme"\n[mapping.when]\nattributes = ["acme.*"]\n[[rule]]\nfield = "team"\nkeys = ["acme.team"]',
        "acme.toml",
    )
    normaliser = Normaliser(mappings=[mapping])
    again = normaliser.span(raw_of(span), "default", RECEIVED_NS)
    assert again is not None
    again = normaliser.complete(again, contents_of(span))
    assert (again.convention, again.team, again.kind, again.input) == ("acme", "search", "llm", span.input)


def test_what_log_records_said_beside_messages_stays_too() -> None:
    details = {"gen_ai.tool.definitions": '[{"name": "f"}]', "gen_ai.system_instructions": '[{"content": "Be kind."}]'}
    content = NORMALISER.content(raw_log("gen_ai.client.inference.operation.details", None, details))
    assert content is not None
    span = NORMALISER.complete(span_of(CHAT), [content])
    assert (span.system_prompt, span.tool_definitions) == ("Be kind.", [{"name": "f"}])
    assert NORMALISER.again(span) == span


def test_mappings_can_change_while_the_server_runs_and_history_be_read_again() -> None:
    content = NORMALISER.content(raw_log("gen_ai.user.message", {"content": "Hi"}))
    assert content is not None
    span = NORMALISER.complete(span_of(CHAT), [content])
    span.revision = 3
    normaliser = Normaliser()
    assert normaliser.again(span) == span
    text = '[mapping]\nname = "acme"\n[mapping.when]\nattributes = ["acme.*"]\n[[rule]]\nfield = "team"\nkeys = ["acme.team"]'
    normaliser.use([parse_mapping(text, "acme.toml")])
    again = normaliser.again(span)
    assert (again.convention, again.team, again.input, again.revision) == ("acme", "search", span.input, 3)
    normaliser.use([])
    assert normaliser.again(again) == span


def test_what_log_records_brought_goes_along_when_the_span_travels() -> None:
    told = {
        "gen_ai.input.messages": '[{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]',
        "gen_ai.output.messages": '[{"role": "assistant", "parts": [{"type": "text", "content": "Ho"}]}]',
        "gen_ai.system_instructions": '[{"content": "Be kind."}]',
        "gen_ai.tool.definitions": '[{"name": "f"}]',
        "gen_ai.response.model": "gpt-4o-2024",
        "gen_ai.response.id": "r1",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.usage.output_tokens": 3,
    }
    content = NORMALISER.content(raw_log("gen_ai.client.inference.operation.details", None, told))
    assert content is not None
    span = NORMALISER.complete(span_of(CHAT), [content])
    assert (span.input_tokens, span.response_model, span.total_tokens) == (7, "gpt-4o-2024", 10)
    assert NORMALISER.again(span) == span
    copy = NORMALISER.span(portable(span), span.project, span.received_ns)
    assert copy is not None
    for side in ("input", "output"):
        assert [message["parts"] for message in getattr(copy, side)] == [m["parts"] for m in getattr(span, side)]
    for name in ("input_text", "output_text", "system_prompt", "tool_definitions", "response_model", "response_id",
                 "finish_reasons", "input_tokens", "output_tokens", "total_tokens", "provider", "kind"):  # fmt: skip
        assert getattr(copy, name) == getattr(span, name), name
    assert portable(span_of(CHAT)) == raw_of(span_of(CHAT))
