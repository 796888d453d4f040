"""Small synthetic telemetry as the store would sum it up: seeded, with changes put in at known times."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from nervure.detect.series import Frame, frame_of
from nervure.query.series import Cells

STEP_S, PER_DAY = 300, 288
FIRST = 5_900_000 // PER_DAY * PER_DAY
SERVICES = ("chat", "search")
TENANTS = ("ada", "bob", "cleo")


@dataclass
class Change:
    """What is different in buckets [first, last) of a service's (and tenant's) traffic."""

    first: int
    last: int
    service: str
    tenant: str = ""
    errors: float = 0.0
    slower: float = 0.0
    volume: float = 1.0


@dataclass
class Synthetic:
    days: int = 4
    rate: float = 6.0
    seed: int = 1
    changes: Sequence[Change] = ()
    load: Callable[[int], float] = field(default=lambda bucket: 1.0)

    def frame(self) -> Frame:
        """Traces of two services and three tenants: errors 1 %, latencies lognormal."""
        random = np.random.default_rng(self.seed)
        scopes = [{"service": service} for service in SERVICES]
        scopes += [{"service": service, "tenant": tenant} for service in SERVICES for tenant in TENANTS]
        scopes += [{"tenant": tenant} for tenant in TENANTS] + [{}]
        rows: dict[tuple[int, int], list[np.ndarray]] = {}
        for bucket in range(self.days * PER_DAY):
            for service in SERVICES:
                for tenant in TENANTS:
                    found = self._traces(random, bucket, service, tenant)
                    if found is None:
                        continue
                    for scope in ({"service": service}, {"service": service, "tenant": tenant}, {"tenant": tenant}, {}):
                        rows.setdefault((bucket, scopes.index(scope)), []).append(found)
        return frame_of([_cells(rows, scopes)])

    def _traces(self, random: np.random.Generator, bucket: int, service: str, tenant: str) -> np.ndarray | None:
        """(n, errors, sum and squares of log latency)."""
        here = [
            one
            for one in self.changes
            if one.first <= bucket < one.last and one.service == service and one.tenant in ("", tenant)
        ]
        volume = float(np.prod([one.volume for one in here]))
        n = int(random.poisson(self.rate * self.load(bucket) * volume))
        if not n:
            return None
        rate = 0.01 + sum(one.errors for one in here)
        level = (7.0 if service == "chat" else 5.0) + sum(one.slower for one in here)
        latency = random.normal(level, 0.5, n)
        return np.array([n, random.binomial(n, rate), latency.sum(), (latency**2).sum()], np.float64)


def _cells(rows: dict[tuple[int, int], list[np.ndarray]], scopes: list[dict[str, str]]) -> Cells:
    keys = sorted(rows)
    summed = np.array([np.sum(rows[key], axis=0) for key in keys])
    cells = Cells("trace", scopes, np.array([FIRST + key[0] for key in keys]), np.array([key[1] for key in keys]))
    cells.n = {"error": summed[:, 0], "latency": summed[:, 0]}
    cells.total = {"error": summed[:, 1], "latency": summed[:, 2]}
    cells.squares = {"error": summed[:, 1], "latency": summed[:, 3]}
    return cells
