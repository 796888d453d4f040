"""Promises and limits: an SLO is tried on the past, kept, seen and removed; a budget of each team; a channel."""

import json
import re
import secrets

from tests.browser.conftest import Tab
from tests.release.server import Server


def test_an_slo_is_tried_on_the_past_kept_seen_and_removed(tab: Tab) -> None:
    name = f"Answers {secrets.token_hex(3)}"
    page = tab.open("/slos")
    page.get_by_role("button", name="New SLO").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Name").fill(name)
    form.get_by_role("textbox", name="Target").fill("99.9")
    form.get_by_role("button", name="Try on the last 8 days").click()
    trial = form.get_by_role("region", name="On the last 8 days")
    trial.get_by_text("promised: 99.9 % without an error, over 28 days").wait_for()
    trial.get_by_text(re.compile("would have fired")).first.wait_for()
    form.get_by_role("button", name="Promise it").click()
    page.wait_for_url(re.compile("/slos/slo_"))
    page.get_by_role("heading", name=name, level=1).wait_for()
    page.get_by_role("region", name="Alerts", exact=True).get_by_text("1 hour and 5 minutes").wait_for()
    page.get_by_role("figure", name="Share of the error budget that was left").wait_for()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    page.wait_for_url(re.compile("/slos$"))
    page.get_by_role("link", name=name).wait_for(state="detached")


def test_what_an_slo_lacks_is_told_in_its_form(tab: Tab) -> None:
    page = tab.open("/slos")
    page.get_by_role("button", name="New SLO").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Name").fill("wrong")
    form.get_by_role("combobox", name="A good answer").click()
    page.get_by_role("option", name="Matches a filter").click()
    form.get_by_role("button", name="Promise it").click()
    form.get_by_role("alert").get_by_text("needs good, a filter of the good events").wait_for()


def test_each_team_has_a_budget(tab: Tab, server: Server) -> None:
    name = f"Each {secrets.token_hex(3)}"
    page = tab.open("/budgets")
    page.get_by_role("button", name="New budget").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Name").fill(name)
    form.get_by_role("textbox", name="Limit").fill("40")
    form.get_by_role("combobox", name="Scope").click()
    page.get_by_role("option", name="team").click()
    form.get_by_role("button", name="Limit it").click()
    panel = page.get_by_role("region", name=name, exact=True)
    panel.get_by_role("link", name="team: customer-care").wait_for()
    made = [one for one in json.loads(server.get("/api/v1/budgets").body)["items"] if one["name"] == name]
    assert [(one["limit_usd"], one["scope"]) for one in made] == [(40.0, {"team": "*"})]
    panel_of_it = (
        page.locator("section, div").filter(has=page.get_by_role("heading", name=re.compile(f"^{name}:"))).last
    )
    panel_of_it.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    page.get_by_text(re.compile(f"^{name}:")).wait_for(state="detached")
