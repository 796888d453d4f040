"""Overview and cost: from what got worse and from a peak to who made it; pricing what has no price; telling of a change."""

import json
import re
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlparse

from tests.browser.conftest import Tab, idle
from tests.release.server import Server

FILTER = ".cm-content"


def address(page: Any) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def panel(page: Any, title: str) -> Any:
    return page.get_by_role("region", name=title, exact=True)


def send_calls(server: Server, project: str, model: str, calls: int) -> None:
    """Calls of a model nobody has a price for, into a project of their own."""
    now_ns = time.time_ns()
    spans = [
        {
            "traceId": f"{n + 1:032x}", "spanId": f"{n + 1:016x}", "name": f"chat {model}", "kind": 3,
            "startTimeUnixNano": str(now_ns - (n + 1) * 10**9), "endTimeUnixNano": str(now_ns - n * 10**9),
            "attributes": [
                {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
                {"key": "gen_ai.provider.name", "value": {"stringValue": "vllm"}},
                {"key": "gen_ai.request.model", "value": {"stringValue": model}},
                {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "1000000"}},
                {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "1000000"}},
                {"key": "user.id", "value": {"stringValue": f"user-{n % 2}"}},
            ],
        }
        for n in range(calls)
    ]  # fmt: skip
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "pricing"}}]}
    body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}
    reply = server.post(json.dumps(body).encode(), **{"content-type": "application/json", "x-nervure-project": project})
    assert reply.status == 200, reply.body


def test_the_overview_says_how_things_stand_and_how_it_knows(tab: Tab) -> None:
    page = tab.open("/?from=-24h")
    verdict = page.get_by_role("region", name="What needs attention").get_by_role("heading")
    verdict.wait_for()
    assert re.match(r"Nothing got worse|.* need(s)? attention", verdict.inner_text())
    assert "comparisons" in verdict.inner_text()
    for label in ("Requests", "Failed requests", "Call latency p95", "First token p95", "Tokens", "Cost"):
        page.get_by_text(label, exact=True).first.wait_for()
    figure = page.locator("main").get_by_role("link").filter(has_text=re.compile(r"^\$\d")).first
    figure.hover()
    page.get_by_text("cost.sum", exact=True).wait_for()
    page.get_by_role("link", name="Open in explorer").click()
    page.wait_for_url(re.compile("/explore"))
    asked = json.loads(address(page)["q"])
    assert asked["measure"] == "cost.sum"
    page.go_back()
    page.wait_for_url(re.compile(r"/app/?\?from=-24h"))


def test_what_is_ranked_is_sorted_by_its_headings_with_the_keyboard_and_leads_to_its_traces(tab: Tab) -> None:
    page = tab.open("/?from=-3d")
    services = panel(page, "Services")
    errors = services.get_by_role("button", name="Errors")
    errors.focus()
    page.keyboard.press("Enter")
    heading = services.get_by_role("columnheader", name="Errors")
    assert heading.get_attribute("aria-sort") == "descending"
    shares = [float(text.strip("<%")) for text in services.locator("tbody td:nth-of-type(2)").all_inner_texts()]
    assert len(shares) > 3
    assert shares == sorted(shares, reverse=True)
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    first = services.locator("tbody th a").first
    name = first.inner_text()
    first.click()
    page.wait_for_url(re.compile("/traces"))
    assert address(page)["where"] == f'service = "{name}"'
    assert address(page)["from"] == "-3d"


def test_changes_found_in_the_data_stand_on_the_time_axis_and_in_the_list(tab: Tab) -> None:
    page = tab.open("/?from=-3d")
    changes = panel(page, "Changes")
    release = changes.get_by_role("listitem").filter(has_text="Release of").first
    release.wait_for()
    text = release.get_by_role("link").inner_text()
    assert re.fullmatch(r"Release of [\w-]+: 2\d{3}\.\d\d\.\d\d → 2\d{3}\.\d\d\.\d\d", text)
    flags = page.get_by_role("figure", name="Requests by service").get_by_role("button", name=re.compile("Release of"))
    flags.first.click()
    changes.locator("[data-chosen]").wait_for()


def test_a_change_is_recorded_and_forgotten_by_hand(tab: Tab, server: Server) -> None:
    send_calls(server, "changing", "our-llm", 3)
    page = tab.open("/?from=-1h&project=changing")
    changes = panel(page, "Changes")
    changes.get_by_text("No changes in this time").wait_for()
    page.get_by_role("button", name="Record a change").click()
    form = page.get_by_role("dialog", name="Record a change")
    form.get_by_role("textbox", name="What").fill("model router")
    form.get_by_label("When").fill("the day before")
    form.get_by_role("button", name="Record", exact=True).click()
    assert "14:30" in form.get_by_role("alert").inner_text()
    form.get_by_label("When").fill("5m ago")
    form.get_by_label("After").fill("v2")
    form.get_by_role("button", name="Record", exact=True).click()
    line = changes.get_by_role("listitem").filter(has_text="Release of model router: v2")
    line.wait_for()
    line.get_by_role("button", name=re.compile("Forget")).click()
    page.get_by_role("button", name="Forget this change").click()
    changes.get_by_text("No changes in this time").wait_for()


def test_from_a_peak_of_cost_to_the_user_who_made_it_in_three_clicks(tab: Tab, server: Server) -> None:
    page = tab.open("/cost?from=-2d")
    chart = page.get_by_role("figure", name="Cost by Model over time")
    plot = chart.locator(".u-over")
    plot.wait_for()
    idle(page)
    query = {"measure": "cost.sum", "every": "1h", "from": "-2d", "to": "now"}
    points = json.loads(
        server.post(json.dumps(query).encode(), "/api/v1/query", **{"content-type": "application/json"}).body
    )
    values = [point["value"] or 0 for point in points["series"][0]["points"]]
    box = plot.bounding_box()
    peak = (values.index(max(values)) + 0.5) / len(values)
    page.mouse.click(box["x"] + box["width"] * min(0.99, peak), box["y"] + box["height"] * 0.9)
    page.wait_for_url(re.compile("by=user"))
    asked = address(page)
    assert asked["where"].startswith('model = "')
    assert asked["from"].startswith("20")
    users = panel(page, "By user")
    dearest = users.locator("tbody th a[href*='/users/']").first
    dearest.wait_for()
    name = dearest.inner_text()
    dearest.click()
    page.wait_for_url(re.compile("/users/"))
    page.get_by_text(name).first.wait_for()
    page.go_back()
    page.go_back()
    page.wait_for_function("new URLSearchParams(location.search).get('from') === '-2d'")
    page.get_by_role("figure", name="Cost by Model over time").wait_for()


def test_the_token_classes_add_up_to_the_bill(tab: Tab, server: Server) -> None:
    page = tab.open("/cost?from=-3d")
    table = panel(page, "By token class").get_by_role("table")
    table.wait_for()
    told = json.loads(server.get("/api/v1/spending?from=-3d").body)["totals"]
    assert abs(sum(told["cost"].values()) - told["total"]) < 1e-6 * told["total"]
    shares = [text.rstrip("%").lstrip("<") for text in table.locator("tbody td:nth-of-type(3)").all_inner_texts()]
    assert abs(sum(float(text) for text in shares) - 100) < 0.5
    for name in ("Input", "Cached input", "Output"):
        table.get_by_role("rowheader", name=name, exact=True).wait_for()


def test_any_field_breaks_the_bill_down_and_a_mistake_is_told(tab: Tab) -> None:
    page = tab.open("/cost?from=-3d")
    field = page.get_by_role("combobox", name="Break down by")
    field.fill("Tenant")
    field.press("Enter")
    page.wait_for_url(re.compile("by=tenant"))
    panel(page, "By tenant").locator("tbody th a").first.wait_for()
    panel(page, "By tenant").get_by_role("button", name=re.compile("^Narrow to ")).first.click()
    page.wait_for_function("new URLSearchParams(location.search).get('where').startsWith('tenant = ')")
    page.go_back()
    page.locator(FILTER).click()
    page.keyboard.type("modle = ")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.get_by_text(re.compile("modle|model")).first.wait_for()
    assert "where" not in address(page)
    wrong = tab.open("/cost?" + urlencode({"from": "-3d", "by": "no such field"}))
    wrong.get_by_role("alert").first.wait_for()
    assert "no such field" in wrong.get_by_role("alert").first.inner_text()


def test_a_model_without_a_price_is_priced_where_it_is_missed_and_history_with_it(tab: Tab, server: Server) -> None:
    send_calls(server, "pricing", "our-own-llm-8b", 4)
    page = tab.open("/cost?from=-1h&project=pricing")
    page.get_by_text("our-own-llm-8b").first.wait_for()
    unpriced = page.get_by_role("region", name="Unpriced models", exact=True)
    unpriced.get_by_role("button", name="Set a price").click()
    form = page.get_by_role("form", name="Price of our-own-llm-8b")
    form.get_by_role("button", name="Set the price").click()
    assert "at least one price" in form.get_by_role("alert").inner_text()
    form.get_by_role("textbox", name="Input", exact=True).fill("0.5")
    form.get_by_role("textbox", name="Output", exact=True).fill("1.5")
    form.get_by_role("button", name="Set the price").click()
    page.get_by_text("Done: 4 calls now have a cost, $8.00 in all.").wait_for(timeout=60_000)
    page.get_by_role("button", name="Show the new costs").click()
    unpriced.get_by_text("Every call of this time has a price").wait_for()
    panel(page, "By model").get_by_role("link", name="$8.00").first.wait_for()
