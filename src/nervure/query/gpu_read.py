"""Reads what metrics tell of GPUs and what calls say of where they ran; which GPUs a scope's calls ran on."""

from collections.abc import Mapping
from dataclasses import dataclass

from nervure.base.errors import QueryError
from nervure.model.gpu import GpuOrigin
from nervure.query.gpu_places import Machines, Series, labels_of, machines_of, match
from nervure.query.gpu_sql import MOST_SERIES, Span, origins_sql, series_sql
from nervure.query.runner import Runner
from nervure.query.slices import Reach
from nervure.store.rows.values import load, text_of

# Of a scope, what a call itself says; the rest its trace says, and that is not looked at here.
OWN = ("service", "environment", "provider", "model", "region")
WINDOW_NS = 60 * 10**9


@dataclass(frozen=True, slots=True)
class GpuHosts:
    """near: names of the hosts on which a scope's calls ran. elsewhere: GPU hosts they did not run on, as metrics write them."""

    near: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


def read_machines(runner: Runner, span: Span) -> Machines:
    """Places of GPUs. Raises QueryError when there are too many series."""
    found = _read_series(runner, span)
    if len(found) > MOST_SERIES:
        raise QueryError(f"more than {MOST_SERIES:,} series of GPUs and model servers: ask for a shorter range")
    return machines_of(found)


def read_origins(runner: Runner, span: Span, scope: Mapping[str, str] | None = None) -> list[GpuOrigin]:
    """What calls say of where they ran, most frequent first. scope: of calls with these values."""
    return [
        GpuOrigin(
            int(key), pod, tuple(one for one in (host, node) if one), address, model, region, bool(priced), int(n)
        )
        for key, pod, host, node, address, model, region, priced, n in runner.query(origins_sql(span, scope or {})).rows
    ]


def read_gpu_hosts(runner: Runner, reach: Reach, scope: Mapping[str, str]) -> GpuHosts:
    """Where the calls of a scope ran after an onset.

    Nothing is said where nobody knows: no GPUs, calls that match none, or more series than can be matched.
    """
    after = next(one for one in reach.periods if one.name == "after")
    span = Span(runner.project, after.from_ns, min(after.to_ns, reach.as_of_ns), WINDOW_NS, reach.table)
    series = _read_series(runner, span)
    if not 0 < len(series) <= MOST_SERIES:
        return GpuHosts()
    machines = machines_of(series)
    origins = read_origins(runner, span, {name: scope[name] for name in OWN if name in scope})
    near = {at for one in origins for at in match(one, machines.places).places}
    if not near and not (origins and all(one.is_vendors for one in origins)):
        return GpuHosts()
    return GpuHosts(
        tuple(sorted({machines.places[at].host for at in near})),
        tuple(sorted(host for host, places in machines.hosts.items() if host and not places & near)),
    )


def _read_series(runner: Runner, span: Span) -> list[Series]:
    return [
        Series(int(number), str(name), labels_of(dict(attributes), load(text_of(resource)) if resource else {}))
        for number, name, attributes, resource in runner.query(series_sql(span)).rows
    ]
