"""How much traffic a scope has: on average, or in one hour."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

from nervure.demo.rhythm import Rhythm
from nervure.demo.world.cast import ENVIRONMENTS, App, Cast

STAGING_SHARE = 0.06
# Part of an agent's traces that call one tool at least once.
TOOL_SHARE = 0.45


@lru_cache(maxsize=4096)
def pace(rhythm: Rhythm, hour: int) -> float:
    """Traffic of one hour (since the epoch) as a multiple of the weekly average."""
    at = datetime.fromtimestamp(hour * 3600, UTC)
    return rhythm.hours[at.hour] * 24 / sum(rhythm.hours) * rhythm.days[at.weekday()] * 7 / sum(rhythm.days)


def expected(cast: Cast, app: App, scope: Mapping[str, str], hour: int | None = None) -> float:
    """Share of the world's average traffic that one service has inside a scope; in one hour where it is given."""
    share = app.share * (1.0 if hour is None else pace(app.rhythm, hour))
    for name, value in scope.items():
        share *= _part(cast, app, name, value)
        if not share:
            return 0.0
    return share


def _part(cast: Cast, app: App, name: str, value: str) -> float:
    shares = {
        "feature": dict(app.features), "model": dict(app.models), "tenant": dict(cast.tenants),
        "region": dict(cast.regions), "service": {app.name: 1.0}, "team": {app.team: 1.0},
        "environment": dict(zip(ENVIRONMENTS, (1 - STAGING_SHARE, STAGING_SHARE), strict=True)),
        "prompt": {app.prompt: 1.0}, "retriever": {app.retriever: 1.0}, "tool": dict.fromkeys(app.tools, TOOL_SHARE),
        "provider": _providers(cast, app),
    }  # fmt: skip
    # What is not listed (a release, a user) does not narrow which services are touched.
    return shares[name].get(value, 0.0) if name in shares else 1.0


def _providers(cast: Cast, app: App) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, share in app.models:
        if name in cast.models:
            provider = cast.models[name].provider
            found[provider] = found.get(provider, 0.0) + share
    return found
