"""The models the company calls, and what one call of them takes: time, tokens, sometimes an error."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Model:
    """ttft_s: median time to the first token. speed: output tokens a second. error_ratio: share of calls that fail.

    operation: what calling it is named in metrics.
    """

    name: str
    response_name: str
    provider: str
    address: str
    ttft_s: float
    speed: float
    error_ratio: float = 0.01
    sigma: float = 0.35
    # Median hidden reasoning tokens of a call; 0 for models that do not reason.
    reasoning: int = 0
    operation: str = "chat"


GPT_MINI = Model("gpt-4.1-mini", "gpt-4.1-mini-2025-04-14", "openai", "api.openai.com", 0.42, 110, 0.012)
GPT_REASONING = Model("gpt-5-mini", "gpt-5-mini-2025-08-07", "openai", "api.openai.com", 1.9, 95, 0.012, 0.5, 380)
REALTIME = Model("gpt-realtime", "gpt-realtime-2025-08-28", "openai", "api.openai.com", 0.33, 60, 0.02)
SONNET = Model("claude-sonnet-4-5", "claude-sonnet-4-5-20250929", "anthropic", "api.anthropic.com", 1.1, 70, 0.02)
HAIKU = Model("claude-haiku-4-5", "claude-haiku-4-5-20251001", "anthropic", "api.anthropic.com", 0.55, 150, 0.015)
GEMINI = Model(
    "gemini-2.5-flash", "gemini-2.5-flash", "gcp.gemini", "generativelanguage.googleapis.com", 0.6, 180, 0.02
)
MISTRAL = Model("mistral-medium-2508", "mistral-medium-2508", "mistral_ai", "api.mistral.ai", 0.5, 80, 0.015)
EMBEDDER = Model(
    "text-embedding-3-small",
    "text-embedding-3-small",
    "openai",
    "api.openai.com",
    0.11,
    0,
    0.004,
    0.3,
    operation="embeddings",
)
# Self-hosted: no price book knows it, so its calls are `unpriced` until someone gives a price.
LLAMA = Model("harbourline-llama-3.3-70b", "harbourline-llama-3.3-70b", "vllm", "vllm.internal", 0.24, 48, 0.01)
RERANKER = Model(
    "harbourline-reranker-v2",
    "harbourline-reranker-v2",
    "vllm",
    "rerank.internal",
    0.07,
    0,
    0.006,
    0.3,
    operation="rerank",
)


@dataclass(frozen=True, slots=True)
class Failure:
    """kind: exception class. wait_s: median time until it shows."""

    kind: str
    message: str
    status: int
    wait_s: float


FAILURES = (
    (Failure("RateLimitError", "Rate limit reached for {model}: please try again in 1.2s.", 429, 0.12), 0.38),
    (Failure("APITimeoutError", "Request to {model} timed out after 30 s.", 504, 30.0), 0.17),
    (Failure("InternalServerError", "The server had an error while processing the request to {model}.", 500, 1.4), 0.2),
    (Failure("OverloadedError", "{model} is overloaded.", 529, 0.5), 0.15),
    (Failure("BadRequestError", "This request exceeds the context length of {model}.", 400, 0.09), 0.1),
)  # fmt: skip
RATE_LIMIT = FAILURES[0][0]


@dataclass(slots=True)
class Call:
    """What one call turned out to be. input_tokens includes cached and cache_write, output_tokens includes reasoning."""

    model: Model
    ttft_s: float = 0.0
    duration_s: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0
    failure: Failure | None = None
    response_id: str = ""


def tokens_of(text: str) -> int:
    """A rough count: four characters a token."""
    return len(text) // 4 + 1


def call(rng: Random, model: Model, prompt_tokens: int, answer_tokens: int, cached: int = 0, written: int = 0) -> Call:
    """Draws one call. prompt_tokens includes cached and written; answer_tokens excludes reasoning."""
    if rng.random() < model.error_ratio:
        failure = rng.choices([f for f, _ in FAILURES], [weight for _, weight in FAILURES])[0]
        wait_s = failure.wait_s if failure.status == 504 else rng.lognormvariate(0, 0.4) * failure.wait_s
        return Call(model, duration_s=wait_s, failure=failure)
    reasoning = round(rng.lognormvariate(0, 0.7) * model.reasoning) if model.reasoning else 0
    ttft_s = model.ttft_s * rng.lognormvariate(0, model.sigma) + prompt_tokens * 0.00002
    speed = model.speed * rng.lognormvariate(0, 0.18)
    return Call(
        model,
        ttft_s=ttft_s,
        duration_s=ttft_s + ((answer_tokens + reasoning) / speed if speed else 0.0),
        input_tokens=prompt_tokens,
        output_tokens=answer_tokens + reasoning,
        cached=cached,
        cache_write=written,
        reasoning=reasoning,
        response_id=f"resp_{rng.getrandbits(64):016x}",
    )
