"""Routes of traces, spans, sessions, values, scores, queries and exports, over a whole house."""

import threading
import time

from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.api.house import House

from .conftest import with_settings

TRACE = f"{1:032x}"
SPAN = f"{1:015x}1"


def test_traces_are_paged_to_their_end(client: TestClient) -> None:
    found, cursor = [], None
    while True:
        page = client.get("/api/v1/traces", params={"limit": 7} | ({"cursor": cursor} if cursor else {})).json()
        found += [item["trace_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == [f"{n + 1:032x}" for n in range(20)]


def test_orders_may_be_written_with_a_sign(client: TestClient) -> None:
    newest = client.get("/api/v1/spans", params={"order": "-start", "limit": 1}).json()["items"][0]
    oldest = client.get("/api/v1/spans", params={"order": "start", "limit": 1}).json()["items"][0]
    assert newest["start"] > oldest["start"]
    assert client.get("/api/v1/traces", params={"order": "-cost"}).status_code == 200


def test_a_trace_comes_with_the_tree_of_its_spans(client: TestClient) -> None:
    trace = client.get(f"/api/v1/traces/{TRACE}").json()
    assert (trace["trace_id"], trace["span_count"], trace["cost_total"], trace["next_cursor"]) == (TRACE, 3, 0.02, None)
    assert [(span["depth"], span["child_count"], len(span["path"])) for span in trace["spans"]] == [
        (0, 2, 0), (1, 0, 1), (1, 0, 1),
    ]  # fmt: skip


def test_a_span_answers_whatever_its_attributes_hold(client: TestClient) -> None:
    span = client.get(f"/api/v1/spans/{TRACE}/{SPAN}").json()
    assert span["attributes"]["big"] == 1 << 70
    assert span["attributes"]["raw"] == "AAE="
    assert span["duration_ms"] == 100.0
    assert len(span["start"]) == len("2026-11-20T10:00:00.123456789Z")


def test_sessions_and_users_are_people_of_the_traces(client: TestClient) -> None:
    assert {item["id"] for item in client.get("/api/v1/sessions").json()["items"]} == {"s0", "s1", "s2", "s3"}
    assert client.get("/api/v1/sessions/s1").json()["trace_count"] == 5
    assert client.get("/api/v1/users").json()["items"][0]["id"] == "ann"


def test_values_are_asked_for_by_parameter_or_path(client: TestClient) -> None:
    by_parameter = client.get("/api/v1/values", params={"field": 'attr["n"]', "limit": 3}).json()
    assert by_parameter == client.get('/api/v1/values/attr["n"]', params={"limit": 3}).json()
    assert len(by_parameter["items"]) == 3


def test_one_query_or_several(client: TestClient) -> None:
    one = client.post("/api/v1/query", json={"measure": "count", "by": "kind", "from": "-2h"}).json()
    assert {series["by"]["kind"]: series["points"][0]["value"] for series in one["series"]} == {"agent": 20, "llm": 40}
    assert one["stats"].keys() >= {"rows_read", "elapsed_ms", "source", "from", "to"}
    several = client.post("/api/v1/query", json=[{"measure": "count"}, {"measure": "error_rate"}]).json()
    assert [answer["series"][0]["measure"] for answer in several] == ["count", "error_rate"]
    wrong = client.post("/api/v1/query", json={"measure": "coutn"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "query_error")
    assert client.post("/api/v1/query", json=[]).status_code == 400


def test_a_filter_can_be_checked_while_it_is_written(client: TestClient) -> None:
    good = client.post("/api/v1/filter/check", json={"where": "env=prod"}).json()
    assert (good["valid"], good["canonical"]) == (True, 'environment = "prod"')
    bad = client.post("/api/v1/filter/check", json={"where": "kind = llm and"}).json()
    assert (bad["valid"], bad["position"]) == (False, 14)
    assert "a field" in bad["expected"]


def test_a_score_is_there_as_soon_as_it_is_acknowledged(client: TestClient) -> None:
    made = client.post(
        "/api/v1/scores", json={"name": "helpful", "trace_id": TRACE, "span_id": SPAN, "value": True, "source": "human"}
    )
    assert made.status_code == 201
    score = made.json()
    assert (score["target_type"], score["data_type"], score["value"]) == ("span", "boolean", 1.0)
    assert client.get(f"/api/v1/scores/{score['id']}").json() == score
    assert client.get("/api/v1/scores", params={"name": "helpful", "source": "human"}).json()["items"] == [score]
    found = client.get("/api/v1/spans", params={"where": 'score["helpful"] = true'}).json()["items"]
    assert [span["span_id"] for span in found] == [SPAN]
    changed = client.post("/api/v1/scores", json={"id": score["id"], "revision": 1, "name": "helpful", "trace_id": TRACE,
                                                  "span_id": SPAN, "value": 0})  # fmt: skip
    assert changed.status_code == 201
    assert client.get(f"/api/v1/scores/{score['id']}").json()["value"] == 0.0


def test_scores_come_one_or_many_and_mistakes_are_named(client: TestClient) -> None:
    many = client.post("/api/v1/scores", json=[{"name": "tone", "trace_id": TRACE, "value": "kind"},
                                               {"name": "tone", "target_type": "session", "target_id": "s1", "label": "rude"}])  # fmt: skip
    assert [item["label"] for item in many.json()["items"]] == ["kind", "rude"]
    for body, words in [
        ({"name": "x", "value": 1}, "say what is judged"),
        ({"name": "x", "trace_id": "t"}, "needs a value or a label"),
        ({"name": "", "trace_id": "t", "value": 1}, "name"),
        ({"name": "x", "trace_id": "t", "value": 1, "colour": 2}, "colour"),
        ({"name": "x", "trace_id": "t", "value": 1, "time": "soon"}, "time"),
        ("x", "dictionary"),
        ([], "1 to 1000 scores"),
    ]:
        answer = client.post("/api/v1/scores", json=body)
        assert answer.status_code == 400, body
        assert words in answer.json()["detail"]


def test_an_export_streams_lines_or_parquet(client: TestClient) -> None:
    lines = client.get("/api/v1/export", params={"where": 'kind = "llm"'})
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert sum(line.count('"spanId"') for line in lines.text.splitlines()) == 40
    parquet = client.get("/api/v1/export", params={"format": "parquet"})
    assert parquet.content[:4] == parquet.content[-4:] == b"PAR1"


def test_a_mapping_is_explained_for_otlp_and_for_our_own_form(client: TestClient) -> None:
    span = {
        "name": "chat gpt",
        "attributes": {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "x": [1, {"y": None}]},
    }
    answer = client.post("/api/v1/explain-mapping", json=span).json()
    fields = {row["field"]: row["value"] for row in answer["items"][0]["fields"]}
    assert (fields["kind"], fields["request_model"]) == ("llm", "gpt-4o")
    ours = client.get(f"/api/v1/spans/{TRACE}/{SPAN}").json()
    assert client.post("/api/v1/explain-mapping", json=ours).status_code == 200


def test_a_statement_past_its_limits_is_stopped_and_the_server_lives(house: House) -> None:
    from nervure.query.asker import Asker

    tight = with_settings(house, query_memory_bytes=1000)
    starved = with_settings(tight)
    from dataclasses import replace

    starved = replace(starved, asker=Asker(house.engine, tight.settings, house.clock))
    client = TestClient(create_app(starved))
    answer = client.post("/api/v1/query", json={"measure": "distinct:span_id", "by": "name"})
    assert (answer.status_code, answer.json()["code"]) == (422, "query_stopped")
    assert "narrow the time range" in answer.json()["detail"]
    assert TestClient(create_app(house)).get("/api/v1/traces").status_code == 200


def test_a_statement_nobody_waits_for_is_stopped(house: House) -> None:
    """The client hangs up; the engine's statement ends long before it would have."""
    import asyncio

    from nervure.api.asking import ClientGone, Questions
    from nervure.api.auth import Access
    from nervure.base.errors import QueryStopped
    from nervure.query.asker import Asker
    from nervure.store.sql import Sql

    ended: list[type[BaseException]] = []
    begun = threading.Event()

    def slow(asker: Asker) -> None:
        runner = asker.runner("default")
        begun.set()
        try:
            runner.query(Sql("SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1"))
        except QueryStopped as error:
            ended.append(type(error))
            raise

    class Gone:
        async def is_disconnected(self) -> bool:
            return begun.is_set()

    async def asked() -> None:
        questions = Questions(1)
        try:
            await questions.run(Gone(), Access(house, "default"), slow)  # type: ignore[arg-type]
        except ClientGone:
            ended.append(ClientGone)
        finally:
            questions.stop()

    before = time.monotonic()
    asyncio.run(asked())
    assert ended == [QueryStopped, ClientGone]
    assert time.monotonic() - before < house.settings.query_timeout_s
