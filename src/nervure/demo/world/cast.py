"""Who is in a world: services, models, tools, tenants. The frame is fixed, shares and speeds are drawn from the seed."""

from dataclasses import dataclass, replace
from itertools import accumulate
from random import Random
from typing import Literal

from nervure.demo.rhythm import CALLS, OFFICE, SHOP, Rhythm

Pattern = Literal["rag", "agent", "generate", "classify", "predict"]
REGIONS = ("eu-central-1", "us-east-1", "ap-southeast-2")
ENVIRONMENTS = ("production", "staging")
USERS = 60


@dataclass(frozen=True, slots=True)
class WorldModel:
    """reply: the name the provider answers with. ttft_s: median time to the first token. speed: output tokens a second.

    quality: what judges think of its answers, 0 to 1. is_hosted: runs on the company's own GPUs.
    """

    name: str
    reply: str
    provider: str
    ttft_s: float
    speed: float
    quality: float
    error_ratio: float
    is_hosted: bool = False


@dataclass(frozen=True, slots=True)
class App:
    """A service. share: its part of all traces. features, models: names with their shares. tools: of agents."""

    name: str
    team: str
    pattern: Pattern
    share: float
    rhythm: Rhythm
    features: tuple[tuple[str, float], ...]
    models: tuple[tuple[str, float], ...]
    prompt: str = ""
    retriever: str = ""
    tools: tuple[str, ...] = ()


MODELS = (
    WorldModel("gpt-4.1-mini", "gpt-4.1-mini-2025-04-14", "openai", 0.45, 105, 0.88, 0.006),
    WorldModel("gpt-5-mini", "gpt-5-mini-2025-08-07", "openai", 1.3, 90, 0.92, 0.007),
    WorldModel("claude-sonnet-4-5", "claude-sonnet-4-5-20250929", "anthropic", 1.0, 72, 0.92, 0.008),
    WorldModel("claude-haiku-4-5", "claude-haiku-4-5-20251001", "anthropic", 0.5, 150, 0.88, 0.007),
    WorldModel("gemini-2.5-flash", "gemini-2.5-flash", "gcp.gemini", 0.6, 170, 0.87, 0.009),
    WorldModel("mistral-medium-2508", "mistral-medium-2508", "mistral_ai", 0.5, 85, 0.86, 0.008),
    WorldModel("house-llama-3.3-70b", "house-llama-3.3-70b", "vllm", 0.25, 46, 0.85, 0.005, True),
)
EMBEDDERS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
APPS = (
    App(
        "support-assistant", "customer-care", "rag", 0.25, SHOP, (("help-chat", 0.65), ("email-reply", 0.35)),
        (("gpt-4.1-mini", 0.75), ("claude-haiku-4-5", 0.25)), "support-answer", "help-centre",
    ),
    App(
        "shopping-guide", "discovery", "rag", 0.2, SHOP, (("product-questions", 0.6), ("gift-finder", 0.4)),
        (("gemini-2.5-flash", 0.7), ("gpt-4.1-mini", 0.3)), "guide-answer", "catalog",
    ),
    App(
        "order-agent", "operations", "agent", 0.14, SHOP, (("returns-desk", 0.55), ("order-change", 0.45)),
        (("claude-sonnet-4-5", 0.8), ("gpt-5-mini", 0.2)), "order-plan",
        tools=("order_lookup", "refund_payment", "carrier_tracking", "warehouse_stock"),
    ),
    App(
        "document-digest", "back-office", "generate", 0.17, OFFICE, (("contract-summary", 0.5), ("invoice-reading", 0.5)),
        (("house-llama-3.3-70b", 1.0),), "digest-document",
    ),
    App(
        "mail-triage", "customer-care", "classify", 0.14, CALLS, (("routing", 0.7), ("spam-check", 0.3)),
        (("gpt-4.1-mini", 0.55), ("mistral-medium-2508", 0.45)), "triage-label",
    ),
    App("return-risk", "risk", "predict", 0.1, SHOP, (("checkout-score", 0.7), ("returns-score", 0.3)), (("return-risk-gbm", 1.0),)),
)  # fmt: skip
_SYLLABLES = (
    "nord",
    "vale",
    "ember",
    "fjord",
    "luma",
    "terra",
    "quill",
    "brio",
    "cobalt",
    "dune",
    "iris",
    "juno",
    "kite",
    "maple",
)
_TRADES = ("books", "cycles", "coffee", "garden", "audio", "toys", "shoes", "optics", "linen", "tools")


@dataclass(frozen=True, slots=True)
class Cast:
    """A world's members with their shares; tenants first to last from large to small."""

    apps: tuple[App, ...]
    models: dict[str, WorldModel]
    tenants: tuple[tuple[str, float], ...]
    regions: tuple[tuple[str, float], ...]

    def app(self, name: str) -> App:
        return next(app for app in self.apps if app.name == name)

    def apps_with(self, *patterns: Pattern) -> list[App]:
        return [app for app in self.apps if app.pattern in patterns]

    @property
    def llm_apps(self) -> list[App]:
        """All that call language models."""
        return self.apps_with("rag", "agent", "generate", "classify")

    def apps_of(self, model: str) -> list[App]:
        return [app for app in self.apps if any(name == model for name, _ in app.models)]

    def big_tenant(self, rng: Random) -> str:
        """One of the three largest."""
        return rng.choice(self.tenants[:3])[0]

    def region(self, rng: Random) -> str:
        """One of the two busiest regions."""
        return rng.choice(self.regions[:2])[0]


def draw_cast(seed: int) -> Cast:
    """The cast of one world."""
    rng = Random(f"cast/{seed}")
    weights = [app.share * rng.uniform(0.85, 1.15) for app in APPS]
    apps = tuple(
        replace(app, share=weight / sum(weights), features=_vary(rng, app.features), models=_vary(rng, app.models))
        for app, weight in zip(APPS, weights, strict=True)
    )
    models = {
        model.name: replace(
            model, ttft_s=model.ttft_s * rng.uniform(0.8, 1.25), speed=model.speed * rng.uniform(0.85, 1.15),
            quality=model.quality + rng.uniform(-0.02, 0.02),
        )
        for model in MODELS
    }  # fmt: skip
    names = [
        f"{first}-{second}" for first, second in zip(rng.sample(_SYLLABLES, 9), rng.sample(_TRADES, 9), strict=True)
    ]
    sizes = [1 / (rank + 1) ** rng.uniform(0.7, 0.9) for rank in range(9)]
    tenants = tuple((name, size / sum(sizes)) for name, size in zip(names, sorted(sizes, reverse=True), strict=True))
    return Cast(apps, models, tenants, _vary(rng, tuple(zip(REGIONS, (0.5, 0.33, 0.17), strict=True))))


def _vary(rng: Random, shares: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    drawn = [(name, share * rng.uniform(0.88, 1.12)) for name, share in shares]
    total = sum(share for _, share in drawn)
    return tuple((name, share / total) for name, share in drawn)


class Lot:
    """Draws names by their shares."""

    def __init__(self, shares: tuple[tuple[str, float], ...]) -> None:
        self._names = [name for name, _ in shares]
        self._cumulated = list(accumulate(share for _, share in shares))

    def draw(self, rng: Random) -> str:
        return rng.choices(self._names, cum_weights=self._cumulated)[0]
