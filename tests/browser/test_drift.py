"""The drift page: what moved, field by field, the topics behind it, and a range kept as a reference."""

import json
import time
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Tab
from tests.release.server import Server

HOUR_NS = 3600 * 10**9
ASKED = (
    "how do I reset the password of my account",
    "where is my parcel, the delivery is late",
    "cancel my subscription at once",
)


def send_two_days(server: Server, project: str) -> None:
    """120 calls of yesterday and 120 of today: today longer answers, and a third topic."""
    now_ns = time.time_ns()
    spans = [call(n, now_ns - 47 * HOUR_NS + n * 47 * HOUR_NS // 240) for n in range(240)]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "desk"}}]}
    body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}
    reply = server.post(json.dumps(body).encode(), **{"content-type": "application/json", "x-nervure-project": project})
    assert reply.status == 200, reply.body


def call(n: int, start_ns: int) -> dict[str, Any]:
    is_today = n >= 118
    text = ASKED[n % (3 if is_today else 2)] + f", order {n}"
    message = json.dumps([{"role": "user", "parts": [{"type": "text", "content": text}]}])
    values: dict[str, dict[str, str]] = {
        "gen_ai.operation.name": {"stringValue": "chat"},
        "gen_ai.request.model": {"stringValue": "small"},
        "gen_ai.usage.output_tokens": {"intValue": str((160 if is_today else 100) + n * 37 % 60)},
        "gen_ai.input.messages": {"stringValue": message},
    }
    return {
        "traceId": f"{n + 1:032x}", "spanId": f"{n + 1:016x}", "name": "chat small", "kind": 3,
        "startTimeUnixNano": str(start_ns), "endTimeUnixNano": str(start_ns + 10**9),
        "attributes": [{"key": key, "value": value} for key, value in values.items()],
    }  # fmt: skip


def test_what_moved_is_told_field_by_field_with_its_topics_and_a_range_is_kept(tab: Tab, server: Server) -> None:
    send_two_days(server, "drifting")
    page = tab.open("/drift?from=-24h&project=drifting&fields=model,output_tokens,input")
    page.get_by_role("region", name="There is drift").wait_for()
    table = page.get_by_role("table", name="Fields and whether they drifted")
    told = {row.locator("th").inner_text(): row.inner_text() for row in table.locator("tbody tr").all()}
    assert "stable" in told["model"]
    assert "drift" in told["output_tokens"]
    assert "level" in told["output_tokens"]
    table.get_by_role("button", name="output_tokens").click()
    page.get_by_role("table", name="Shares of output_tokens before and now").wait_for()
    table.get_by_role("button", name="input", exact=True).click()
    page.get_by_role("heading", name="Topics that moved").wait_for()
    page.get_by_text("subscription").first.wait_for()
    page.get_by_role("button", name="Keep range").click()
    form = page.get_by_role("dialog", name="Keep this range as a reference")
    form.get_by_role("textbox", name="Name").fill("the new normal")
    form.get_by_role("button", name="Keep", exact=True).click()
    # Compared with itself nothing has changed.
    page.get_by_role("region", name="No evidence of drift").wait_for()
    expect(page.get_by_role("combobox", name="Compared with")).to_have_value("the new normal")
