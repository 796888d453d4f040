"""The dashboards that come with Nervure, asked of the simulated company."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from prometheus_client import CollectorRegistry
from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.base.clock import FixedClock, SystemClock, parse_iso
from nervure.base.ids import RandomIds
from nervure.base.settings import Settings
from nervure.catalog.repositories.dashboards import shipped
from nervure.demo.simulation import Plan, backfill
from nervure.model.dashboard import Dashboard, Widget
from nervure.query.dashboards import check_dashboard, fill_query
from nervure.receive.doors import Doors
from nervure.serve.build import build

DAY_NS = 86_400 * 10**9
# A Wednesday evening: on a Sunday some of what is rare does not happen at all.
NOW_NS = parse_iso("2026-11-18T18:00:00Z")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A day of the simulated company at a third of its traffic, sent over OTLP."""
    with ExitStack() as closing:
        clock = FixedClock(NOW_NS)
        settings = Settings(data=tmp_path_factory.mktemp("company"), fsync=False)
        works = build(settings, clock, RandomIds(), closing)
        works.start()
        house = works.house
        doors = Doors(works.pipeline, house.intake, house.catalog.keys, settings, clock, CollectorRegistry())
        closing.callback(doors.close)
        client = TestClient(doors.http(create_app(house)))
        for _, (path, body, _) in backfill(Plan(scale=0.35), NOW_NS - DAY_NS, NOW_NS):
            client.post(path, content=body, headers={"content-type": "application/x-protobuf"}).raise_for_status()
        yield client


EVERY = [(one, widget) for one in shipped() for widget in one.spec.widgets]


@pytest.mark.parametrize("one", shipped(), ids=lambda one: one.id)
def test_a_shipped_dashboard_is_whole_and_its_widgets_do_not_overlap(one: Dashboard) -> None:
    check_dashboard(one.spec, SystemClock().now_ns())
    taken: set[tuple[int, int]] = set()
    for widget in one.spec.widgets:
        place = widget.layout
        cells = {(x, y) for x in range(place.x, place.x + place.w) for y in range(place.y, place.y + place.h)}
        assert not cells & taken, widget.title
        taken |= cells
    assert len(one.spec.widgets) >= 8
    assert one.description


@pytest.mark.parametrize(("one", "widget"), EVERY, ids=[f"{one.id}: {widget.title}" for one, widget in EVERY])
def test_a_shipped_widget_shows_something_of_the_company(company: TestClient, one: Dashboard, widget: Widget) -> None:
    chosen = {variable.name: variable.default for variable in one.spec.variables}
    for asked in widget.queries:
        query = fill_query(asked.query, one.spec.variables, chosen).json()
        answer = company.post("/api/v1/query", json={**query, "from": "-24h", "to": "now"})
        assert answer.status_code == 200, answer.text
        values = [point["value"] for series in answer.json()["series"] for point in series["points"]]
        assert any(value is not None for value in values)
