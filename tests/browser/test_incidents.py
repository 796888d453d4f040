"""From what broke to the requests that show it; what people do about it; a monitor tried on the past."""

import json
import re
import secrets
from typing import Any

import pytest

from tests.browser.conftest import Tab
from tests.browser.incidents import alerted, found_by, opened
from tests.release.server import Server


@pytest.fixture
def incident(server: Server) -> tuple[str, str]:
    """Id and a word of the title of an incident nobody else works on."""
    key = secrets.token_hex(4)
    return opened(server, key), key


def test_from_the_overview_and_the_list_to_the_evidence_and_a_trace(
    tab: Tab, server: Server, incident: tuple[str, str]
) -> None:
    which, key = incident
    page = tab.open("/")
    page.get_by_role("region", name="Open incidents").wait_for()
    page = tab.open("/incidents")
    table = page.get_by_role("region", name="Incidents", exact=True)
    table.get_by_role("link", name=re.compile(key)).click()
    page.get_by_role("heading", name=re.compile(key), level=1).wait_for()
    page.get_by_text("Look at its own log").wait_for()
    what = page.get_by_role("region", name="What", exact=True)
    what.get_by_role("figure", name="error_rate around the onset").wait_for()
    what.get_by_text("No single Query asks this measure").wait_for()
    page.get_by_role("region", name="Runbook").get_by_role("link", name="Look at it for this incident").first.wait_for()
    evidence = page.get_by_role("region", name="Speaks for it").first
    query = evidence.get_by_role("link", name="Query").get_attribute("href")
    shown: Any = json.loads(server.get(f"/api/v1/incidents/{which}").body)
    trace = shown["exemplars"]["after"][0]
    page.get_by_role("region", name="Requests to look at").get_by_role("link", name=trace[:12]).click()
    page.wait_for_url(re.compile(f"/traces/{trace}"))
    page.goto(f"{server.url}{query}")
    page.get_by_role("heading", name="Explore", level=1).wait_for()
    page.get_by_role("figure").first.wait_for()


def test_an_incident_is_acknowledged_noted_and_closed(tab: Tab, server: Server, incident: tuple[str, str]) -> None:
    which, key = incident
    page = tab.open(f"/incidents/{which}")
    page.get_by_role("button", name="Acknowledge").click()
    page.get_by_role("button", name="Acknowledge").wait_for(state="detached")
    page.get_by_role("textbox", name="Note").fill("the tool's key had expired")
    page.get_by_role("button", name="Add the note").click()
    page.get_by_role("region", name="Timeline").get_by_role("listitem").get_by_text(
        "the tool's key had expired"
    ).wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Post-mortem").click()
    assert "the tool's key had expired" in download.value.path().read_text("utf-8")
    page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Close it").click()
    page.get_by_role("button", name="Open again").wait_for()
    kept: Any = json.loads(server.get(f"/api/v1/incidents/{which}").body)
    assert kept["status"] == "closed"
    assert [line["text"] for line in kept["timeline"] if line["kind"] == "note"] == ["the tool's key had expired"]
    page = tab.open("/incidents?show=closed")
    page.get_by_role("link", name=re.compile(key)).wait_for()


def test_an_alert_leads_to_its_incident_and_from_there_back_to_its_rule(tab: Tab, server: Server) -> None:
    key = secrets.token_hex(4)
    which, text = alerted(server, key), "9,100 ms is above 8,000 ms"
    page = tab.open(f"/monitors/{which}")
    page.get_by_role("link", name="its incident").click()
    page.get_by_role("heading", name=re.compile(key), level=1).wait_for()
    alerts = page.get_by_role("region", name="Alerts of this incident")
    alerts.get_by_role("link", name=f"Chat is slow {key}", exact=True).wait_for()
    # A limit is nothing that was expected with so much certainty.
    findings = page.get_by_role("region", name="Findings").get_by_role("row").filter(has_text="latency.p95")
    findings.first.get_by_text("limit").wait_for()
    assert not page.get_by_text("was expected (95 % between").count()
    alerts.get_by_role("link", name=re.compile(text)).click()
    page.get_by_text(f"Chat is slow {key}: {text}").first.wait_for()
    page.get_by_text("Limit", exact=True).wait_for()
    page.get_by_role("link", name="a monitor", exact=True).click()
    page.wait_for_url(re.compile(f"/monitors/{which}"))


def test_a_backtest_is_run_and_read_and_a_finding_leads_to_its_incident(
    tab: Tab, server: Server, incident: tuple[str, str]
) -> None:
    which, key = incident
    page = tab.open("/backtests")
    page.get_by_role("combobox", name="Window").fill("tomorrow")
    page.get_by_role("button", name="Run it").click()
    page.get_by_text('"tomorrow" is not a time').wait_for()
    page.get_by_role("combobox", name="Window").fill("6h")
    page.get_by_role("combobox", name="It looks").click()
    page.get_by_role("option", name="every hour").click()
    page.get_by_role("button", name="Run it").click()
    page.wait_for_url(re.compile("/backtests/backtest_"))
    # With or without incidents, as the company's days were.
    page.get_by_text(re.compile("would have been opened")).first.wait_for()
    job = page.url.rsplit("/", 1)[-1]
    found_by(server, job, key)
    page = tab.open(f"/backtests/{job}")
    page.get_by_text("1 incident would have been opened").wait_for()
    page.get_by_role("figure", name="Incidents over the window").get_by_role("link", name=re.compile(key)).wait_for()
    page.get_by_role("region", name="Incidents of the backtest").get_by_role("link", name=re.compile(key)).click()
    page.get_by_role("heading", name=re.compile(key), level=1).wait_for()
    page.get_by_role("region", name="Runbook").get_by_role("figure").first.wait_for()

    page = tab.open("/findings?measure=error_rate")
    row = page.get_by_role("region", name="Findings").get_by_role("row").filter(has_text=key)
    row.get_by_role("link", name="error_rate").click()
    page.wait_for_url(re.compile(f"/findings/{key}-error_rate"))
    page.get_by_role("figure", name="error_rate around the onset").wait_for()
    page.get_by_role("link", name=re.compile(key)).click()
    page.wait_for_url(re.compile(f"/incidents/{which}"))
    page.get_by_role("region", name="Findings").get_by_role("link", name="latency.avg").first.wait_for()
    page.get_by_role("region", name="Runbook").get_by_role("figure").first.wait_for()


def test_a_monitor_is_tried_on_the_past_switched_on_paused_and_removed(tab: Tab, server: Server) -> None:
    name = f"Calls {secrets.token_hex(3)}"
    page = tab.open("/monitors/new?from=-24h")
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("textbox", name="Limit", exact=True).fill("-1")
    every = page.get_by_role("combobox", name="Every")
    every.fill("1h")
    # Leaves the field, so that what it offers lies over nothing.
    every.press("Tab")
    page.get_by_role("button", name="Try it on the past").click()
    tried = page.get_by_role("region", name="When it would have fired")
    tried.get_by_text(re.compile("It would have fired (once|[0-9]+ times)")).wait_for()
    tried.get_by_role("figure").first.wait_for()
    page.get_by_role("button", name="Switch it on").click()
    page.wait_for_url(re.compile("/monitors/monitor_"))
    page.get_by_role("heading", name=name, level=1).wait_for()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Resume").wait_for()
    made = [one for one in json.loads(server.get("/api/v1/monitors").body)["items"] if one["name"] == name]
    assert [(one["paused"], one["settings"]["limit"], one["every"]) for one in made] == [(True, -1, "1h")]
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    page.wait_for_url(re.compile("/monitors$"))
    page.get_by_role("link", name=name).wait_for(state="detached")


def test_what_a_monitor_lacks_is_told_where_it_is_tried(tab: Tab) -> None:
    page = tab.open("/monitors/new")
    page.get_by_role("button", name="Try it on the past").click()
    page.get_by_role("alert").get_by_text("threshold needs the setting 'limit'").wait_for()
