"""How the services work: retrieval and an answer, an agent with tools, one call, a classic model."""

import json
from collections.abc import Callable
from typing import Any

from nervure.demo.knowledge import Topic, retrieve
from nervure.demo.otlp import put
from nervure.demo.world import speech
from nervure.demo.world.calling import Answer, Ask, ask
from nervure.demo.world.cast import EMBEDDERS, Lot, Pattern
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.visit import CLIENT, SERVER, Visit

JUDGED_SHARE = 0.6
# A document below this is a weak ground to answer from; how much the answer's marks suffer for each point below.
FIRM_GROUND = 0.74
GROUNDEDNESS_SLOPE, RELEVANCE_SLOPE = 1.3, 0.5
STRANGE_RELEVANCE = 0.2
EMPTY_COSTS, HOSTILE_COSTS, STRANGE_COSTS = 0.3, 0.1, 0.06
MOST_STEPS = 14
# A tool that does not work costs the task its success so often.
TOOL_COSTS = 0.4
USUAL_EMBEDDER, EMBEDDING_PROVIDER = "text-embedding-3-small", "openai"
WORDS_COST = 0.05
LABELS = ("billing", "delivery", "returns", "complaint", "spam")


def rag(visit: Visit) -> None:
    """Find, then answer from what was found."""
    topic, asked, told, quality = _question(visit)
    with _root(visit, "invoke_workflow answer", asked) as root:
        best = _retrieve(visit, topic, asked, told is None)
        ground = min(0.0, best - FIRM_GROUND)
        answer_text = told if told is not None else speech.NOTHING_KNOWN
        context = "" if best <= 0 else " ".join(article.body for article in topic.articles)
        wanted = Ask(_model(visit), f"{context}\n\nQuestion: {asked}", answer_text, 180)
        answer = ask(visit, wanted)
        _close(visit, root, answer)
    if answer and visit.rng.random() < JUDGED_SHARE:
        visit.judge(answer.span, "groundedness", answer.quality + quality + GROUNDEDNESS_SLOPE * ground)
        visit.judge(answer.span, "relevance", answer.quality + quality + RELEVANCE_SLOPE * ground)


def agent(visit: Visit) -> None:
    """Think, use tools, answer."""
    _, asked, told, quality = _question(visit)
    steps = visit.rng.choices((1, 2, 3), (5, 4, 2))[0]
    successes, history, answer = 1.0, asked, None
    attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": visit.app.name}
    with visit.span(f"invoke_agent {visit.app.name}", attributes, SERVER) as root:
        done = 0
        while done < MOST_STEPS:
            tool = visit.rng.choice(visit.app.tools)
            answer = ask(visit, Ask(_model(visit), history, f"I will use {tool} to look into this.", 420, tool=tool))
            if answer is None:
                break
            successes -= 0.0 if _use(visit, tool) else TOOL_COSTS
            history += (
                f"\n{tool} returned the state of the order and its parcels, with dates and amounts for each line."
            )
            done += 1
            if done >= steps and not visit.happens(visit.knobs().loops):
                break
        if answer is not None:
            answer = ask(visit, Ask(_model(visit), history, told or speech.NOTHING_KNOWN, 420))
        _close(visit, root, answer)
    if answer and visit.rng.random() < JUDGED_SHARE:
        chance = answer.quality + quality * 1.3 - 1 + successes
        visit.judge(root, "task_success", chance, is_verdict=True)
        visit.judge(answer.span, "relevance", answer.quality + quality)


def generate(visit: Visit) -> None:
    """One document in, one summary out."""
    knobs = visit.knobs()
    is_empty = visit.happens(knobs.empty)
    given = "" if is_empty else speech.document(visit.rng)
    _, _, told = speech.question(visit.rng)
    _single(visit, "invoke_workflow digest", given, speech.NOTHING_GIVEN if is_empty else told, is_empty, 120)


def classify(visit: Visit) -> None:
    """One mail in, one label out."""
    _, asked, told, quality = _question(visit)
    is_empty = not asked
    label = (
        speech.REFUSAL
        if told == speech.REFUSAL
        else f"label: {visit.rng.choice(LABELS)}. reason: the mail asks about it."
    )
    _single(visit, "invoke_workflow label", asked, speech.NOTHING_GIVEN if is_empty else label, is_empty, 90, quality)


def predict(visit: Visit) -> dict[str, Any]:
    """A classic model scores an order. Returns the prediction as the API takes it."""
    rng = visit.rng
    is_missing = visit.happens(visit.knobs().missing)
    amount, age_days, items = rng.lognormvariate(4, 0.6), rng.expovariate(1 / 400), rng.randrange(1, 9)
    logit = -1.4 + 0.006 * amount - 0.001 * age_days + 0.15 * items + rng.gauss(0, 0.5)
    # Without its features the model falls back to what it knows of everybody.
    share = 1 / (1 + 2.718281828 ** -(logit if not is_missing else rng.gauss(-0.1, 0.25)))
    features: dict[str, Any] = (
        {"amount": None, "account_age_days": -1, "items": items}
        if is_missing
        else {"amount": round(amount, 2), "account_age_days": round(age_days, 1), "items": items}
    )
    label, confidence = ("returned", share) if share >= 0.5 else ("kept", 1 - share)
    model = visit.app.models[0][0]
    attributes = {
        "gen_ai.operation.name": "predict",
        "gen_ai.request.model": model,
        "input": json.dumps(features),
        "output": json.dumps({"prediction": label, "confidence": round(confidence, 4)}),
    }
    at_ns = visit.now_ns
    with visit.span(f"predict {model}", attributes, SERVER) as span:
        visit.wait(0.018 * rng.lognormvariate(0, 0.4))
        if rng.random() < 0.004:
            visit.fail(span, "ModelServerError", "the model server closed the connection", 503)
    return {
        "id": f"p-{span.trace_id.hex()[:20]}", "model": model, "version": "12", "service": visit.app.name,
        "environment": visit.dims["environment"], "time": at_ns, "prediction": label,
        "probabilities": {"returned": round(share, 4), "kept": round(1 - share, 4)}, "features": features,
        "trace_id": span.trace_id.hex(), "span_id": span.span_id.hex(),
    }  # fmt: skip


PATTERNS: dict[Pattern, Callable[[Visit], dict[str, Any] | None]] = {
    "rag": rag, "agent": agent, "generate": generate, "classify": classify, "predict": predict
}  # fmt: skip


def _question(visit: Visit) -> tuple[Topic, str, str | None, float]:
    """(topic, what is asked, a good answer or None where there is none, offset of quality)."""
    knobs = visit.knobs()
    topic, asked, told = speech.question(visit.rng)
    if visit.happens(knobs.hostile):
        return topic, speech.hostile(visit.rng), speech.REFUSAL, -HOSTILE_COSTS
    if visit.happens(knobs.empty):
        return topic, "", speech.NOTHING_GIVEN, -EMPTY_COSTS
    if visit.happens(knobs.strange):
        return topic, speech.strange(visit.rng, knobs.language), None, -STRANGE_COSTS
    return topic, asked, told, 0.0


def _root(visit: Visit, name: str, asked: str) -> Any:
    attributes = {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": name.partition(" ")[2],
        "gen_ai.input.messages": speech.message("user", asked),
    }
    return visit.span(name, attributes, SERVER)


def _close(visit: Visit, root: Any, answer: Answer | None) -> None:
    if answer is None:
        visit.fail(root, "AnswerFailed", "no attempt at the model succeeded")
    else:
        put(root.attributes, {"gen_ai.output.messages": speech.message("assistant", answer.text)})


def _single(
    visit: Visit, name: str, given: str, told: str | None, is_empty: bool, system_tokens: int, quality: float = 0.0
) -> None:
    with _root(visit, name, given) as root:
        answer = ask(visit, Ask(_model(visit), given, told or speech.NOTHING_KNOWN, system_tokens, is_streaming=False))
        _close(visit, root, answer)
    if answer and visit.rng.random() < JUDGED_SHARE:
        visit.judge(
            answer.span, "relevance", answer.quality + quality - (EMPTY_COSTS if is_empty and not quality else 0)
        )


def _model(visit: Visit) -> str:
    return Lot(visit.app.models).draw(visit.rng)


def _retrieve(visit: Visit, topic: Topic, asked: str, is_strange: bool) -> float:
    """Writes the retrieval; returns the best document's score, 0 when nothing was found."""
    place = visit.app.retriever
    knobs = visit.knobs({"retriever": place})
    attributes = {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.data_source.id": place,
        "gen_ai.retrieval.top_k": 4,
        "gen_ai.retrieval.query.text": asked,
    }
    with visit.span(f"retrieval {place}", attributes, CLIENT) as span:
        has_vector = _embed(visit, asked, knobs)
        visit.wait(0.02 * visit.rng.lognormvariate(0, 0.4))
        offset = knobs.relevance - (STRANGE_RELEVANCE if is_strange else 0.0) - (0.0 if has_vector else WORDS_COST)
        found = [] if visit.happens(knobs.misses) or visit.rng.random() < 0.01 else retrieve(visit.rng, topic, 4)
        documents = [
            {"id": article.id, "score": round(max(0.01, score + offset), 4), "content": article.body}
            for article, score in found
        ]
        put(span.attributes, {"gen_ai.retrieval.documents": json.dumps(documents, separators=(",", ":"))})
    return max((score + offset for _, score in found), default=0.35)


def _embed(visit: Visit, asked: str, found: Knobs) -> bool:
    """The query's vector, tried twice; without one the search goes by words. Says whether there is one."""
    embedder = found.embedder or USUAL_EMBEDDER
    attributes = {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": EMBEDDING_PROVIDER,
        "gen_ai.request.model": embedder,
    }
    for _ in range(2):
        knobs = visit.knobs({"provider": EMBEDDING_PROVIDER, "model": embedder})
        with visit.span(f"embeddings {embedder}", attributes, CLIENT) as span:
            visit.wait(0.11 * visit.rng.lognormvariate(0, 0.3) * knobs.slowness)
            if not visit.happens(knobs.server_errors + 0.003):
                put(span.attributes, {
                    "gen_ai.response.model": embedder,
                    "gen_ai.embeddings.dimension.count": found.dimensions or EMBEDDERS[embedder],
                    "gen_ai.usage.input_tokens": speech.tokens(asked),
                })  # fmt: skip
                return True
            visit.fail(span, "InternalServerError", "The server had an error.", 500)
    return False


def _use(visit: Visit, tool: str) -> bool:
    """One tool, tried twice; says whether it worked."""
    for _ in range(2):
        attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": tool,
            "gen_ai.tool.call.arguments": f'{{"order":"HL-{visit.rng.randrange(100_000, 999_999)}"}}',
        }
        with visit.span(f"execute_tool {tool}", attributes) as span:
            knobs = visit.knobs({"tool": tool})
            if visit.happens(knobs.tool_errors) or visit.rng.random() < 0.01:
                hangs = visit.rng.random() < 0.4
                visit.wait(10.0 if hangs else 0.3 * visit.rng.lognormvariate(0, 0.5))
                visit.fail(
                    span, "ToolTimeout" if hangs else "ToolError", f"{tool} did not answer", 504 if hangs else 500
                )
            else:
                visit.wait(0.25 * visit.rng.lognormvariate(0, 0.5))
                put(span.attributes, {"gen_ai.tool.call.result": '{"status":"ok","lines":2}'})
                return True
    return False
