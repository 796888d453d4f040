"""Sessions as conversations, users, logs and metrics; and the ways from each of them to the traces of the same time."""

import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlparse

from tests.browser.conftest import Tab, idle
from tests.release.server import Server

ROWS = '[role="grid"] [role="row"]:not([aria-rowindex="1"])'
CHATS = "/sessions?from=-3d&order=traces&where=feature+%3D+%22support-chat%22"


def address(page: Any) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def reach(page: Any, holds: Callable[[dict[str, str]], bool]) -> None:
    """When the address says so."""
    page.wait_for_url(lambda url: holds({name: found[0] for name, found in parse_qs(urlparse(url).query).items()}))


def write_filter(page: Any, text: str) -> None:
    page.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")


def drag(page: Any, chart: Any, begin: float, end: float) -> None:
    box = chart.locator(".u-over").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * begin, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, middle, steps=6)
    page.mouse.up()


def asked(server: Server, path: str) -> Any:
    return json.loads(server.get(path).body)


# Sessions and users


def open_chat(tab: Tab) -> Any:
    page = tab.open(CHATS)
    page.locator(ROWS).first.click()
    page.get_by_role("article", name="Turn 1", exact=True).wait_for()
    return page


def test_a_session_reads_as_a_conversation_and_is_judged_in_place(tab: Tab, server: Server) -> None:
    page = open_chat(tab)
    session = page.url.rpartition("/")[2]
    turns = asked(server, f"/api/v1/turns?session={session}")["items"]
    assert len(turns) > 1
    assert page.get_by_role("article").count() == len(turns)
    first = page.get_by_role("article", name="Turn 1", exact=True)
    assert turns[0]["input"]["text"] in first.inner_text()
    assert turns[0]["output"]["text"][:40] in first.inner_text()

    first.get_by_role("button", name="Bad: turn 1").click()
    first.locator('[aria-label="Bad: turn 1"][aria-pressed="true"]').wait_for()
    first.get_by_role("button", name="Good: turn 1").click()
    first.locator('[aria-label="Good: turn 1"][aria-pressed="true"]').wait_for()
    first.get_by_role("button", name="Comment on turn 1").click()
    page.get_by_role("textbox", name="Comment on turn 1").fill("told in the browser")
    page.get_by_role("button", name="Add comment").click()
    first.get_by_text("told in the browser").first.wait_for()

    scores = asked(server, f"/api/v1/scores?target_id={turns[0]['trace_id']}&source=human")["items"]
    held = {score["name"]: (score["value"], score["label"]) for score in scores}
    assert held == {"thumbs": (1.0, ""), "comment": (None, "told in the browser")}
    page.reload()
    page.locator('[aria-label="Good: turn 1"][aria-pressed="true"]').wait_for()


def test_turns_open_their_traces_beside_the_conversation_by_keys_and_back_leads_to_the_list(tab: Tab) -> None:
    page = open_chat(tab)
    page.locator("main").focus()
    page.keyboard.press("j")
    page.keyboard.press("o")
    panel = page.get_by_role("complementary", name="Trace", exact=True)
    panel.get_by_text("Transcript").wait_for()
    first = address(page)["peek"]
    page.keyboard.press("j")
    reach(page, lambda held: held.get("peek") not in ("", None, first))
    assert page.get_by_role("article", name="Turn 1", exact=True).is_visible()
    panel.get_by_role("button", name="Close the trace").click()
    reach(page, lambda held: "peek" not in held)
    while "/sessions/" in page.url:
        page.go_back()
        page.wait_for_timeout(100)
    page.locator(ROWS).first.wait_for()
    assert address(page)["order"] == "traces"


def test_lists_of_sessions_are_searched_ordered_and_hold_no_words(tab: Tab) -> None:
    page = tab.open("/sessions?from=-3d")
    page.locator(ROWS).first.wait_for()
    with page.expect_response(
        lambda answer: "/api/v1/sessions?" in answer.url and "order=cost" in answer.url
    ) as answered:
        page.get_by_role("button", name="Cost", exact=True).click()
    body = answered.value.text()
    costs = [item["cost_total"] or 0 for item in json.loads(body)["items"]]
    assert len(costs) > 1
    assert costs == sorted(costs, reverse=True)
    assert not [name for name in ("input", "output", "text") if f'"{name}"' in body]
    page.get_by_role("textbox", name="Search session ids").fill("code-")
    reach(page, lambda held: held.get("q") == "code-")
    page.locator(ROWS).first.get_by_text("code-").wait_for()
    page.get_by_role("textbox", name="Search session ids").fill("no such session")
    page.get_by_text("No sessions in this range").wait_for()


def test_from_the_dearest_user_to_the_traces_of_one_model(tab: Tab, server: Server) -> None:
    page = tab.open("/users?from=-3d&order=cost")
    page.locator(ROWS).first.click()
    page.get_by_role("heading", level=1, name=re.compile("^User ")).wait_for()
    dearest = asked(server, "/api/v1/users?from=-3d&order=cost&limit=1")["items"][0]["id"]
    assert dearest in page.locator("h1").inner_text()
    # Who spends most in three days may have slept through the last.
    assert address(page)["from"] == "-3d"
    page.get_by_role("table", name="Models").get_by_role("link").first.click()
    page.locator(ROWS).first.wait_for()
    where = address(page)["where"]
    assert f'user = "{dearest}"' in where
    assert 'model = "' in where


# Logs


def test_a_log_line_leads_to_its_trace_and_to_its_moment(tab: Tab) -> None:
    page = tab.open("/logs?from=-3d")
    lines = page.get_by_role("region", name="Log lines")
    page.get_by_role("region", name="Level", exact=True).get_by_role("button", name=re.compile(r"^error\s*\d")).click()
    reach(page, lambda held: held.get("where") == 'level = "error"')
    idle(page)
    line = lines.get_by_role("button", name=re.compile("RateLimitError: ")).first
    line.click()
    lines.get_by_role("table", name="Fields of the record").get_by_text("RateLimitError", exact=True).wait_for()
    lines.get_by_role("button", name="Trace", exact=True).click()
    page.get_by_role("complementary", name="Trace", exact=True).get_by_text("Transcript").wait_for()
    page.get_by_role("button", name="Close the trace").click()
    lines.get_by_role("button", name="Around this moment").click()
    reach(page, lambda held: "line" in held)
    assert re.fullmatch(r'service = "[a-z-]+"', address(page)["where"])
    lines.get_by_role("button", name=re.compile("RateLimitError")).first.wait_for()
    page.go_back()
    reach(page, lambda held: held.get("where") == 'level = "error"')


def test_a_mistake_in_a_log_filter_is_told_where_it_is(tab: Tab) -> None:
    page = tab.open("/logs?from=-3d")
    write_filter(page, "cost > 1")
    page.get_by_role("alert").get_by_text("there is no field cost").wait_for()
    assert "where" not in address(page)
    write_filter(page, 'attr["http.route"] = "/checkout" and level != "debug"')
    reach(page, lambda held: "/checkout" in held.get("where", ""))
    page.get_by_role("region", name="Log lines").get_by_text("POST /checkout").first.wait_for()


def test_logs_by_keyboard_with_words_and_attributes_as_columns(tab: Tab) -> None:
    page = tab.open("/logs?from=-3d")
    page.get_by_role("textbox", name="Words in messages").fill("order placed")
    reach(page, lambda held: held.get("q") == "order placed")
    idle(page)
    lines = page.get_by_role("region", name="Log lines")
    lines.get_by_role("button", name=re.compile("order placed")).first.wait_for()
    lines.focus()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    lines.get_by_role("row", name=re.compile("amount")).hover()
    lines.get_by_role("button", name="Column amount").click()
    reach(page, lambda held: held.get("columns") == "amount")
    page.keyboard.press("Escape")
    lines.focus()
    page.keyboard.press("t")
    page.get_by_role("complementary", name="Trace", exact=True).get_by_text("Transcript").wait_for()


def test_live_lines_come_on_top(tab: Tab, server: Server) -> None:
    service = f"live-{time.time_ns()}"
    page = tab.open(f"/logs?from=-1h&live=1&where=service+%3D+%22{service}%22")
    page.get_by_text("No log lines in this range").wait_for()
    send_line(server, service, "the first live line")
    first = page.get_by_role("button", name=re.compile("the first live line"))
    first.wait_for()
    send_line(server, service, "the second live line")
    second = page.get_by_role("button", name=re.compile("the second live line"))
    second.wait_for()
    assert second.bounding_box()["y"] < first.bounding_box()["y"]


def send_line(server: Server, service: str, text: str) -> None:
    record = {"timeUnixNano": str(time.time_ns()), "severityNumber": 13, "body": {"stringValue": text}}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    body = {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]}
    reply = server.post(json.dumps(body).encode(), "/v1/logs", 60, **{"content-type": "application/json"})
    assert reply.status == 200


# Metrics


def test_a_metric_is_found_split_and_followed_to_a_trace(tab: Tab) -> None:
    page = tab.open("/metrics?from=-3d")
    page.get_by_role("textbox", name="Search metrics").fill("http requests served")
    reach(page, lambda held: held.get("q") == "http requests served")
    page.get_by_role("list", name="Metrics").get_by_role("button", name=re.compile("^http.server")).click()
    reach(page, lambda held: held.get("metric") == "http.server.request.duration")
    page.get_by_role("figure", name="http.server.request.duration, p50, p95, p99").wait_for()
    page.get_by_placeholder("not split").click()
    page.get_by_role("option", name="http.route").click()
    chart = page.get_by_role("figure", name="http.server.request.duration, p95")
    chart.get_by_role("button", name="/checkout").wait_for()
    page.get_by_role("region", name="Traces behind http.server.request.duration").get_by_role(
        "button", name=re.compile("Trace of")
    ).first.click()
    page.get_by_role("complementary", name="Trace", exact=True).get_by_text("Transcript").wait_for()
    assert "http.route" in address(page)["metric"]


def test_dragging_over_a_metric_leads_to_the_traces_of_that_time(tab: Tab) -> None:
    page = tab.open("/metrics?from=-3d&metric=gen_ai.client.operation.duration")
    chart = page.get_by_role("figure", name=re.compile("^gen_ai.client.operation.duration"))
    chart.locator(".u-over").wait_for()
    drag(page, chart, 0.3, 0.6)
    page.wait_for_url(re.compile(r"from=20\d\d"))
    chosen = address(page)
    page.locator(f"a[href*='{quote(chosen['from'])}']").get_by_text("Traces in this range").click()
    page.locator(ROWS).first.wait_for()
    there = address(page)
    assert (there["from"], there["to"]) == (chosen["from"], chosen["to"])
    assert there["where"].startswith("service in (")


def test_a_metric_the_range_does_not_have_is_told(tab: Tab, axe: Callable[[Any], list[str]]) -> None:
    page = tab.open("/metrics?from=-3d&metric=no.such.metric,shop.orders~sum~tenant")
    page.get_by_text("This metric has no points in the range.").wait_for()
    page.get_by_role("figure", name="shop.orders, sum").get_by_role("button", name="alpine-trail").wait_for()
    assert axe(page) == []
    page.get_by_role("button", name="Take it away").click()
    reach(page, lambda held: held.get("metric") == "shop.orders~sum~tenant")
