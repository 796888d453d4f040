"""One trace: its transcript, its tree by keyboard, search, a span with everything, what goes wrong, a run that still runs."""

import json
import re
import secrets
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from nervure.demo.otlp import put
from tests.browser.conftest import Tab, idle

MS = 1_000_000
GRID = '[role="treegrid"]'
ROWS = f'{GRID} [role="rowgroup"] [role="row"]'


def asked(tab: Tab, path: str, **params: str) -> Any:
    """What the API answers."""
    with urllib.request.urlopen(f"{tab.base}{path}?{urllib.parse.urlencode(params)}", timeout=30) as answer:
        return json.load(answer)


def found(tab: Tab, where: str, order: str = "spans") -> str:
    """The largest trace with such a span."""
    items = asked(tab, "/api/v1/traces", where=where, order=order, limit="1")["items"]
    assert items, f"the demo has no trace with {where}"
    return str(items[0]["trace_id"])


def agent_run(tab: Tab) -> str:
    return found(tab, 'service = "coding-agent" and kind = "llm"')


def address(page: Any) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def detail(page: Any) -> Any:
    return page.get_by_role("region", name="Span", exact=True)


def send(tab: Tab, spans: list[dict[str, Any]]) -> None:
    """Sends spans over OTLP: trace, span and parent as bytes, name, begin and end in ns, and attributes."""
    request = ExportTraceServiceRequest()
    envelope = request.resource_spans.add()
    put(envelope.resource.attributes, {"service.name": "trace-page-test"})
    for one in spans:
        span = envelope.scope_spans.add().spans.add()
        span.trace_id, span.span_id, span.parent_span_id = one["trace"], one["span"], one.get("parent", b"")
        span.name, span.start_time_unix_nano, span.end_time_unix_nano = one["name"], one["begin"], one["end"]
        put(span.attributes, one.get("attributes", {}))
    sent = urllib.request.Request(
        f"{tab.base}/v1/traces", request.SerializeToString(), {"content-type": "application/x-protobuf"}
    )
    with urllib.request.urlopen(sent, timeout=30) as answer:
        assert answer.status == 200


def test_a_run_is_told_once_with_each_result_at_its_call(tab: Tab) -> None:
    trace_id = agent_run(tab)
    page = tab.open(f"/traces/{trace_id}")
    feed = page.get_by_role("feed", name="Transcript")
    feed.get_by_text("User", exact=True).first.wait_for()
    # The request is repeated in every call's input, and told once.
    calls = asked(tab, f"/api/v1/traces/{trace_id}", limit="200")["spans"]
    question = next(span for span in calls if span["kind"] == "llm")["input"][0]["parts"][0]["content"]
    assert feed.get_by_text(question, exact=True).count() == 1
    call = feed.get_by_role("button", expanded=False).filter(has_text="→").first
    call.click()
    feed.get_by_text("Arguments", exact=True).first.wait_for()
    feed.get_by_text("Result", exact=True).first.wait_for()


def test_a_chosen_span_stands_in_the_address_and_back_closes_it(tab: Tab) -> None:
    page = tab.open(f"/traces/{agent_run(tab)}")
    page.get_by_role("feed").get_by_role("button").filter(has_text="tokens").first.click()
    detail(page).get_by_role("tab", name="Content").wait_for()
    chosen = address(page)["span"]
    detail(page).get_by_role("tab", name="Details").click()
    detail(page).get_by_text("Model asked for").or_(detail(page).get_by_text("Model", exact=True)).first.wait_for()
    page.reload()
    detail(page).get_by_text("Took").wait_for()
    assert address(page) == {"span": chosen, "part": "details"}
    page.go_back()
    page.wait_for_function("!new URLSearchParams(location.search).has('span')")
    detail(page).wait_for(state="detached")


def test_the_tree_is_walked_folded_and_opened_by_keyboard(tab: Tab) -> None:
    page = tab.open(f"/traces/{agent_run(tab)}?tab=tree")
    page.locator(ROWS).first.wait_for()
    grid = page.locator(GRID)
    count = int(grid.get_attribute("aria-rowcount"))
    grid.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"document.querySelector('{GRID}').getAttribute('aria-rowcount') === '2'")
    assert page.locator(ROWS).first.get_attribute("aria-expanded") == "false"
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"document.querySelector('{GRID}').getAttribute('aria-rowcount') === '{count}'")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    detail(page).get_by_role("heading").first.wait_for()
    first = address(page)["span"]
    page.keyboard.press("ArrowDown")
    page.wait_for_function(f"new URLSearchParams(location.search).get('span') !== '{first}'")
    active = grid.get_attribute("aria-activedescendant")
    page.locator(f'[id="{active}"][aria-selected="true"]').wait_for()
    page.keyboard.press("Escape")
    page.wait_for_function("!new URLSearchParams(location.search).has('span')")


def test_the_tree_is_scrolled_to_its_end_and_its_time_looked_at_closer(tab: Tab) -> None:
    page = tab.open(f"/traces/{agent_run(tab)}?tab=tree")
    page.locator(ROWS).first.wait_for()
    grid = page.locator(GRID)
    last = grid.get_attribute("aria-rowcount")
    assert int(last) > 40, "more than a window holds"
    grid.evaluate("one => { one.scrollTop = one.scrollHeight; }")
    page.locator(f'{GRID} [role="row"][aria-rowindex="{last}"]').wait_for()
    # The heading of the columns stays.
    when = page.get_by_role("columnheader", name="When")
    box = when.bounding_box()
    whole = when.locator("span").all_inner_texts()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 8, steps=4)
    page.mouse.up()
    page.get_by_role("button", name=f"Show the whole {whole[-1]}").wait_for()
    begin, end = (float(at) for at in address(page)["zoom"].split("-"))
    assert end / begin == pytest.approx(3, rel=0.1), "from a quarter to three quarters"
    assert when.locator("span").all_inner_texts() != whole
    page.reload()
    page.get_by_role("button", name=re.compile("Show the whole")).click()
    page.wait_for_function("!new URLSearchParams(location.search).has('zoom')")
    grid.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("z")
    page.wait_for_function("new URLSearchParams(location.search).has('zoom')")
    page.keyboard.press("Shift+Z")
    page.wait_for_function("!new URLSearchParams(location.search).has('zoom')")


def test_words_are_found_in_names_and_in_texts(tab: Tab) -> None:
    # Not every run changed a file.
    trace_id = found(tab, 'service = "coding-agent" and output contains "lines changed"')
    page = tab.open(f"/traces/{trace_id}?tab=tree")
    page.locator(ROWS).first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("execute_tool")
    steps = page.get_by_role("status").filter(has_text="matches")
    steps.wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("1 of ").first.wait_for()
    page.wait_for_function("new URLSearchParams(location.search).get('find') === 'execute_tool'")
    first = address(page)["span"]
    page.get_by_role("button", name="Next match").click()
    page.wait_for_function(f"new URLSearchParams(location.search).get('span') !== '{first}'")
    # A word that stands in no span's name, only in what was answered.
    page.get_by_role("textbox", name="Find in this trace").fill("lines changed")
    page.wait_for_function("/[1-9][0-9]* match/.test(document.body.innerText)")


def test_failures_stand_where_they_happened_and_are_stepped_to(tab: Tab) -> None:
    trace_id = found(tab, 'service = "support-chat" and kind = "llm" and status = "error"', order="newest")
    page = tab.open(f"/traces/{trace_id}")
    failing = [span for span in asked(tab, f"/api/v1/traces/{trace_id}")["spans"] if span["status"] == "error"]
    page.get_by_role("button", name="Next failure").click()
    detail(page).get_by_text(failing[-1]["error_type"] or failing[-1]["status_message"]).first.wait_for()
    assert address(page)["span"] in {span["span_id"] for span in failing}
    page.get_by_role("feed").get_by_role("note").first.wait_for()


def test_a_span_tells_its_price_and_the_rule_behind_each_attribute(tab: Tab) -> None:
    trace_id = agent_run(tab)
    spans = asked(tab, f"/api/v1/traces/{trace_id}", limit="200")["spans"]
    call = next(span for span in spans if span["cost_total"] and span["cached_input_tokens"])
    page = tab.open(f"/traces/{trace_id}?span={call['span_id']}&part=details")
    detail(page).get_by_role("row", name="Read from cache").wait_for()
    detail(page).get_by_text("in the price book").wait_for()
    detail(page).get_by_role("tab", name="Attributes").click()
    row = detail(page).get_by_role("row").filter(has_text="gen_ai.request.model")
    row.get_by_text("request_model").wait_for()
    row.get_by_text("by otel_genai").wait_for()


def test_a_thumb_is_stored_as_a_score_with_its_comment(tab: Tab) -> None:
    trace_id = found(tab, 'service = "coding-agent" and kind = "llm"', order="newest")
    span_id = asked(tab, f"/api/v1/traces/{trace_id}")["spans"][0]["span_id"]
    page = tab.open(f"/traces/{trace_id}?span={span_id}&part=scores")
    comment = f"checked by hand {secrets.token_hex(4)}"
    page.get_by_role("textbox", name="Comment").fill(comment)
    with page.expect_response(lambda answer: answer.url.endswith("/api/v1/scores") and answer.request.method == "POST"):
        page.get_by_role("button", name="Thumbs down").click()
    detail(page).get_by_text(comment, exact=True).wait_for()
    scores = asked(tab, "/api/v1/scores", trace_id=trace_id, name="thumbs")["items"]
    assert [(one["value"], one["target_id"], one["source"]) for one in scores if one["explanation"] == comment] == [
        (0.0, span_id, "human")
    ]


def test_a_trace_nobody_has_is_said_in_words(tab: Tab) -> None:
    page = tab.open("/traces/00000000000000000000000000000bad")
    page.get_by_role("alert").get_by_text("has no trace").wait_for()


def test_a_run_that_still_runs_is_brought_up_to_date_until_its_root_has_come(tab: Tab) -> None:
    trace, root, call = secrets.token_bytes(16), secrets.token_bytes(8), secrets.token_bytes(8)
    now = time.time_ns()
    asking = [{"role": "user", "parts": [{"type": "text", "content": "is it live?"}]}]
    chat = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4.1",
            "gen_ai.input.messages": json.dumps(asking)}  # fmt: skip
    send(tab, [{"trace": trace, "span": call, "parent": root, "name": "chat", "begin": now - 900 * MS,
                "end": now - 100 * MS, "attributes": chat}])  # fmt: skip
    page = tab.open(f"/traces/{trace.hex()}?tab=tree")
    page.get_by_role("heading", name="Still running").wait_for()
    page.get_by_text("parent missing").wait_for()
    send(tab, [{"trace": trace, "span": root, "name": "the whole run", "begin": now - 1000 * MS, "end": now}])
    page.get_by_role("heading", name="the whole run").wait_for()
    page.get_by_text("parent missing").wait_for(state="detached")
    page.locator(f'{ROWS}[aria-level="2"]').wait_for()
    assert [row.get_attribute("aria-level") for row in page.locator(ROWS).all()] == ["1", "2"]


def test_many_siblings_alike_are_one_row_until_it_is_opened(tab: Tab) -> None:
    trace, root = secrets.token_bytes(16), secrets.token_bytes(8)
    now = time.time_ns() - 3600 * 1000 * MS
    embed = {"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "text-embedding-3-small",
             "gen_ai.usage.input_tokens": 10}  # fmt: skip
    spans = [{"trace": trace, "span": root, "name": "index", "begin": now, "end": now + 900 * MS}]
    spans += [
        {"trace": trace, "span": secrets.token_bytes(8), "parent": root, "name": "embed", "begin": now + n * MS,
         "end": now + (n + 1) * MS, "attributes": embed}
        for n in range(48)
    ]  # fmt: skip
    send(tab, spans)
    page = tab.open(f"/traces/{trace.hex()}")
    page.locator(ROWS).nth(1).get_by_text("× 48").wait_for()
    assert page.locator(ROWS).count() == 2
    assert "480" in page.locator(ROWS).nth(1).inner_text()
    page.locator(ROWS).nth(1).click()
    page.wait_for_function(f"document.querySelector('{GRID}').getAttribute('aria-rowcount') === '51'")


def test_the_list_one_came_from_is_stepped_through(tab: Tab) -> None:
    traces = asked(tab, "/api/v1/traces", where='service = "voice-line"', limit="3")["items"]
    first, second = traces[0]["trace_id"], traces[1]["trace_id"]
    where = urllib.parse.quote('service = "voice-line"')
    page = tab.open(f"/traces?from=-30d&where={where}&peek={first}")
    page.get_by_role("complementary", name="Trace", exact=True).get_by_text("1 of ").wait_for()
    page.get_by_role("link", name="Open the whole page").click()
    page.get_by_role("button", name="Previous trace of the list").wait_for()
    page.get_by_role("feed").get_by_role("button").filter(has_text="tokens").first.click()
    detail(page).get_by_role("tab", name="Content").wait_for()
    page.get_by_role("button", name="Next trace of the list").click()
    page.wait_for_function(f"location.pathname.endsWith('{second}')")
    page.get_by_text("2 / ").wait_for()
    page.keyboard.press("k")
    page.wait_for_function(f"location.pathname.endsWith('{first}')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(new_tab: Callable[..., Tab], axe: Callable[[Any], list[str]], scheme: str) -> None:
    tab = new_tab(color_scheme=scheme)
    trace_id = agent_run(tab)
    span_id = next(s for s in asked(tab, f"/api/v1/traces/{trace_id}")["spans"] if s["kind"] == "llm")["span_id"]
    for rest in (f"?span={span_id}", f"?tab=tree&span={span_id}&part=details", f"?tab=graph&span={span_id}&part=scores",
                 f"?tab=logs&span={span_id}&part=attributes", "?tab=raw"):  # fmt: skip
        page = tab.open(f"/traces/{trace_id}{rest}")
        idle(page)
        assert axe(page) == [], rest


def test_on_a_phone_a_span_covers_the_trace_and_nothing_is_wider_than_the_screen(new_tab: Callable[..., Tab]) -> None:
    tab = new_tab(viewport={"width": 390, "height": 844}, has_touch=True)
    page = tab.open(f"/traces/{agent_run(tab)}")
    page.get_by_role("feed").get_by_role("button").filter(has_text="tokens").first.click()
    back = page.get_by_role("button", name="Back to the trace")
    back.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    back.click()
    page.get_by_role("feed").get_by_role("button").filter(has_text="tokens").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
