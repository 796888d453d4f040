"""Online evaluation on a real server: it notices answers that leave their documents, and killing loses and doubles nothing."""

import json
import os
import signal
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.release.server import Server, running
from tests.unit.evaluate.judging.fake import Act, FakeEndpoint, Request, verdict
from tests.waiting import wait_until

NS = 10**9
FACTS = ("The lighthouse of Pellmar was built in 1874 and stands 42 metres tall.", "Boats leave the harbour every two hours in summer.",
         "The museum of fishing opens at nine and closes at five.", "Tickets for the tower cost six euros for adults.")  # fmt: skip
FABLES = ("A dragon painted the moon green during the winter of silence.", "Quantum bananas negotiate treaties with purple clouds.",
          "Every teacher owns a submarine made of chocolate and thunder.", "The parliament of foxes abolished gravity last Tuesday.")  # fmt: skip


@pytest.fixture
def server(tmp_path: Path) -> Any:
    with running(tmp_path / "data", grpc_port=-1, log_level="info") as started:
        yield started


def ask(server: Server, path: str, body: Any = None, method: str = "", project: str = "default") -> Any:
    request = urllib.request.Request(
        f"{server.url}{path}", None if body is None else json.dumps(body).encode(), {"content-type": "application/json", "x-nervure-project": project},
        method=method or ("GET" if body is None else "POST"),
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def send(server: Server, first: int, count: int, answers: tuple[str, ...]) -> None:
    """RAG traffic: a root, a retriever with the documents and a call that answers, `count` traces of three spans."""
    spans = []
    now = time.time_ns()
    for number in range(first, first + count):
        trace, at = f"{number + 1:032x}", now - 3 * NS
        fact = FACTS[number % 4]
        question = f"Tell me about this place, visitor {number}: {fact.split()[1]}?"
        said = answers[number % 4]
        rows: tuple[tuple[int, str, dict[str, str]], ...] = (
            (1, "chain", {"openinference.span.kind": "CHAIN", "input.value": question, "output.value": said}),
            (2, "retrieve", {"openinference.span.kind": "RETRIEVER", "input.value": question,
                             "retrieval.documents.0.document.content": fact,
                             "retrieval.documents.1.document.content": FACTS[(number + 1) % 4]}),
            (3, "answer", {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-mini", "input.value": question,
                           "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": question,
                           "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": said}),
        )  # fmt: skip
        spans += [
            {
                "traceId": trace, "spanId": f"{number * 8 + own:016x}", "parentSpanId": "" if own == 1 else f"{number * 8 + 1:016x}",
                "name": name, "startTimeUnixNano": str(at + own * 10**6), "endTimeUnixNano": str(at + NS - own * 10**6),
                "attributes": [attribute(key, value) for key, value in values.items()],
            }
            for own, name, values in rows
        ]  # fmt: skip
    resource = {"attributes": [attribute("service.name", "guide")]}
    ask(server, "/v1/traces", {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]})


def all_scores(server: Server, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = ask(server, f"/api/v1/scores?name={name}&limit=1000&cursor={cursor}")
        found, cursor = [*found, *page["items"]], page["next_cursor"]
    return found


def make_rule(server: Server, **more: Any) -> str:
    body = {
        "name": "answers",
        "where": 'kind = "llm"',
        "settle_s": 1,
        "evaluators": [{"evaluator": "groundedness"}],
        **more,
    }
    return str(ask(server, "/api/v1/evaluations/rules", body)["id"])


def rule_of(server: Server, rule_id: str) -> Any:
    return ask(server, f"/api/v1/evaluations/rules/{rule_id}")


def mean_of(server: Server, where: str = "") -> Any:
    body = {"measure": ["score:groundedness.mean"], "from": "-1h", "where": where}
    return ask(server, "/api/v1/query", body)["series"][0]["points"][0]


def scored(server: Server, rule_id: str, least: int) -> Any:
    rule = rule_of(server, rule_id)
    assert not rule["problem"]
    return rule if sum(day["scored"] for day in rule["today"]) >= least else None


def test_answers_that_leave_their_documents_are_noticed_as_the_rule_says(server: Server) -> None:
    rule_id = make_rule(server, sampling={"rows_per_day": 190})
    send(server, 0, 100, FACTS)
    wait_until(lambda: scored(server, rule_id, 100))
    before = mean_of(server)
    send(server, 100, 100, FABLES)
    rule = wait_until(lambda: scored(server, rule_id, 190))
    every = all_scores(server, "groundedness")
    late = [one["value"] for one in every if int(one["target_id"], 16) > 100]
    # The day's budget of 190 holds, and each target is scored once.
    assert rule["planned_today"] == 190
    assert len(every) == len({one["target_id"] for one in every}) == 190
    after = mean_of(server)
    assert before["n"] == 100
    assert before["value"] > 0.5
    assert after["high"] < before["low"], "the mean has fallen beyond both intervals"
    assert sum(late) / len(late) < 0.2
    told = every[0]["metadata"]
    assert told["rule"] == rule_id
    assert every[0]["source"] == "code"
    bad = next(one for one in every if one["value"] < 0.2)
    span = ask(server, f"/api/v1/spans/{bad['trace_id']}/{bad['metadata']['output_span']}")
    mark = bad["metadata"]["marks"][0]
    assert span["output_text"][mark["start"] : mark["end"]] in FABLES
    executions = ask(server, f"/api/v1/evaluations/rules/{rule_id}/executions")["items"]
    assert sum(one["targets"] for one in executions if one["state"] == "done") == 190
    assert all(one["lag_s"] >= 1 for one in executions)


def test_killing_workers_and_the_server_neither_loses_nor_doubles_a_score(tmp_path: Path) -> None:
    with running(tmp_path / "data", grpc_port=-1) as server:
        rule_id = make_rule(server, evaluators=[{"evaluator": "groundedness"}, {"evaluator": "toxicity"}])
        for part in range(6):
            send(server, part * 100, 100, FACTS)
        # In the middle: some are scored, most wait.
        wait_until(lambda: scored(server, rule_id, 100))
        workers = ask(server, "/api/v1/evaluations/status")["workers"]
        os.kill(workers[0]["pid"], signal.SIGKILL)
        wait_until(
            lambda: any(one["pid"] != workers[0]["pid"] for one in ask(server, "/api/v1/evaluations/status")["workers"])
        )
        server.kill()
        server.start()
        # The leases of what the dead held run out by themselves.
        rule = wait_until(lambda: scored(server, rule_id, 1200), 180)
        every = all_scores(server, "groundedness")
        assert len(every) == len({one["target_id"] for one in every}) == 600
        assert [(day["evaluator"], day["scored"]) for day in rule["today"]] == [
            ("groundedness", 600),
            ("toxicity", 600),
        ]
        assert mean_of(server)["n"] == 600


# An answer costs two cents, and never more: so the limit of the day is exactly thirty answers.
CENT2, AT_MOST, JUDGED = 0.02, 30, 48
SEAT = {"endpoint": "local", "model": "fake-1", "input_usd": 0, "output_usd": 1000, "max_output_tokens": 20}


def test_a_judge_scores_live_traffic_within_its_limit_and_no_answer_twice(tmp_path: Path) -> None:
    gate, killed_at = threading.Event(), 12

    def act(request: Request, number: int) -> Act:
        if number >= killed_at:
            gate.wait(30)
        text = request["messages"][1]["content"]
        if "visitor 3:" in text or "visitor 4:" in text:
            return Act({"error": {"message": "refused by the provider's own filter"}}, status=403)
        return verdict("unsupported" if FABLES[0] in text else "supported", input_tokens=0)

    fake = FakeEndpoint(act)
    try:
        with running(tmp_path / "data", grpc_port=-1) as server:
            ask(server, "/api/v1/judges/endpoints", {"name": "local", "url": fake.url, "retries": 0, "timeout_s": 40})
            judge = {"name": "grounded", "rubric": "groundedness", "panel": [SEAT], "usd_per_day": CENT2 * AT_MOST}
            ask(server, "/api/v1/judges", judge)
            rule_id = make_rule(server, evaluators=[{"evaluator": "judge:grounded", "score": "grounded"}])
            send(server, 0, JUDGED, FACTS)
            wait_until(lambda: len(fake.asked) > killed_at, 120)
            (worker,) = ask(server, "/api/v1/evaluations/status")["workers"]
            os.kill(worker["pid"], signal.SIGKILL)
            gate.set()
            (today,) = wait_until(lambda: settled(server, rule_id, JUDGED), 120)
            _check_judgements(server, rule_id, today)
            # What was asked is what was paid for, but for the refusals; and no more than the limit allows.
            refused = sum("visitor 3:" in str(one) or "visitor 4:" in str(one) for one in fake.asked)
            assert len(fake.asked) - refused <= AT_MOST
            spent = ask(server, "/api/v1/judges/grounded")["spent"]
            assert 0 < spent["day_usd"] <= spent["day_usd"] + spent["day_set_aside_usd"] <= CENT2 * AT_MOST + 1e-9
    finally:
        gate.set()
        fake.close()


def settled(server: Server, rule_id: str, targets: int) -> Any:
    """The days of the rule's evaluators, when so many targets have come to an end."""
    days = [day for day in rule_of(server, rule_id)["today"] if day["evaluator"]]
    return days if sum(day["scored"] + day["skipped"] + day["failed"] for day in days) >= targets else None


def _check_judgements(server: Server, rule_id: str, today: dict[str, Any]) -> None:
    every = all_scores(server, "grounded")
    assert len(every) == len({one["target_id"] for one in every}) == today["scored"]
    assert 0 < today["scored"] <= AT_MOST
    assert (today["scored"] + today["skipped"] + today["failed"], today["failed"]) == (JUDGED, 2)
    assert {one["source"] for one in every} == {"judge"}
    # What the killed worker had bought is remembered: said again without being paid again.
    paid = [one for one in every if one["cost_usd"]]
    assert len(paid) < len(every)
    assert {one["cost_usd"] for one in paid} == {CENT2}
    kept = [one for one in every if not one["cost_usd"]]
    assert {one["metadata"]["remembered_usd"] for one in kept} == {CENT2}, (
        "what it had cost is said, and not counted again"
    )
    assert today["cost_usd"] == pytest.approx(CENT2 * len(paid))
    trace = paid[0]["metadata"]
    held = ask(server, f"/api/v1/traces/{trace['trace_id']}", project=trace["trace_project"])
    assert {span["kind"] for span in held["spans"]} == {"evaluator", "llm"}
    executions = ask(server, f"/api/v1/evaluations/rules/{rule_id}/executions")["items"]
    reasons = {reason: number for one in executions for reason, number in one["reasons"].items()}
    assert sum(number for reason, number in reasons.items() if "own filter" in reason) == 2
    unpaid = "grounded: not bought: a call could pass the spend limit of the judge for the day"
    assert reasons[unpaid] == today["skipped"] == JUDGED - 2 - today["scored"]
