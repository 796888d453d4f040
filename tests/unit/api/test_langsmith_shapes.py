"""LangSmith's paths, ids, manifests and links."""

import uuid
from typing import Any

import pytest

from nervure.api.langsmith.door import mounted
from nervure.api.langsmith.manifests import MANIFEST, manifest_of, model_of, template_of
from nervure.api.langsmith.names import born_ns, made_uuid, moment, run_uuid, span_of, trace_of, trace_uuid
from nervure.model.prompt import PromptVersion

SDK = "langsmith-py/0.14.17-requests"
RUN = "01a1f9a2-82b3-728e-a0e3-04f608b3ab26"


@pytest.mark.parametrize(
    ("path", "agent", "found"),
    [
        ("/sessions", "curl/8", "/langsmith/sessions"),
        ("/sessions", SDK, "/langsmith/sessions"),
        ("/api/v1/sessions", SDK, "/langsmith/sessions"),
        ("/team/a/api/v1/datasets/7/runs", SDK, "/langsmith/datasets/7/runs"),
        ("/v1/platform/datasets/7/examples", SDK, "/langsmith/datasets/7/examples"),
        ("/api/v1/platform/datasets/7/examples", SDK, "/langsmith/datasets/7/examples"),
        ("/commits/-/p/", SDK, "/langsmith/commits/-/p"),
        # Nervure's own paths, and other clients'.
        ("/api/v1/sessions", "Mozilla/5.0", ""),
        ("/feedback/create", "weave", ""),
        (f"/feedback/{RUN}", "curl/8", f"/langsmith/feedback/{RUN}"),
        ("/app/datasets", "Mozilla/5.0", ""),
        ("/v1/traces", SDK, ""),
        ("/team/a/info", SDK, "/info"),
        ("/api/v2/runs/query", "AsyncLangsmith/Python 0.14", "/langsmith/v2/runs/query"),
    ],
)
def test_who_asks_decides_whose_path_it_is(path: str, agent: str, found: str) -> None:
    assert mounted(path, agent) == found


def test_ids_lead_back_to_spans() -> None:
    trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    assert span_of(made_uuid(trace, span)) == span
    assert trace_of(trace_uuid(trace)) == trace
    assert run_uuid({"trace_id": trace, "span_id": span, "attributes": {"langsmith.run.id": RUN}}) == RUN
    assert run_uuid({"trace_id": trace, "span_id": span, "attributes": {}}) == made_uuid(trace, span)
    # Ids of another form get a UUID of their own.
    assert uuid.UUID(made_uuid("7", "8")) != uuid.UUID(made_uuid("7", "9"))


def test_a_version_7_id_says_when_it_was_made() -> None:
    born = born_ns(RUN)
    assert born is not None
    assert moment(born) == "2026-11-20T15:45:39.507000+00:00"
    assert born_ns("8c2c9a6e-6f0a-4d9e-9d0e-3f1d2c4b5a69") is None


def constructor(name: str, **kwargs: Any) -> dict[str, Any]:
    return {"lc": 1, "type": "constructor", "id": ["langchain", "prompts", name], "kwargs": kwargs}


def text(template: str, **more: Any) -> dict[str, Any]:
    return constructor("PromptTemplate", template=template, **more)


CHAT = constructor(
    "ChatPromptTemplate",
    messages=[
        constructor("SystemMessagePromptTemplate", prompt=text("Speak as {role}: {{literal}} {n:.2f}")),
        constructor("MessagesPlaceholder", variable_name="history"),
        constructor("HumanMessagePromptTemplate", prompt=text("{{question}}", template_format="mustache")),
    ],
)


def test_a_manifest_is_read_as_messages_with_variables_in_double_braces() -> None:
    assert template_of(CHAT) == [
        {"role": "system", "content": "Speak as {{role}}: {literal} {{n}}"},
        {"type": "placeholder", "name": "history"},
        {"role": "user", "content": "{{question}}"},
    ]
    assert template_of(text("Hi {name}")) == "Hi {{name}}"


def test_a_prompt_bound_to_a_model_tells_its_settings() -> None:
    model = constructor("ChatOpenAI", model="gpt-4o", temperature=0.3, openai_api_key={"lc": 1, "type": "secret"})
    bound = constructor("RunnableSequence", first=CHAT, last=constructor("RunnableBinding", bound=model, kwargs={}))
    assert template_of(bound) == template_of(CHAT)
    assert model_of(bound) == {"model": "gpt-4o", "temperature": 0.3}


def test_a_manifest_nobody_understands_is_shown_as_it_is() -> None:
    assert '"Strange"' in str(template_of(constructor("Strange")))
    assert template_of({}) == "{}"


def test_a_version_is_answered_with_its_manifest_or_with_one_of_the_same_meaning() -> None:
    kept = PromptVersion("v", "p", "n", "chat", 1, [], {MANIFEST: CHAT}, (), "c")
    assert manifest_of(kept) == CHAT
    own = [
        {"role": "system", "content": "Be {{tone}}"},
        {"type": "placeholder", "name": "history"},
        {"role": "critic", "content": "x"},
    ]
    made = manifest_of(PromptVersion("v", "p", "n", "chat", 1, own, {}, ("tone",), "c"))
    assert template_of(made) == own
