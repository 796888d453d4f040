"""Product search: query rewriting by a self-hosted model, embeddings, retrieval, re-ranking. OpenInference."""

from typing import Any

from nervure.demo.knowledge import PRODUCTS
from nervure.demo.models import EMBEDDER, LLAMA, RERANKER, call, tokens_of
from nervure.demo.otlp import put
from nervure.demo.rhythm import SHOP
from nervure.demo.scene import PYTHON_SDK, Scene, Service, as_json

APP = ("openinference.instrumentation", "0.1.42")
WISHES = (
    "waterproof bag for a week in the mountains", "gift for someone who reads in bed", "pan that works on induction",
    "quiet headphones for the train", "light for walking the dog at night", "something for roses in autumn",
    "strong coffee without bitterness", "shoes for wet rock", "bike for short city trips", "sheets that stay cool",
)  # fmt: skip
REVIEWS = (
    "Loved by customers for its weight.",
    "Rated 4.7 of 5 in 312 reviews.",
    "Keeps its shape after years.",
    "Comes with a two-year warranty.",
)


def play(scene: Scene) -> None:
    """One search."""
    rng = scene.rng
    wish = rng.choice(WISHES)
    scene.begin_trace()
    scene.baggage = {
        "session.id": scene.visitor.session,
        "user.id": scene.visitor.user,
        "metadata": as_json({"plan": scene.visitor.tenant.plan}),
        "tag.tags": ["search", scene.visitor.tenant.region.split("-")[0]],
        "tenant.id": scene.visitor.tenant.name,
        "feature": "product-search",
    }
    chain = {"openinference.span.kind": "CHAIN", "input.value": wish, "input.mime_type": "text/plain"}
    with scene.span("search", APP, chain) as root:
        rewritten = _rewrite(scene, wish)
        _embed(scene, rewritten)
        found = _retrieve(scene, rewritten)
        best = _rerank(scene, rewritten, found)
        if not best:
            scene.fail(root, "SearchFailed", "the re-ranker did not answer")
            return
        put(
            root.attributes,
            {"output.value": as_json([document["id"] for document in best]), "output.mime_type": "application/json"},
        )
        if rng.random() < 0.06:
            clicked = rng.random() < 0.4 + 0.5 * best[0]["score"]
            annotation = "annotations.0.annotation"
            put(root.attributes, {
                f"{annotation}.name": "clicked", f"{annotation}.score": float(clicked),
                f"{annotation}.label": "yes" if clicked else "no", f"{annotation}.annotator_kind": "HUMAN",
            })  # fmt: skip


def _rewrite(scene: Scene, wish: str) -> str:
    prompt = f"Rewrite the customer's wish as a search query of at most eight words. Wish: {wish}"
    drawn = call(scene.rng, LLAMA, tokens_of(prompt) + 40, 14)
    rewritten = " ".join(word for word in wish.split() if len(word) > 3)
    attributes = {
        "openinference.span.kind": "LLM",
        "llm.system": "vllm",
        "llm.provider": "vllm",
        "llm.model_name": LLAMA.name,
        "llm.invocation_parameters": as_json({"model": LLAMA.name, "temperature": 0, "max_tokens": 32}),
        "llm.prompt_template.template": "Rewrite the customer's wish as a search query of at most eight words. Wish: {wish}",
        "llm.prompt_template.variables": as_json({"wish": wish}),
        "llm.prompt_template.version": "v3",
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": prompt,
    }
    with scene.span("ChatCompletion", ("openinference.instrumentation.openai", "0.1.66"), attributes) as span:
        scene.wait(min(drawn.duration_s, 4))
        # Without the rewriting the search goes on with the customer's own words.
        if scene.fail_call(span, drawn):
            return wish
        put(span.attributes, {
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": rewritten,
            "output.value": rewritten,
            "llm.token_count.prompt": drawn.input_tokens,
            "llm.token_count.completion": drawn.output_tokens,
            "llm.token_count.total": drawn.input_tokens + drawn.output_tokens,
            "llm.finish_reason": "stop",
        })  # fmt: skip
    return rewritten


def _embed(scene: Scene, query: str) -> None:
    drawn = call(scene.rng, EMBEDDER, tokens_of(query), 0)
    attributes = {
        "openinference.span.kind": "EMBEDDING",
        "embedding.model_name": EMBEDDER.name,
        "embedding.embeddings.0.embedding.text": query,
        "llm.token_count.prompt": drawn.input_tokens or None,
        "llm.token_count.total": drawn.input_tokens or None,
    }
    with scene.span("CreateEmbeddings", ("openinference.instrumentation.openai", "0.1.66"), attributes) as span:
        scene.wait(min(drawn.duration_s, 2))
        scene.fail_call(span, drawn)


def _retrieve(scene: Scene, query: str) -> list[dict[str, Any]]:
    products = scene.rng.sample(PRODUCTS, 6)
    found: list[dict[str, Any]] = [
        {"id": f"prod-{PRODUCTS.index(product):03d}", "content": f"{product}. {scene.rng.choice(REVIEWS)}", "score": round(scene.rng.betavariate(9, 4), 4)}
        for product in products
    ]  # fmt: skip
    found.sort(key=lambda document: -document["score"])
    attributes: dict[str, Any] = {"openinference.span.kind": "RETRIEVER", "input.value": query}
    attributes.update(_flat("retrieval.documents", found, scene.visitor.tenant.name))
    with scene.span("retrieve", APP, attributes):
        scene.jitter(0.03)
    return found


def _rerank(scene: Scene, query: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    drawn = call(scene.rng, RERANKER, sum(tokens_of(document["content"]) for document in found), 0)
    best = sorted(
        ({**document, "score": round(scene.rng.betavariate(7, 3), 4)} for document in found),
        key=lambda document: -document["score"],
    )[:3]
    attributes: dict[str, Any] = {
        "openinference.span.kind": "RERANKER",
        "reranker.query": query,
        "reranker.model_name": RERANKER.name,
        "reranker.top_k": 3,
        **_flat("reranker.input_documents", found, ""),
    }
    with scene.span("rerank", APP, attributes) as span:
        scene.wait(drawn.duration_s)
        if scene.fail_call(span, drawn):
            return []
        put(span.attributes, _flat("reranker.output_documents", best, ""))
    return best


def _flat(prefix: str, documents: list[dict[str, Any]], catalogue: str) -> dict[str, Any]:
    """Documents as OpenInference writes lists: one attribute per member, numbered."""
    flat: dict[str, Any] = {}
    for number, document in enumerate(documents):
        for key in ("id", "content", "score"):
            flat[f"{prefix}.{number}.document.{key}"] = document[key]
        if catalogue:
            flat[f"{prefix}.{number}.document.metadata"] = as_json({"catalogue": catalogue})
    return flat


SERVICE = Service("product-search", "discovery", 900, SHOP, PYTHON_SDK, play)
