"""How often metrics of GPUs and model servers open an incident where nothing is wrong.

    .venv/bin/python benchmarks/quiet_machines.py [--worlds 10] [--days 8] [--first 1]

Each world is a fleet in which nothing breaks: GPUs and queues with the rhythm of offices (and of a weekend), readings that
are noisy and correlated, queues that fill at every day's peak, a host that restarts twice (a hole of ten minutes, counters
from 0, memory that fills again), old errors a counter still tells of, a model that moves to another host's memory. What
one minute's readings say is made here as `query.series_gauges` sums it up; sweep and groups are those of detection. Prints
what opened, and how far the rest was from it: an incident needs 0.
"""

import argparse
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nervure.act.detective import Detective
from nervure.base.clock import parse_iso
from nervure.detect import sweep
from nervure.detect.series import Frame, frame_of
from nervure.model.finding import Finding
from nervure.model.incident import Diagnosis
from nervure.query.series import Cells

Floats = NDArray[np.float64]
MINUTE_NS, DAY_M = 60 * 10**9, 1440
STEP_M, SERVERS = 5, 8
# Share of its servers a model keeps busy at the peak of a usual weekday.
PEAKS = (0.5, 0.65, 0.75, 0.85)
HOSTS = 6
FIRST_DAY = "2026-11-02T00:00:00Z"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=10)
    parser.add_argument("--days", type=int, default=8)
    parser.add_argument("--first", type=int, default=1, help="first seed; worlds begin on different weekdays")
    asked = parser.parse_args()
    opened = 0
    for seed in range(asked.first, asked.first + asked.worlds):
        frame = frame_of(list(fleet(seed, asked.days)))
        incidents, nearest, margin = watch(frame)
        opened += len(incidents)
        print(f"world {seed}: {len(frame.series)} series, nearest to an alarm {margin:.1f} ({nearest})", flush=True)
        for one in incidents:
            print(f"  opened: {one}")
    print(f"{opened} incidents in {asked.worlds * asked.days} days")


def watch(frame: Frame) -> tuple[list[str], str, float]:
    """(incidents, the alarm-free series that came nearest to an alarm, its log evidence less what an alarm needs)."""
    state = sweep.begin(frame.series, STEP_M * 60)
    detective = Detective.of("default", frame.series, frame.parents, frame.strata, state, _plain)
    nearest, margin = "", -np.inf
    first, last = int(frame.bucket[0]), int(frame.bucket[-1]) + 1
    need = np.log(sweep.FALSE_ALARM_DAYS * DAY_M / STEP_M * 2 * len(frame.series))
    for bucket, cell in frame.steps(first, last):
        detective.step(bucket, cell)
        told = np.where(detective.sweep.allowed, sweep.mixed(state.log_r), -np.inf)
        told[[not one.watched.opens for one in frame.series]] = -np.inf
        told[list(state.alarms)] = -np.inf
        place = int(told.max(axis=1).argmax())
        if told[place].max() - need > margin:
            nearest, margin = frame.series[place].key, float(told[place].max() - need)
    return [f"{one.incident.diagnosis.title}" for one in detective.cases.values()], nearest, margin


def _plain(findings: Sequence[Finding], as_of_ns: int) -> Diagnosis:
    first = findings[0]
    title = f"{first.measure} {first.direction} {first.observed:.3g} (expected {first.expected:.3g}) {first.scope}"
    return Diagnosis("unknown", "unknown", 0.0, "medium", (dict(first.scope),), title, "")


def fleet(seed: int, days: int) -> Iterator[Cells]:
    """The cells of each metric over some days from midnight on."""
    rng = np.random.default_rng([seed, 7])
    begin = parse_iso(FIRST_DAY) // MINUTE_NS + seed % 7 * DAY_M
    minutes = begin + np.arange(days * DAY_M)
    models, hosts = [f"model-{place}" for place in range(len(PEAKS))], [f"gpu-{place}" for place in range(HOSTS)]
    load = np.array([peak * _rhythm(minutes, rng) for peak in PEAKS])
    queues = np.array([_queue(rng, one) for one in load])
    waits = (queues >= 1).astype(float)
    yield _cells("vllm:num_requests_waiting", "model", models, minutes, {"value": queues, "waits": waits})
    cache = np.clip(load + 0.1 + _wander(rng, load.shape, 0.05), 0, 1)
    yield _cells("vllm:kv_cache_usage_perc", "model", models, minutes, {"value": cache})
    up = np.array([_up(rng, len(minutes), place == 0) for place in range(HOSTS)])
    busy = np.array([load[place % len(PEAKS)] for place in range(HOSTS)])
    util = np.clip(100 * busy + _wander(rng, busy.shape, 8.0), 0, 100) * (up > 5)
    yield _cells("DCGM_FI_DEV_GPU_UTIL", "host", hosts, minutes, {"value": np.where(up > 0, util, np.nan)})
    used = 60_000 * np.minimum(1.0, up / 15) * (1 + 0.02 * rng.standard_normal(up.shape))
    # For half of each day another model is loaded, which needs less.
    used[1, (minutes // (DAY_M // 2)) % 2 == 0] *= 0.6
    filled = np.log(np.maximum(used, 1.0))
    yield _cells("DCGM_FI_DEV_FB_USED", "host", hosts, minutes, {"value": np.where(used > 0, filled, np.nan)})
    # A counter of errors that happened long ago: one host still tells of them until it restarts, another for ever.
    old = np.zeros(up.shape)
    old[0, : int(np.argmin(up[0] > 0)) or None] = 1.0
    old[2] = 1.0
    yield _cells("DCGM_FI_DEV_ECC_DBE_AGG_TOTAL", "host", hosts, minutes, {"value": np.where(up > 0, old, np.nan)})
    none = np.where(up > 0, 0.0, np.nan)
    yield _cells("DCGM_FI_DEV_XID_ERRORS", "host", hosts, minutes, {"value": none})


def _rhythm(minutes: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Load against the peak of a usual weekday: two peaks, less at weekends, days that differ by some percent."""
    hour = minutes % DAY_M / 60
    day = 0.35 + 0.65 * np.exp(-(((hour - 10) / 2.6) ** 2)) + 0.55 * np.exp(-(((hour - 15.5) / 2.8) ** 2))
    number = minutes // DAY_M
    factor = dict(zip(np.unique(number).tolist(), rng.normal(1, 0.04, len(np.unique(number))), strict=True))
    weekend = np.where((number + 3) % 7 >= 5, 0.65, 1.0)
    return np.asarray(day / day.max() * weekend * np.array([factor[one] for one in number.tolist()]))


def _wander(rng: np.random.Generator, shape: tuple[int, ...], sd: float) -> Floats:
    """Noise of which half stays for some twenty minutes (AR(1), 0.95 a minute)."""
    slow, made = rng.standard_normal(shape[:-1]), np.zeros(shape)
    for place in range(shape[-1]):
        slow = 0.95 * slow + np.sqrt(1 - 0.95**2) * rng.standard_normal(shape[:-1])
        made[..., place] = slow
    return np.asarray(sd * (made + rng.standard_normal(shape)) / np.sqrt(2))


def _queue(rng: np.random.Generator, load: Floats) -> Floats:
    """Mean number that waits in a minute: of M/M/c about rho^sqrt(2(c+1)) / (1 - rho) (Sakasegawa 1977), in bursts."""
    rho = np.clip(load * np.exp(_wander(rng, load.shape, 0.05)), 0.0, 0.97)
    mean = rho ** np.sqrt(2 * (SERVERS + 1)) / (1 - rho)
    # Four readings a minute of a number whose variance is some times its mean.
    return np.asarray(rng.negative_binomial(1.5, 1.5 / (1.5 + mean), (4, len(mean))).mean(axis=0))


def _up(rng: np.random.Generator, count: int, restarts: bool) -> Floats:
    """Minutes since a host began; 0 while it is away."""
    made = np.full(count, 1e6)
    if restarts:
        for at in rng.integers(2 * DAY_M, count - DAY_M, 2).tolist():
            made[at:] = np.arange(count - at)
            made[at : at + 10] = 0
    return made


def _cells(metric: str, by: str, names: Sequence[str], minutes: NDArray[np.int64], values: dict[str, Floats]) -> Cells:
    """values: [scopes, minutes]; nan: no reading."""
    buckets = minutes.reshape(-1, STEP_M)[:, 0] // STEP_M
    scope = np.repeat(np.arange(len(names)), len(buckets))
    made = Cells(f"gauge:{metric}", [{by: name} for name in names], np.tile(buckets, len(names)), scope)
    for name in ("value", "waits"):
        given = values.get(name, np.full(values["value"].shape, np.nan)).reshape(len(names), -1, STEP_M)
        made.n[name] = (~np.isnan(given)).sum(axis=2).ravel().astype(float)
        made.total[name] = np.nansum(given, axis=2).ravel()
        made.squares[name] = np.nansum(given**2, axis=2).ravel()
    return made


if __name__ == "__main__":
    main()
