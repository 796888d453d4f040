"""A second generator of worlds, in another style: an insurer's telemetry as a plain OpenTelemetry set-up writes it.

It shares nothing with `nervure demo`: other services, names, rhythms, distributions and mechanisms (providers that go
down by the minute, a bucket of tokens behind a quota, a queue with servers, mixtures of good and useless documents,
added seconds instead of factors), evaluation results as events on spans. What is tuned on one is judged on the other.
One fault after another, so that each can be told apart; the first half of the window is clean.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

S = 10**9
HOUR = 3600 * S
DAY = 24 * HOUR
REGIONS, REGION_SHARES = ("westeurope", "northeurope", "eastus2"), (0.45, 0.3, 0.25)
TENANTS = ("Aldgate", "Bryce & Sons", "Cordoba Re", "Dunmore", "Elbe Mutual", "Forth Life", "Garonne", "Holt")
TENANT_SHARES = (0.27, 0.2, 0.15, 0.12, 0.1, 0.07, 0.05, 0.04)
# model: provider, seconds to the first token (mean), seconds a token, quality.
MODELS = {
    "gpt-4o": ("azure.ai.openai", 0.7, 0.011, 0.90),
    "gpt-4o-mini": ("azure.ai.openai", 0.4, 0.007, 0.86),
    "anthropic.claude-3-5-haiku": ("aws.bedrock", 0.8, 0.009, 0.88),
    "llama-3.1-8b-instruct": ("vllm", 0.2, 0.016, 0.82),
}
# service: team, share, kind, features, models with shares, prompt, index.
SERVICES: dict[str, tuple[str, float, str, tuple[str, ...], dict[str, float], str, str]] = {
    "claims-chat": ("claims", 0.28, "ask", ("status", "coverage"), {"gpt-4o": 0.7, "gpt-4o-mini": 0.3}, "claims-system", "policy-wordings"),
    "broker-search": ("distribution", 0.2, "ask", ("lookup", "compare"), {"anthropic.claude-3-5-haiku": 1.0}, "broker-answer", "product-sheets"),
    "adjuster-copilot": ("claims", 0.15, "agent", ("damage", "fraud"), {"gpt-4o": 1.0}, "adjuster-plan", ""),
    "doc-intake": ("back-office", 0.2, "read", ("letters", "invoices"), {"llama-3.1-8b-instruct": 1.0}, "intake-extract", ""),
    "call-notes": ("contact-centre", 0.17, "read", ("summaries", "sentiment"), {"gpt-4o-mini": 0.6, "anthropic.claude-3-5-haiku": 0.4}, "notes-v", ""),
}  # fmt: skip
TOOLS = ("claim_history", "repair_quotes", "weather_at", "policy_terms")


@dataclass
class Fault:
    """As in `nervure demo`; do: parameters its mechanism reads, by name."""

    cause: str
    nature: str
    scope: dict[str, str]
    measures: list[str]
    do: dict[str, Any]
    onset: int = 0
    end: int = 0
    shape: str = "step"
    strength: float = 1.0
    lasting: bool = False

    def level(self, now: int) -> float:
        """0 to 1. A ramp takes a third of the time; what comes and goes does so every 8 minutes, two of three."""
        if not self.onset <= now < self.end:
            return 0.0
        if self.shape == "ramp":
            return min(1.0, (now - self.onset) / ((self.end - self.onset) / 3))
        return float(self.shape == "step" or (now - self.onset) // (8 * 60 * S) % 3 < 2)


@dataclass(frozen=True)
class Spelling:
    """How a world writes what it means. keys: its names of attributes. scores: its name of a score, and whether it is told
    as its opposite (1 is the worst). at_root: scores are events of the request's span instead of the call's."""

    keys: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    at_root: bool = False


# Another team's habits: keys of its own for who asks and what for, scores of other names, one upside down.
RENAMED = Spelling(
    {
        "tenant.id": "app.tenant", "user.id": "app.user.id", "feature": "app.feature", "team": "app.team",
        "service.version": "deployment.version", "deployment.environment.name": "env", "cloud.region": "app.region",
        "gen_ai.prompt.name": "app.prompt.name", "gen_ai.prompt.version": "app.prompt.version",
        "gen_ai.provider.name": "gen_ai.system", "gen_ai.data_source.id": "db.collection.name",
    },
    {"answer_relevance": ("quality", False), "faithfulness": ("hallucination", True), "goal_accuracy": ("task_success", False)},
    True,
)  # fmt: skip


@dataclass
class Plain:
    """One world. bucket, free_at: state of the quota and of the hosted model's servers while it is played."""

    seed: int
    start: int
    stop: int
    rate: float
    strength: float
    faults: list[Fault]
    decoys: list[dict[str, Any]]
    spelling: Spelling = field(default_factory=Spelling)
    bucket: dict[int, int] = field(default_factory=dict)
    free_at: dict[str, list[int]] = field(default_factory=dict)

    def truth(self) -> dict[str, Any]:
        """In the form of `nervure demo --truth`."""
        world = {"generator": "plain", "seed": self.seed, "from": _iso(self.start), "to": _iso(self.stop),
                 "rate_per_hour": self.rate, "strength": self.strength}  # fmt: skip
        faults = [
            {"id": f"f{number}", "cause": one.cause, "nature": one.nature, "scope": one.scope, "onset": _iso(one.onset),
             "end": _iso(one.end), "lasting": one.lasting, "shape": one.shape, "strength": one.strength,
             "measures": one.measures}
            for number, one in enumerate(self.faults)
        ]  # fmt: skip
        return {"world": world, "faults": faults, "decoys": self.decoys}


Rng = np.random.Generator


def _kinds(rng: Rng) -> dict[str, Fault]:
    """One fault of every cause, its place drawn."""
    ask = str(rng.choice(["claims-chat", "broker-search"]))
    service = str(rng.choice(list(SERVICES)))
    region, tenant = str(rng.choice(REGIONS[:2])), str(rng.choice(TENANTS[:3]))
    feature, index, prompt = SERVICES[service][3][0], SERVICES[ask][6], SERVICES[service][5]
    model = str(rng.choice(["gpt-4o", "gpt-4o-mini", "anthropic.claude-3-5-haiku"]))
    provider, small = MODELS[model][0], str(rng.choice(TENANTS[4:]))
    build = f"{rng.integers(0x1000000, 0xFFFFFFF):07x}"
    return {
        fault.cause: fault
        for fault in (
            Fault("provider_outage", "transient", {"provider": provider}, ["error_rate", "latency.p95"], {"down": 0.7}),
            Fault("rate_limited", "transient", {"model": model}, ["error_rate"], {"quota": 1.0}),
            Fault("latency_degradation", "transient", {"model": model, "region": region}, ["latency.p95", "ttft.p95"], {"seconds": 2.5}),
            Fault("capacity_saturation", "transient", {"model": "llama-3.1-8b-instruct"}, ["latency.p95", "ttft.p95"], {"servers": -2}),
            Fault("routing_change", "systematic", {"service": "claims-chat"}, ["count", "cost.avg"], {"route": "gpt-4o-mini"}),
            Fault("model_change", "systematic", {"model": model}, ["tokens.output", "score:answer_relevance.mean"], {"reply": f"{model}-2026-10", "longer": 0.8, "worse": 0.15}),
            Fault("prompt_regression", "systematic", {"prompt": prompt, "prompt_version": "v9"}, ["score:answer_relevance.mean"], {"version": "v9", "worse": 0.22}),
            Fault("retrieval_degradation", "systematic", {"retriever": index}, ["documents.score.mean", "score:faithfulness.mean"], {"useless": 0.45}),
            Fault("embedding_mismatch", "systematic", {"retriever": index}, ["documents.score.mean"], {"noise": 1.0, "dims": 768}),
            Fault("input_drift", "systematic", {"service": ask, "tenant": tenant}, ["documents.score.mean", "tokens.input"], {"other": 0.7}),
            Fault("output_quality_regression", "systematic", {"service": service, "feature": feature}, ["score:answer_relevance.mean"], {"worse": 0.22}),
            Fault("runaway_cost", "systematic", {"service": "adjuster-copilot"}, ["cost.sum", "count"], {"again": 0.75}),
            Fault("tool_failure", "systematic", {"tool": str(rng.choice(TOOLS))}, ["error_rate"], {"broken": 0.6}),
            Fault("truncation", "systematic", {"service": service, "release": build}, ["finish.length", "tokens.output"], {"build": build, "limit": 40}),
            Fault("abuse", "systematic", {"tenant": small, "service": ask, "user": f"{small[:3].lower()}-77"}, ["count", "tokens.input"], {"flood": 110.0}),
            Fault("data_quality", "systematic", {"service": "doc-intake", "feature": "letters"}, ["tokens.input"], {"blank": 0.6}),
            Fault("instrumentation_gap", "systematic", {"service": service}, ["count"], {"silent": 0.92}),
        )
    }  # fmt: skip


def draw(seed: int, start: int, stop: int, rate: float = 500.0, strength: float = 1.0) -> Plain:
    """The world of a seed: 12 of 17 causes, in slots of equal length in the window's second half."""
    rng = np.random.default_rng([seed, 99])
    kinds = _kinds(rng)
    causes = rng.permutation(sorted(kinds))[:12]
    middle = (start + stop) // 2
    slot = (stop - middle) // len(causes)
    faults = []
    for place, cause in enumerate(causes):
        fault = kinds[str(cause)]
        fault.onset = (middle + place * slot + int(rng.uniform(0.02, 0.3) * slot)) // (60 * S) * 60 * S
        hours = 0.4 * (4.6 / 0.4) ** rng.random()
        if cause in (
            "model_change",
            "routing_change",
            "prompt_regression",
            "output_quality_regression",
            "input_drift",
            "truncation",
        ):
            hours = max(hours, 1.8)
        fault.end = min(fault.onset + int(hours * HOUR), stop)
        fault.strength = round(float(rng.uniform(0.8, 1.25)) * strength, 3)
        fault.shape = str(rng.choice(["step", "step", "ramp", "intermittent"]))
        if place == len(causes) - 1 and fault.nature == "systematic":
            fault.end, fault.lasting = stop, True
        faults.append(fault)
    return Plain(seed, start, stop, rate, strength, faults, _decoys(rng, start, stop))


def _decoys(rng: Rng, start: int, stop: int) -> list[dict[str, Any]]:
    """A quiet release in each service, a campaign, an onboarded customer; weekends are in the rhythm."""
    made = []
    for service in SERVICES:
        at = int(rng.integers(start + DAY, stop - DAY))
        made.append(
            {
                "kind": "release",
                "scope": {"service": service, "release": f"{rng.integers(2**28):07x}"},
                "at": at,
                "to": stop,
                "factor": 0.0,
            }
        )
    at = int(rng.integers((start + stop) // 2, stop - DAY))
    made.append(
        {
            "kind": "spike",
            "scope": {"service": "claims-chat", "feature": "status"},
            "at": at,
            "to": at + 2 * HOUR,
            "factor": 1.0,
        }
    )
    at = int(rng.integers((start + stop) // 2, stop - DAY))
    made.append({"kind": "new_tenant", "scope": {"tenant": "Ionia"}, "at": at, "to": stop, "factor": 0.03})
    for number, one in enumerate(made):
        one.update(id=f"d{number}", onset=_iso(one["at"]), end=_iso(one["to"]))
    return made  # fmt: skip


def busy(now: int) -> float:
    """Traffic against the average: two peaks on weekdays, a third less at the weekend, never quiet."""
    at = datetime.fromtimestamp(now / S, UTC)
    hour = at.hour + at.minute / 60
    day = 0.55 + 0.9 * np.exp(-(((hour - 10) / 2.6) ** 2)) + 0.75 * np.exp(-(((hour - 15.5) / 2.8) ** 2))
    return float(day / 0.99 * (0.65 if at.weekday() >= 5 else 1.14))


def _iso(ns: int) -> str:
    return datetime.fromtimestamp(ns // S, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
