"""A call of a model, with the client's retries: what a provider does on good days and on bad ones."""

from dataclasses import dataclass
from typing import Any

from nervure.demo.otlp import put
from nervure.demo.rhythm import OFFICE
from nervure.demo.world import speech
from nervure.demo.world.cast import WorldModel
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.rhythm import pace
from nervure.demo.world.visit import CLIENT, Visit

ATTEMPTS = 3
TIMEOUT_S = 30.0
HOUR_NS = 3600 * 10**9
# Of the hosted model's GPUs at average traffic: the busiest hour of a week stays below two thirds, where queues begin.
USUAL_LOAD = 0.12
# What a cut answer is worth less.
CUT_COSTS = 0.14


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call, or of the attempts at it. quality: before documents and tools are considered."""

    text: str
    quality: float
    span: Any


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a model. system_tokens: of the standing part of the prompt. limit: most tokens of the answer."""

    model: str
    text: str
    answer: str
    system_tokens: int
    limit: int = 800
    is_streaming: bool = True
    tool: str = ""


def load(visit_hour: int, backlog: float) -> float:
    """Load of the hosted model's GPUs in one hour, 1 is all they can do. See `machines`."""
    return USUAL_LOAD * pace(OFFICE, visit_hour) + backlog


def queue_s(load_now: float) -> float:
    """Median wait before a hosted model begins: negligible up to two thirds of its capacity, then steep."""
    return 2.5 * min(1.6, load_now) ** 6


def ask(visit: Visit, wanted: Ask) -> Answer | None:
    """Calls until it works or the attempts are used up (None). Each attempt is a span."""
    asked = visit.knobs()
    name = asked.divert_to if visit.happens(asked.diverted) else wanted.model
    model = visit.world.cast.models[name]
    for attempt in range(ATTEMPTS):
        answer = _attempt(visit, wanted, model)
        if answer is not None:
            return answer
        visit.wait(visit.rng.uniform(0.5, 1.0) * 2**attempt)
    return None


def _attempt(visit: Visit, wanted: Ask, model: WorldModel) -> Answer | None:
    knobs = visit.knobs({"provider": model.provider, "model": model.name})
    prompt = {"gen_ai.prompt.name": visit.app.prompt, "gen_ai.prompt.version": visit.dims["prompt_version"]}
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": model.provider,
        "gen_ai.request.model": model.name,
        "gen_ai.request.stream": wanted.is_streaming or None,
        "gen_ai.request.max_tokens": wanted.limit,
        "gen_ai.input.messages": speech.message("user", wanted.text),
        **prompt,
    }
    with visit.span(f"chat {model.name}", attributes, CLIENT) as span:
        if _fails(visit, span, model, knobs):
            return None
        return _succeeds(visit, span, wanted, model, knobs)


def _fails(visit: Visit, span: Any, model: WorldModel, knobs: Knobs) -> bool:
    """Errors of a usual day, and those of a fault."""
    draw, rng = visit.rng.random(), visit.rng
    usual = model.error_ratio
    for share, kind, status, text, seconds in (
        (
            knobs.server_errors + usual * 0.45,
            "InternalServerError",
            rng.choice((500, 502, 503)),
            "The server had an error.",
            0.9,
        ),
        (
            knobs.timeouts + usual * 0.15,
            "APITimeoutError",
            504,
            f"Request timed out after {TIMEOUT_S:.0f} s.",
            TIMEOUT_S,
        ),
        (knobs.throttled + usual * 0.4, "RateLimitError", 429, f"Rate limit reached for {model.name}.", 0.09),
    ):
        if draw < share:
            visit.wait(seconds if status == 504 else seconds * rng.lognormvariate(0, 0.4))
            visit.fail(span, kind, text, status)
            return True
        draw -= share
    return False


def _succeeds(visit: Visit, span: Any, wanted: Ask, model: WorldModel, knobs: Knobs) -> Answer:
    rng = visit.rng
    text, quality, finish = wanted.answer, model.quality + knobs.quality, "stop"
    text = speech.sized(text, knobs.length)
    given = speech.tokens(wanted.text) + wanted.system_tokens
    said = max(1, round(speech.tokens(text) * rng.lognormvariate(0, 0.12)))
    if visit.happens(knobs.cut) or rng.random() < 0.004:
        text, said, finish = text[: len(text) // 2], max(1, said // 2), "length"
        quality -= CUT_COSTS
    ttft_s = (model.ttft_s * rng.lognormvariate(0, 0.35) + given * 0.00002) * knobs.slowness
    if model.is_hosted:
        ttft_s += queue_s(load(visit.now_ns // HOUR_NS, knobs.backlog)) * rng.lognormvariate(0, 0.3)
    visit.wait(ttft_s + said / (model.speed * rng.lognormvariate(0, 0.15)) * knobs.slowness)
    reply = knobs.successor or model.reply
    put(span.attributes, {
        "gen_ai.response.model": reply,
        "gen_ai.response.id": f"resp_{rng.getrandbits(64):016x}",
        "gen_ai.response.finish_reasons": ["tool_call" if wanted.tool else finish],
        "gen_ai.response.time_to_first_chunk": round(ttft_s, 6) if wanted.is_streaming else None,
        "gen_ai.output.messages": speech.message("assistant", text, finish),
    })  # fmt: skip
    if not visit.happens(knobs.mute):
        put(span.attributes, {"gen_ai.usage.input_tokens": given, "gen_ai.usage.output_tokens": said})
    return Answer(text, quality, span)
