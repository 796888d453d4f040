"""Names of providers and models as senders write them, and what the price book makes of them."""

from datetime import date

import pytest

from nervure.price.book import EPOCH, Book

BOOK = Book()
DAY = (date(2026, 11, 1) - EPOCH).days


def entry(provider: str, *models: str) -> str:
    """provider:model of the entry found, "" for none."""
    quote = BOOK.quote(provider, models, "", DAY)
    return f"{quote.provider}:{quote.model}" if quote.is_known else ""


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-4o-mini"),
        ("openai", "gpt-4o"),
        ("anthropic", "claude-3-5-sonnet-20241022"),
        ("anthropic", "claude-3-5-haiku-20241022"),
        ("openai", "text-embedding-3-small"),
    ],
)
def test_the_models_half_of_our_peers_cannot_price_are_priced(provider: str, model: str) -> None:
    assert entry(provider, model)


CURRENT = """
openai gpt-5 | openai gpt-5-mini | openai gpt-5-nano | openai gpt-5.1 | openai gpt-5.2 | openai gpt-4.1
openai gpt-4.1-mini | openai o1 | openai o3 | openai o3-mini | openai o4-mini | openai gpt-4-turbo
openai gpt-3.5-turbo-0125 | openai text-embedding-3-large | openai text-embedding-ada-002 | openai gpt-realtime
openai gpt-4o-2024-08-06 | openai gpt-4o-mini-2024-07-18 | openai.chat gpt-4o | openai.responses gpt-5
anthropic claude-sonnet-4-5-20250929 | anthropic claude-opus-4-1-20250805 | anthropic claude-haiku-4-5
anthropic claude-3-opus-20240229 | anthropic claude-opus-4-5 | anthropic.messages claude-sonnet-4-5
azure.ai.openai gpt-4o-2024-08-06 | azure gpt-5 | azure_openai gpt-35-turbo | azure claude-sonnet-4-5
google gemini-2.5-pro | gcp.gemini gemini-2.5-flash | gcp.vertex_ai gemini-2.0-flash-001 | gcp.gen_ai gemini-2.5-pro
gcp.vertex_ai claude-sonnet-4-5@20250929 | google gemini-embedding-001 | google.generative-ai gemini-2.5-flash
aws.bedrock anthropic.claude-3-5-sonnet-20241022-v2:0 | aws.bedrock us.anthropic.claude-sonnet-4-5-20250929-v1:0
aws.bedrock amazon.nova-lite-v1:0 | aws.bedrock apac.amazon.nova-pro-v1:0 | bedrock meta.llama3-1-70b-instruct-v1:0
aws.bedrock amazon.titan-embed-text-v2:0 | mistral_ai mistral-large-latest | mistral codestral-latest
mistralai mistral-embed | cohere command-r-plus | cohere command-a-03-2025 | cohere embed-v4.0
groq llama-3.3-70b-versatile | groq openai/gpt-oss-120b | deepseek deepseek-chat | deepseek deepseek-reasoner
x_ai grok-4 | xai grok-3-mini | perplexity sonar-pro | together_ai meta-llama/Llama-3.3-70B-Instruct-Turbo
openrouter anthropic/claude-3.5-sonnet | openrouter meta-llama/llama-3.3-70b-instruct | voyageai voyage-3
moonshot_ai kimi-k2-0905-preview | z_ai glm-4.6 | cerebras llama-3.3-70b
databricks databricks-meta-llama-3-3-70b-instruct
"""


@pytest.mark.parametrize("call", [call.strip() for line in CURRENT.strip().splitlines() for call in line.split("|")])
def test_current_models_are_found_under_the_names_sdks_send(call: str) -> None:
    provider, model = call.split()
    assert entry(provider, model)


@pytest.mark.parametrize(
    ("provider", "model", "found"),
    [
        pytest.param("litellm", "openai/gpt-4o", "openai:gpt-4o", id="a gateway's prefix names who bills"),
        pytest.param("openai", "openai/gpt-4o", "openai:gpt-4o", id="a prefix that repeats the provider"),
        pytest.param("", "azure/gpt-4o", "azure:gpt-4o", id="azure through a gateway"),
        pytest.param("openai", "anthropic/claude-3-5-haiku-latest", "anthropic:claude-3-5-haiku-latest", id="the OpenAI client in front of a gateway"),
        pytest.param("", "bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0", "aws:global.anthropic.claude-haiku-4-5-20251001-v1:0", id="bedrock through a gateway keeps its region's price"),
        pytest.param("gemini", "models/gemini-2.5-flash", "google:gemini-2.5-flash", id="resource name"),
        pytest.param("vertex_ai", "publishers/google/models/gemini-2.5-flash", "google:gemini-2.5-flash", id="publisher's resource name"),
        pytest.param("", "gpt-4o", "openai:gpt-4o", id="only OpenAI sells gpt-4o"),
        pytest.param("", "GPT-4o", "openai:gpt-4o", id="case does not matter"),
        pytest.param("", "text-embedding-3-small", "openai:text-embedding-3-small", id="embedding model without provider"),
        pytest.param("aws.bedrock", "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-3-5-haiku-20241022-v1:0", "aws:regional.anthropic.claude-3-5-haiku-20241022-v1:0", id="ARN"),
        pytest.param("openai", "ft:gpt-4o-mini-2024-07-18:acme::abc", "openai:ft:gpt-4o-mini", id="a fine-tune has its own entry"),
        pytest.param("openai", "gpt-5-20991231", "openai:gpt-5", id="an unknown snapshot costs what its model does"),
    ],
)  # fmt: skip
def test_names_are_cleaned_of_what_gateways_and_clouds_add(provider: str, model: str, found: str) -> None:
    assert entry(provider, model) == found


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        pytest.param("ollama", "llama3.1", id="self-hosted"),
        pytest.param("vllm", "gpt-4o", id="a name alone does not make it OpenAI's"),
        pytest.param("openai", "qwen3-8b", id="the OpenAI client in front of a local server"),
        pytest.param("openai", "gpt-oss-120b", id="open weights are not billed by their maker"),
        pytest.param("", "llama-3.1-8b-instruct", id="open weights without a host"),
        pytest.param("", "meta-llama/llama-3.3-70b-instruct", id="an author is not a host"),
        pytest.param("openai", "ft:gpt-4.1-mini-2025-04-14:acme::abc", id="a fine-tune is not its base model"),
        pytest.param("azure", "my-deployment", id="a deployment's name"),
        pytest.param("openai", "gpt-99", id="a model of the future"),
        pytest.param("openai", "whisper-1", id="billed by the hour, so not by tokens"),
        pytest.param("openai", "", id="no model"),
    ],
)
def test_what_is_not_known_is_not_guessed(provider: str, model: str) -> None:
    assert entry(provider, model) == ""


def test_the_model_that_answered_comes_before_the_model_asked_for() -> None:
    assert entry("azure", "gpt-4o-2024-08-06", "my-deployment") == "azure:gpt-4o"
    assert entry("azure", "unheard-of", "gpt-4o") == "azure:gpt-4o"
