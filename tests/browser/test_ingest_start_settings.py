"""The ledger, getting started, settings, sign-in, and the palette, as people use them."""

import json
import re
import secrets
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Tab
from tests.release.server import Server

ADMIN = "an-admin-key-of-some-length"


def post(server: Server, path: str, body: bytes, content_type: str = "application/json", project: str = "") -> int:
    headers = {"content-type": content_type} | ({"x-nervure-project": project} if project else {})
    request = urllib.request.Request(f"{server.url}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def send_span(
    server: Server, project: str, attributes: dict[str, str], resource: dict[str, Any] | None = None
) -> tuple[str, str]:
    """One span sent now; its trace and span id."""
    trace, span, now = secrets.token_hex(16), secrets.token_hex(8), str(time.time_ns())
    told = {"service.name": "tried-out", **(resource or {})}

    def pairs(values: dict[str, Any]) -> list[dict[str, Any]]:
        kind = {str: "stringValue", bool: "boolValue"}
        return [{"key": key, "value": {kind[type(value)]: value}} for key, value in values.items()]

    one = {"traceId": trace, "spanId": span, "name": "generate", "startTimeUnixNano": now, "endTimeUnixNano": now,
           "attributes": pairs(attributes)}  # fmt: skip
    request = {"resourceSpans": [{"resource": {"attributes": pairs(told)}, "scopeSpans": [{"spans": [one]}]}]}
    assert post(server, "/v1/traces", json.dumps(request).encode(), project=project) == 200
    return trace, span


def in_project(tab: Tab, name: str) -> None:
    tab.context.add_init_script(f"localStorage.setItem('nervure.project', {json.dumps(name)})")


def test_the_ledgers_equation_holds_and_leads_to_the_senders_spans(tab: Tab) -> None:
    page = tab.open("/ingest?from=-3d")
    equation = page.get_by_test_id("equation")
    equation.wait_for()
    received, stored, refused, dropped = (
        int(text.replace(",", "")) for text in equation.locator("[class*=value]").all_inner_texts()
    )
    assert received == stored + refused + dropped > 10_000
    assert "Everything is accounted for" in equation.inner_text()
    row = page.locator('[role="row"]', has_text="support-chat").filter(has_text="otel_genai").first
    row.get_by_role("link").click()
    page.wait_for_url(re.compile(r"/traces\?"))
    assert "support-chat" in page.url
    assert "level=spans" in page.url
    page.go_back()
    page.get_by_test_id("equation").wait_for()
    assert "from=-3d" in page.url


def test_what_was_refused_is_told_with_what_to_do(tab: Tab, server: Server) -> None:
    assert post(server, "/v1/traces", b"x", "text/plain") == 415
    page = tab.open("/ingest")
    page.get_by_text("Refused, and why").wait_for()
    assert "Content-Type 'text/plain' is not served here" in page.locator("main").inner_text()
    assert "Choose the exporter's protocol" in page.locator("main").inner_text()


def test_the_snippet_works_as_it_is_copied_and_the_page_sees_its_span(tab: Tab) -> None:
    if not all(map(shutil.which, ("bash", "curl", "openssl"))):
        pytest.skip("the snippet needs bash, curl and openssl")
    in_project(tab, "first-steps")
    page = tab.open("/start?sdk=curl")
    page.get_by_text("Waiting for the first telemetry").wait_for()
    page.get_by_role("button", name="Copy Send one call of a model").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "x-nervure-project: first-steps" in copied
    subprocess.run(["bash", "-c", copied], check=True, capture_output=True, timeout=30)
    arrived = page.get_by_test_id("arrived")
    arrived.wait_for()
    assert "It works: “my-app” is here." in arrived.inner_text()
    assert "1 span read as otel_genai" in arrived.inner_text()
    arrived.get_by_role("link", name="Open its trace").click()
    page.wait_for_url(re.compile(r"/traces/[0-9a-f]{32}"))
    page.get_by_text("Hello!").first.wait_for()
    page.go_back()
    page.get_by_role("heading", name="curl: one span by hand").wait_for()


def test_a_clients_page_says_what_works_as_the_tests_showed_it(tab: Tab) -> None:
    held = json.loads((Path(__file__).parents[2] / "docs" / "clients" / "support.json").read_text())
    for client in ("aws", "litellm", "prometheus"):
        page = tab.open(f"/start?sdk={'litellm-logger' if client == 'litellm' else client}")
        works = page.get_by_role("list", name="Works", exact=True)
        works.wait_for()
        assert works.get_by_role("listitem").all_inner_texts() == sorted(held[client]["supported"])
        missing = page.get_by_role("list", name="Does not work")
        assert missing.get_by_role("listitem").count() == len(held[client]["missing"])
        assert "http://127.0.0.1:" in page.locator("main").inner_text()


def test_demo_data_is_marked_and_removed_after_a_question(tab: Tab, server: Server) -> None:
    send_span(server, "tryout", {}, {"nervure.demo": True})
    in_project(tab, "tryout")
    page = tab.open("/ingest")
    page.get_by_text("You are looking at a simulated company.").wait_for()
    page.get_by_role("link", name="Send your own telemetry").click()
    page.get_by_role("button", name="Remove demo data").click()
    dialog = page.get_by_role("dialog")
    assert "deleted from the project “tryout”" in dialog.inner_text()
    dialog.get_by_role("button", name="Remove").click()
    page.get_by_text("1 demo spans are gone").wait_for()
    page.get_by_role("button", name="Remove demo data").wait_for(state="detached")
    told = urllib.request.Request(f"{server.url}/api/v1/demo", headers={"x-nervure-project": "tryout"})
    with urllib.request.urlopen(told, timeout=30) as answer:
        assert json.load(answer)["spans"] == 0


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that asks for keys."""
    running = Server(tmp_path_factory.mktemp("guarded") / "data", auth="true", admin_key=ADMIN).start()
    yield running
    running.stop()


def test_keys_let_in_show_their_secret_once_and_end(
    browser: Any, guarded: Server, axe: Callable[[Any], list[str]]
) -> None:
    admin, reader = Tab(browser, guarded.url), Tab(browser, guarded.url)
    page = admin.open("/settings/keys")
    page.get_by_role("heading", name="Nervure asks for a key").wait_for()
    assert axe(page) == []
    page.get_by_label("API key").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_text("Nobody knows this key").wait_for()
    page.get_by_label("API key").fill(ADMIN)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("dashboards")
    dialog.get_by_label(re.compile("^read")).check()
    dialog.get_by_label(re.compile("^send")).uncheck()
    dialog.get_by_role("button", name="Make key").click()
    secret = page.get_by_test_id("secret").inner_text().strip()
    page.get_by_role("button", name="I have it").click()
    row = page.get_by_role("row", name=re.compile("dashboards"))
    row.wait_for()
    assert secret not in page.content()

    other = reader.open("/settings/projects")
    other.get_by_label("API key").fill(secret)
    other.keyboard.press("Enter")
    other.get_by_role("heading", name="Settings").wait_for()
    # What the key may not do cannot be pressed, and says why.
    button = other.get_by_role("button", name="New project")
    button.hover()
    other.get_by_text("it needs the right “admin”").wait_for()

    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    page.get_by_text("“dashboards” is revoked").wait_for()
    other.reload()
    other.get_by_text("The key this browser holds is not accepted any more.").wait_for()
    for tab in (admin, reader):
        tab.context.close()
        tab.check()


MAPPING = """[mapping]
name = "tried"
[mapping.when]
attributes = ["tried.*"]
[[rule]]
field = "kind"
keys = ["tried.type"]
values = { GEN = "llm" }
[[rule]]
field = "request_modle"
keys = ["tried.model"]
"""


def test_a_mapping_is_corrected_tried_on_a_span_and_kept(tab: Tab, server: Server) -> None:
    trace, span = send_span(server, "mapped", {"tried.type": "GEN", "tried.model": "own-large"})
    in_project(tab, "mapped")
    page = tab.open(f"/settings/mappings/~new?trace={trace}&span={span}")
    editor = page.get_by_label("Text of the mapping")
    editor.fill(MAPPING)
    page.get_by_role("button", name="Try it").click()
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "Line 9" in alert.inner_text()
    assert "did you mean 'request_model'?" in alert.inner_text()
    editor.fill(MAPPING.replace("modle", "model"))
    page.get_by_role("button", name="Try it").click()
    page.get_by_text(re.compile(r"The mapping applies and changes \d fields")).wait_for()
    fields = page.get_by_role("region", name="Fields of the span")
    assert "own-large" in fields.get_by_role("row", name=re.compile("request_model")).inner_text()
    page.get_by_role("button", name="Save and put in force").click()
    page.wait_for_url(re.compile(r"/settings/mappings/tried"))
    page.get_by_role("link", name="All mappings").click()
    row = page.get_by_role("row", name=re.compile("tried"))
    assert "in force" in row.inner_text()
    row.get_by_role("button", name="Turn off").click()
    page.get_by_role("row", name=re.compile("tried")).get_by_text("off", exact=True).wait_for()


def test_a_price_is_tried_written_and_deleted(tab: Tab) -> None:
    page = tab.open("/settings/prices?model=house-model")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Input", exact=True).fill("2")
    dialog.get_by_label("Output", exact=True).fill("4")
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("region", name="Your prices").get_by_role("row", name=re.compile("house-model"))
    row.wait_for()
    assert "$2 input, $4 output per million tokens" in row.inner_text()
    page.get_by_role("button", name="Price it").click()
    explanation = page.get_by_test_id("explanation")
    explanation.wait_for()
    # 1,000 x $2 + 500 x $4 per million
    assert "$0.004" in explanation.inner_text()
    row.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text("No prices of your own").wait_for()


def test_shortening_retention_says_what_it_deletes_before_it_does(tab: Tab) -> None:
    page = tab.open("/settings/retention")
    page.get_by_role("row", name=re.compile("^spans")).get_by_role("button", name="Change").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Keep for").fill("1")
    dialog.get_by_text(re.compile(r"Saving this deletes [\d,]+ of [\d,]+ spans")).wait_for()
    assert dialog.get_by_role("button", name="Save and delete").is_visible()
    dialog.get_by_role("button", name="Cancel").click()


def test_the_palette_finds_by_keyboard_alone(tab: Tab, server: Server, axe: Callable[[Any], list[str]]) -> None:
    trace = json.loads(server.get("/api/v1/traces?limit=1&from=-3d").body)["items"][0]["trace_id"]
    page = tab.open("/ingest")
    page.keyboard.press("ControlOrMeta+k")
    field = page.get_by_role("combobox", name="Search and jump")
    field.wait_for()
    page.keyboard.type("support-c")
    page.get_by_role("option", name=re.compile("support-chat.*service")).wait_for()
    assert axe(page) == []
    page.keyboard.press("Escape")
    field.wait_for(state="detached")
    page.keyboard.press("ControlOrMeta+k")
    field.wait_for()
    # As copied from a header of a request.
    page.keyboard.insert_text(f"00-{trace}-{'1' * 16}-01")
    page.get_by_role("option", name=re.compile("spans?, ")).first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(trace))
    # Fingers do not wait for the dialog.
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("retent")
    page.get_by_role("option", name=re.compile("^Retention"), selected=True).wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/settings/retention"))


def test_shortcuts_are_listed_and_jump(tab: Tab) -> None:
    page = tab.open("/settings/about")
    page.get_by_role("heading", name="Server").wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").get_by_text("Ingest").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url(re.compile("/ingest"))


def test_an_unknown_section_leads_to_the_first(tab: Tab) -> None:
    page = tab.open("/settings")
    page.wait_for_url(re.compile("/settings/projects"))
