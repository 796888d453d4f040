"""What `nervure demo` tells besides telemetry: recorded changes, what an hour of a GPU costs, a queue with answers of two reviewers, incidents of the past.

All over the public API; what it made it notes, so that removing the demo data takes it away too.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from typing import Any
from urllib.parse import quote

from rich.console import Console

from nervure.base.clock import iso, parse_iso
from nervure.base.errors import Busy, NervureError
from nervure.client.http import Http
from nervure.demo import gauges, people
from nervure.demo.mishaps import HOUR_NS, changes
from nervure.demo.simulation import Plan

CONNECTIONS = 8
PAGE, MOST_SCORES = 1000, 4000
# An incident belongs to a mishap when it began with it, or soon after its end.
SLACK_NS = 2 * HOUR_NS
BACKTEST_STEP = "5m"
LOOK_S = 1.0
WAITS_S = (1.0, 3.0, 10.0)


class Story:
    """Of a plan without mishaps there is nothing to tell."""

    def __init__(self, http: Http, plan: Plan, console: Console) -> None:
        self._http, self._plan, self._console = http, plan, console
        self._backtest = ""
        self._pause = Event()
        self._telling = Thread(target=self._tell, daemon=True)

    def begin(self) -> None:
        """Tells all but the incidents, and asks the server to look for these; the live traffic need not wait for it."""
        if self._plan.mishaps:
            self._telling.start()

    def _tell(self) -> None:
        # What is refused, e.g. for want of a right, is said and left out.
        try:
            self._tell_changes()
            self._tell_prices()
            self._tell_reviews()
            self._ask_for_incidents()
        except NervureError as error:
            self._console.print(f"the demo has no reviews or incidents of the past: {error}", markup=False)

    def look(self) -> bool:
        """Keeps the incidents once they are found. True: there is nothing to wait for."""
        if self._telling.is_alive():
            return False
        if not self._backtest:
            return True
        try:
            job = self._http.get(f"/api/v1/backtests/{self._backtest}")
            if job["state"] in ("waiting", "running"):
                return False
            if job["state"] == "done":
                self._keep()
            else:
                self._console.print(f"no incidents of the past: the backtest is {job['state']} {job['error']}")
        except Busy:
            return False
        except NervureError as error:
            self._console.print(f"no incidents of the past: {error}", markup=False)
        self._backtest = ""
        return True

    def wait(self) -> None:
        """Until the incidents are kept."""
        while not self.look():
            self._pause.wait(LOOK_S)

    def _tell_changes(self) -> None:
        made = [self._http.post("/api/v1/changes", one)["id"] for one in changes(self._plan.mishaps)]
        self._note(changes=made)

    def _tell_prices(self) -> None:
        place = f"/api/v1/gpu/prices/{quote(gauges.PRICE_NAME, safe='')}"
        self._note(gpu_prices=[self._http.request("PUT", place, gauges.PRICE)["id"]])

    def _tell_reviews(self) -> None:
        scores: list[Mapping[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None and len(scores) < MOST_SCORES:
            page = self._http.get("/api/v1/scores", name=people.SCORE, target_type="span", limit=PAGE, cursor=cursor)
            scores, cursor = [*scores, *page["items"]], page["next_cursor"]
        targets = people.chosen(scores, self._plan.seed)
        if not targets:
            return
        queue = self._http.post("/api/v1/annotations/queues", people.QUEUE)["id"]
        self._note(queues=[queue])
        items = [
            {"trace_id": one["trace_id"], "span_id": one["target_id"], "reason": "drawn at random"} for one in targets
        ]
        place = f"/api/v1/annotations/queues/{queue}/items"
        made = self._http.post(place, {"items": items, "origin": "rule"})["items"]
        said = {(one["trace_id"], one["target_id"]): one["value"] for one in targets}

        def answer(reviewer: people.Reviewer, number: int) -> None:
            item = made[number]
            values = people.verdict(reviewer, number, said[item["trace_id"], item["span_id"]], self._plan.seed)
            body = {"values": values, "annotator": reviewer.name}
            self._patiently(f"/api/v1/annotations/items/{item['id']}/answer", body)

        with ThreadPoolExecutor(CONNECTIONS) as pool:
            given = [
                pool.submit(answer, reviewer, number)
                for reviewer in people.REVIEWERS
                for number in range(int(len(made) * reviewer.share))
            ]
            for one in given:
                one.result()
        self._console.print(f"{len(given)} answers of {len(people.REVIEWERS)} simulated reviewers to {len(made)} items")

    def _patiently(self, path: str, body: Any) -> None:
        """What counts once however often it is sent, while the server asks for patience."""
        for wait_s in WAITS_S:
            try:
                self._http.post(path, body)
                return
            except Busy:
                self._pause.wait(wait_s)
        self._http.post(path, body)

    def _ask_for_incidents(self) -> None:
        first_ns = min(one.onset_ns for one in self._plan.mishaps) - HOUR_NS
        window = {"from": iso(first_ns), "step": BACKTEST_STEP}
        self._backtest = self._http.post("/api/v1/backtests", window)["id"]
        self._console.print("detection looks through the history; what it finds stands on the incidents page soon")

    def _keep(self) -> None:
        """Those that have to do with the mishaps: of the rest nobody could say whether it was true."""
        found = self._http.get(f"/api/v1/backtests/{self._backtest}/incidents")["items"]
        ids = [one["id"] for one in found if one["status"] == "closed" and self._belongs(one)]
        kept = self._http.post(f"/api/v1/backtests/{self._backtest}/keep", {"incidents": ids})["kept"]
        self._note(incidents=kept)
        self._console.print(f"{len(kept)} incidents of the past")

    def _belongs(self, incident: Mapping[str, Any]) -> bool:
        opened_ns = parse_iso(incident["opened_at"])
        named = {value for place in incident["scope"] for value in place.values()}
        return any(
            one.onset_ns <= opened_ns < one.end_ns + SLACK_NS and named & one.touches for one in self._plan.mishaps
        )

    def _note(self, **made: list[str]) -> None:
        self._http.post("/api/v1/demo/made", made)
