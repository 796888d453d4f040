"""LangSmith's runs, feedback and attachments."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervure.base.errors import DecodeError
from nervure.base.ids import digest
from nervure.decode.wire import DecodeLimits, Outcome, Request
from nervure.decode.wires import langsmith_feedback, langsmith_runs
from nervure.intake.assembler import merged
from nervure.model.raw import RawBatch
from nervure.normalise.engine import Normaliser

LIMITS = DecodeLimits()
RUN = "01a1f9a2-82b3-728e-a0e3-04f608b3ab26"
ROOT = "01a1f9a2-0000-728e-a0e3-04f608b3ab00"
ORDER = f"20261120T154539508070Z{ROOT}.20261120T154540000000Z{RUN}"


def batch(post: Any = (), patch: Any = ()) -> RawBatch:
    return langsmith_runs.decode(
        json.dumps({"post": list(post), "patch": list(patch)}).encode(), Request("application/json"), LIMITS
    )


def run(**members: Any) -> dict[str, Any]:
    return {
        "id": RUN,
        "trace_id": ROOT,
        "parent_run_id": ROOT,
        "name": "model",
        "run_type": "llm",
        "start_time": "2026-11-20T15:45:40Z",
        **members,
    }


def multipart(*pieces: tuple[str, bytes, str]) -> tuple[bytes, str]:
    lines = b"".join(
        b'--B\r\nContent-Disposition: form-data; name="%s"\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s\r\n'
        % (name.encode(), kind.encode(), len(content), content)
        for name, content, kind in pieces
    )
    return lines + b"--B--\r\n", "multipart/form-data; boundary=B"


def test_the_tools_a_model_may_call_are_kept_where_langchain_repeats_the_settings_without_them() -> None:
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]
    repeated = {"ls_invocation_params": {"temperature": 0.1}}
    (part,) = batch([run(extra={"invocation_params": {"tools": tools}, "metadata": repeated})]).parts
    assert part.attributes is not None
    said = json.loads(part.attributes["langsmith.metadata.ls_invocation_params"])
    assert said == {"temperature": 0.1, "tools": tools}


def test_post_and_patch_make_one_run() -> None:
    posted, patched = batch(
        [run(inputs={"q": 1}, outputs={})],
        [{"id": RUN, "dotted_order": ORDER, "outputs": {"a": 2}, "end_time": "2026-11-20T15:45:42Z"}],
    ).parts
    assert (posted.span_id, posted.parent_id, posted.is_first) == (
        RUN.replace("-", "")[16:],
        ROOT.replace("-", "")[16:],
        True,
    )
    assert (patched.trace_id, patched.span_id, patched.parent_id) == (posted.trace_id, posted.span_id, None)
    assert "gen_ai.completion" not in posted.attributes
    span = merged(merged(None, posted), patched)
    assert (span.end_ns - span.start_ns, span.status_code) == (2 * 10**9, 1)
    assert span.attributes["gen_ai.completion"] == '{"a":2}'


def test_an_end_that_comes_first_knows_the_beginning_by_its_place_in_the_tree() -> None:
    (part,) = batch(patch=[{"id": RUN, "dotted_order": ORDER, "end_time": "2026-11-20T15:45:42Z"}]).parts
    assert part.trace_id == ROOT.replace("-", "")
    assert merged(None, part).start_ns == batch([run()]).parts[0].start_ns


def test_errors_are_their_class_and_first_line() -> None:
    (part,) = batch([run(error="ValueError('bad json')\n\nTraceback (most recent call last):\n  ...")]).parts
    assert (part.status_code, part.status_message) == (2, "ValueError('bad json')")
    assert part.attributes["error.type"] == "ValueError"


def test_usage_is_found_where_langchain_hides_it() -> None:
    usage = {"input_tokens": 3, "output_tokens": 1, "total_tokens": 4}
    outputs = {"generations": [[{"text": "hi", "message": {"kwargs": {"content": "hi", "usage_metadata": usage}}}]]}
    (part,) = batch([run(outputs=outputs)]).parts
    assert json.loads(part.attributes["langsmith.metadata.usage_metadata"]) == usage


def test_parts_of_a_form_are_put_together_and_files_become_part_of_the_input() -> None:
    body, kind = multipart(
        (f"post.{RUN}.inputs", b'{"q":1}', "application/json"),
        (f"post.{RUN}", json.dumps(run()).encode(), "application/json"),
        (f"attachment.{RUN}.photo", b"\x89PNG\r\n--x", "image/png"),
        (
            f"feedback.{RUN}",
            json.dumps({"run_id": RUN, "trace_id": ROOT, "key": "good", "score": 1}).encode(),
            "application/json",
        ),
        ("patch.no.such.field", b"{}", "application/json"),
        (f"post.{RUN}.outputs", b"{broken", "application/json"),
    )
    held = langsmith_runs.decode(body, Request(kind), LIMITS)
    (part,), (score,) = held.parts, held.scores
    assert part.attributes["gen_ai.prompt"] == '{"q":1}'
    assert (score.target_type, score.target_id, score.value) == ("span", part.span_id, 1.0)
    assert sum(held.refused.values()) == 2
    span = Normaliser().span(merged(None, part), "default", 1_800_000_000 * 10**9)
    assert span is not None
    (file,) = [one for message in span.input for one in message["parts"] if one["type"] == "media"]
    assert (file["mime_type"], file["name"], file["bytes"]) == ("image/png", "photo", 9)
    # The bytes go beside the records, once, under the name that the message tells.
    assert [(data, digest(data)) for data in held.media] == [(b"\x89PNG\r\n--x", file["sha256"])]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"score": 0.5}, ("span", "numeric", 0.5, "")),
        ({"score": True}, ("span", "boolean", 1.0, "")),
        ({"value": "friendly"}, ("span", "categorical", None, "friendly")),
        ({"score": 1, "run_id": ROOT}, ("trace", "numeric", 1.0, "")),
        ({"comment": "only words"}, ("span", "text", None, "only words")),
    ],
)
def test_feedback_is_a_score(said: dict[str, Any], told: tuple[Any, ...]) -> None:
    body = json.dumps({"id": "f-1", "run_id": RUN, "trace_id": ROOT, "key": "quality", **said}).encode()
    held = langsmith_feedback.decode(body, Request("application/json"), LIMITS)
    score = held.scores[0]
    assert (score.target_type, score.data_type, score.value, score.label) == told
    assert json.loads(langsmith_feedback.answer(Outcome(receipt=held.receipt), "application/json"))["id"] == "f-1"


@pytest.mark.parametrize("body", [b"x", b"[]", b"{}", b'{"post": 1}'])
def test_what_is_no_batch_is_refused(body: bytes) -> None:
    with pytest.raises(DecodeError, match="post"):
        langsmith_runs.decode(body, Request("application/json"), LIMITS)
    with pytest.raises(DecodeError):
        langsmith_runs.decode(body, Request("multipart/form-data; boundary=none"), LIMITS)
    with pytest.raises(DecodeError):
        langsmith_feedback.decode(body, Request("application/json"), LIMITS)


ANY = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)  # fmt: skip
NAMES = ("id", "trace_id", "parent_run_id", "name", "start_time", "end_time", "inputs", "outputs", "extra", "events", "error", "tags", "dotted_order", "attachments")  # fmt: skip


@given(st.dictionaries(st.sampled_from(NAMES), ANY), st.booleans())
def test_any_run_is_read_or_refused(members: dict[str, Any], is_first: bool) -> None:
    one = {**run(), **members}
    assert batch(*([[one], []] if is_first else [[], [one]])).received == 1


@pytest.mark.parametrize(
    "outputs",
    [
        {"model": "gpt-4o-2024", "choices": [{"finish_reason": "stop", "message": {}}]},
        {
            "generations": [
                [{"message": {"kwargs": {"response_metadata": {"model_name": "gpt-4o-2024", "finish_reason": "stop"}}}}]
            ]
        },
    ],
    ids=["a provider's own answer", "LangChain's"],
)
def test_which_model_answered_and_why_it_stopped(outputs: dict[str, Any]) -> None:
    (part,) = batch([run(outputs=outputs)]).parts
    assert part.attributes["gen_ai.response.model"] == "gpt-4o-2024"
    assert part.attributes["gen_ai.response.finish_reasons"] == ["stop"]


def test_a_run_by_its_id_alone_names_no_trace() -> None:
    (root,) = batch([{"id": RUN, "name": "n"}]).parts
    assert (root.trace_id, root.own_trace) == (RUN.replace("-", ""),) * 2
    (child,) = batch([{"id": RUN, "name": "n", "parent_run_id": ROOT}]).parts
    assert (child.trace_id, child.parent_id) == ("", ROOT.replace("-", "")[16:])
    (ended,) = batch([], [{"id": RUN, "end_time": "2026-11-20T15:45:42Z"}]).parts
    # A version 7 id tells when the run began.
    assert (ended.trace_id, ended.start_ns, ended.about_ns) == ("", None, 1_795_189_539_507_000_000)


def test_feedback_of_a_session_judges_the_experiment_and_reads_back_as_it_was_sent() -> None:
    said = {
        "id": "f-2",
        "key": "passed",
        "score": 0.75,
        "session_id": ROOT,
        "feedback_source": {"type": "model", "metadata": {"by": "me"}},
        "feedback_group_id": "g",
    }
    (score,) = langsmith_feedback.decode(json.dumps(said).encode(), Request("application/json"), LIMITS).scores
    assert (score.target_type, score.target_id, score.source) == ("experiment_run", ROOT, "judge")
    assert score.metadata["langsmith"] == {
        "source": "model",
        "source_metadata": {"by": "me"},
        "session_id": ROOT,
        "feedback_group_id": "g",
    }
