"""Which entries of the price book a call may mean: its provider and model, cleaned of what gateways add to them.

A wrong match is worse than none: it makes money up. So a name is only reinterpreted where the reinterpretation is the
only sensible one; everything else stays unpriced until the operator says what it costs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Names senders use for a provider -> the book's. The book itself knows most spellings of the OTel conventions.
PROVIDERS = {
    "x_ai": "x-ai", "xai": "x-ai", "grok": "x-ai",
    "gcp.gen_ai": "google", "gcp.gemini": "google", "gcp.vertex_ai": "google", "gemini": "google",
    "generative-ai": "google",
    "aws": "aws", "aws.bedrock": "aws", "aws_bedrock": "aws", "amazon_bedrock": "aws", "amazon-bedrock": "aws",
    "bedrock": "aws", "bedrock_converse": "aws",
    "az.ai.openai": "azure", "az.ai.inference": "azure", "azure.ai.openai": "azure", "azure.ai.inference": "azure",
    "azure_openai": "azure", "azure-openai": "azure", "azure_ai": "azure", "microsoft.foundry": "azure",
    "mistral_ai": "mistral", "mistralai": "mistral",
    "moonshot_ai": "moonshotai", "moonshot": "moonshotai",
    "fireworks_ai": "fireworks", "fireworks-ai": "fireworks",
    "together_ai": "together", "together-ai": "together", "togetherai": "together",
    "perplexity_ai": "perplexity", "cohere_chat": "cohere", "voyage": "voyageai", "voyage_ai": "voyageai",
    "z_ai": "zai", "z.ai": "zai", "z-ai": "zai", "zhipu": "zhipuai", "zhipu_ai": "zhipuai",
    "open_router": "openrouter", "novita_ai": "novita",
}  # fmt: skip
# Not a provider but something in front of one: the model's name must say whose it is.
GATEWAYS = frozenset({
    "", "litellm", "langchain", "llama_index", "llamaindex", "portkey", "helicone", "vercel", "gateway", "ai_gateway",
    "ai-gateway", "openai_compatible", "openai-compatible", "custom", "other", "_other", "unknown", "none",
})  # fmt: skip
# Prefixes "vendor/model" that name who bills the call. Absent on purpose: names of authors of open weights
# (meta-llama/, deepseek/, qwen/ ...), whose models many hosts serve at many prices.
ROUTES = frozenset({
    "openai", "anthropic", "google", "gemini", "vertex_ai", "x-ai", "xai", "azure", "azure_ai", "bedrock", "groq",
    "fireworks_ai", "together_ai", "cohere", "perplexity", "mistral", "openrouter", "cerebras", "voyage",
})  # fmt: skip
# Models only their maker sells (or all resellers at its price), for calls whose provider is not known.
FAMILIES = (
    (re.compile(r"^(ft:|gpt-(?!oss|neo|j)|chatgpt-|codex-|o[134](-|$)|text-embedding-(3|ada)|whisper-1|tts-1)"), "openai"),
    (re.compile(r"^claude-"), "anthropic"),
    (re.compile(r"^(gemini-|text-embedding-00\d)"), "google"),
    (re.compile(r"^grok-"), "x-ai"),
    (re.compile(r"^(command-|embed-v\d|embed-(english|multilingual)-|rerank-)"), "cohere"),
    (re.compile(r"^(mistral-(large|medium|small|embed)|codestral|magistral|ministral|pixtral-large)"), "mistral"),
    (re.compile(r"^deepseek-(chat|reasoner)$"), "deepseek"),
    (re.compile(r"^sonar(-|$)"), "perplexity"),
    (re.compile(r"^voyage-"), "voyageai"),
    (re.compile(r"^((us|eu|apac|jp|au|ca|global|us-gov)\.)?(anthropic|amazon|meta|cohere|mistral|ai21)\.[a-z]"), "aws"),
)  # fmt: skip
# OpenAI's client is also how people call anybody else; its weights-only models are never billed by OpenAI.
OPEN_WEIGHTS_OF_OPENAI = re.compile(r"(^|/)gpt-oss")

_REGION = re.compile(r"^(us|eu|apac|ap|jp|au|ca|global|us-gov)\.")
_DATE = re.compile(r"[-@](20\d{2}-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01]))$")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry to look for: the book's provider and a model, with the reason in words ("" for the name as sent)."""

    provider: str
    model: str
    reason: str = ""


def book_provider(provider: str) -> str:
    """The book's name of a provider; "" when the sender named a gateway or nobody; else the name as sent."""
    name = provider.strip().lower()
    if name in GATEWAYS:
        return ""
    if name in PROVIDERS:
        return PROVIDERS[name]
    # Clouds before makers: "azure-openai" and "bedrock-anthropic" are billed by the cloud.
    for part, cloud in (("azure", "azure"), ("bedrock", "aws"), ("vertex", "google"), ("google", "google")):
        if part in name:
            return cloud
    head = name.partition(".")[0]  # "openai.chat", "anthropic.messages": a client library's name for the interface
    return PROVIDERS.get(head, name) if head in PROVIDERS or head in ("openai", "anthropic") else name


def candidates(provider: str, model: str) -> Iterator[Candidate]:
    """Entries the call may mean, best first.

    provider, model: as the span has them. Fine-tunes ("ft:...") are never taken for their base model, which costs
    about half; regional Bedrock ids are tried as they are first, because a region has its price.
    """
    home, name = book_provider(provider), model.strip().lower()
    if not name:
        return
    prefix, slash, rest = name.partition("/")
    if home and not (home == "openai" and OPEN_WEIGHTS_OF_OPENAI.search(name)):
        yield Candidate(home, name)
        yield from _cleaned(home, name)
        if slash and book_provider(prefix) == home:
            yield Candidate(home, rest, f"without the prefix {prefix}/")
            yield from _cleaned(home, rest)
    if home not in ("", "openai"):
        return
    if slash and prefix in ROUTES:
        route = book_provider(prefix)
        if route != home:
            yield Candidate(route, rest, f"the prefix {prefix}/ names who bills it")
            yield from _cleaned(route, rest)
        return
    if slash and not name.startswith(("models/", "publishers/")):
        return
    bare = name.rsplit("/", 1)[-1]
    owner = next((owner for pattern, owner in FAMILIES if pattern.search(bare)), "")
    if owner and owner != home:
        yield Candidate(owner, bare, f"only {owner} sells models of this name")
        yield from _cleaned(owner, bare)


def _cleaned(provider: str, name: str) -> Iterator[Candidate]:
    if name.startswith("ft:"):
        return
    bare = name
    if provider == "aws":
        bare = _REGION.sub("", name.rsplit("/", 1)[-1])
        if bare != name:
            yield Candidate(provider, bare, "without its region or ARN")
    elif provider in ("google", "azure") and "/" in name:
        bare = name.rsplit("/", 1)[-1]
        yield Candidate(provider, bare, "the last part of its resource name")
    undated = _DATE.sub("", bare)
    if undated != bare:
        yield Candidate(provider, undated, "without its date: the book has no entry for this snapshot")


def spellings(provider: str, *models: str) -> frozenset[str]:
    """Every name an operator may have written for these models: as sent, and cleaned. Lower case."""
    names = {name.strip().lower() for name in models if name}
    for model in tuple(names):
        names.update(candidate.model for candidate in candidates(provider, model))
        names.add(model.rsplit("/", 1)[-1])
    return frozenset(names)
