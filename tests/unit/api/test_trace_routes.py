"""Routes of one trace: its outline, chosen spans, and which rule gave which field of a stored span."""

from starlette.testclient import TestClient

from nervure.api.house import House
from nervure.base.clock import NS_PER_S
from nervure.model.span import Span
from nervure.normalise.content import BROUGHT

from .conftest import store

TRACE = f"{1:032x}"
SPAN = f"{1:015x}1"


def test_an_outline_is_the_summary_with_columns(client: TestClient) -> None:
    trace = client.get(f"/api/v1/traces/{TRACE}").json()
    answer = client.get(f"/api/v1/traces/{TRACE}/outline").json()
    outline = answer.pop("outline")
    assert answer == {name: value for name, value in trace.items() if name not in ("spans", "next_cursor")}
    assert outline["columns"]["span_id"] == [span["span_id"] for span in trace["spans"]]
    assert outline["columns"]["parent"] == [-1, 0, 0]
    assert [outline["words"]["kind"][at] for at in outline["columns"]["kind"]] == ["agent", "llm", "llm"]
    assert client.get("/api/v1/traces/nothing/outline").status_code == 404
    assert client.get(f"/api/v1/traces/{TRACE}/outline", params={"limit": 0}).status_code == 400


def test_chosen_spans_come_with_their_messages(client: TestClient) -> None:
    answer = client.get(f"/api/v1/traces/{TRACE}/contents", params={"span_id": [SPAN, "nothing"]}).json()
    assert [item["span_id"] for item in answer["items"]] == [SPAN]
    assert answer["items"][0]["input_text"] == "where is my refund"


def test_a_stored_span_tells_which_rule_gave_which_field(client: TestClient, house: House) -> None:
    now_ns = house.clock.now_ns()
    said = Span("a" * 32, "b" * 16, "chat", now_ns - NS_PER_S, kind="llm", convention="otel_genai", received_ns=now_ns, project="mapped",
                attributes={"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4.1", "gen_ai.request.seed": 7, BROUGHT: ["system_prompt"]},
                system_prompt="from a log record")  # fmt: skip
    store(house, [said])
    # The house is shared: a project of its own, so that nobody else counts it.
    project = {"x-nervure-project": "mapped"}
    answer = client.get(f"/api/v1/spans/{said.trace_id}/{said.span_id}/mapping", headers=project).json()
    origins = {row["field"]: (row["value"], row["convention"], row["key"]) for row in answer["fields"]}
    assert answer["convention"] == "otel_genai"
    assert origins["request_model"] == ("gpt-4.1", "otel_genai", "gen_ai.request.model")
    assert origins["params.seed"] == ("7", "otel_genai", "gen_ai.request.seed")
    assert origins["system_prompt"] == ("from a log record", "", "log")
    assert client.get(f"/api/v1/spans/{TRACE}/nothing/mapping").status_code == 404
