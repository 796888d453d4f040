"""Who the company is: Harbourline, which runs shopping assistants for other shops.

Its tenants are shops, its users their customers, its own developers use a coding agent. All values are constants or
functions of time, so that the same hour looks the same however often it is simulated.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate
from random import Random

NS = 1_000_000_000
WEEK_S = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Tenant:
    """A shop that rents the assistants. share: its part of the traffic."""

    name: str
    plan: str
    region: str
    share: float


TENANTS = (
    Tenant("alpine-trail", "enterprise", "eu-central-1", 0.31),
    Tenant("bluebird-books", "enterprise", "us-east-1", 0.22),
    Tenant("casa-verde", "growth", "eu-central-1", 0.15),
    Tenant("dockside-cycles", "growth", "us-east-1", 0.11),
    Tenant("ember-coffee", "growth", "us-east-1", 0.08),
    Tenant("fjord-kitchens", "starter", "eu-central-1", 0.06),
    Tenant("grove-garden", "starter", "eu-central-1", 0.04),
    Tenant("hollow-audio", "starter", "us-east-1", 0.03),
)
_TENANT_WEIGHTS = tuple(accumulate(tenant.share for tenant in TENANTS))
USERS_PER_TENANT = 120
# Few customers come often, many once: weights of Zipf's law with exponent 0.9.
_USER_WEIGHTS = tuple(accumulate(1 / (rank + 1) ** 0.9 for rank in range(USERS_PER_TENANT)))

DEVELOPERS = (
    "amara.okafor", "ben.larsen", "chiara.rossi", "dmitri.volkov", "elena.garcia", "farid.haddad", "grace.kim",
    "hugo.martin", "ines.costa", "jonas.weber",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person behind one session."""

    tenant: Tenant
    user: str
    session: str


def visitor(rng: Random) -> Visitor:
    """Someone of some shop, with a new session."""
    tenant = rng.choices(TENANTS, cum_weights=_TENANT_WEIGHTS)[0]
    number = rng.choices(range(USERS_PER_TENANT), cum_weights=_USER_WEIGHTS)[0]
    return Visitor(tenant, f"{tenant.name}-u{number:03d}", f"sess-{rng.getrandbits(48):012x}")


def developer(rng: Random) -> Visitor:
    """Someone of the company itself, with a new session of the coding agent."""
    name = rng.choice(DEVELOPERS)
    return Visitor(Tenant("harbourline", "internal", "eu-central-1", 0.0), name, f"code-{rng.getrandbits(48):012x}")


@lru_cache(maxsize=4096)
def release(service: str, hour: int) -> str:
    """The service's version in one hour (hours since the epoch): each service is released once a week, on its own day."""
    offset_s = sum(service.encode()) % 5 * 86_400 + 10 * 3600
    # The epoch was a Thursday; shifting by four days makes weeks begin on Monday.
    week = (hour * 3600 - offset_s - 4 * 86_400) // WEEK_S
    day = datetime.fromtimestamp((week * WEEK_S) + 4 * 86_400 + offset_s, UTC)
    return f"{day:%Y.%m.%d}"


def prompt_version(prompt: str, hour: int) -> str:
    """The prompt's version in one hour: prompts change about every four days, not together with releases."""
    offset = sum(prompt.encode()) % 89
    return str((hour + offset) // 97 - 5000)
