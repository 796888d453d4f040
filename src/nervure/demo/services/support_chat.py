"""Support chat: retrieval-augmented answers for shoppers. OTel GenAI conventions, streaming, evaluated by a judge."""

from typing import Any

from nervure.demo import genai, knowledge
from nervure.demo.company import prompt_version
from nervure.demo.models import EMBEDDER, GPT_MINI, GPT_REASONING, RATE_LIMIT, Call, Model, call, tokens_of
from nervure.demo.otlp import put
from nervure.demo.rhythm import SHOP
from nervure.demo.scene import CLIENT, DEBUG, INFO, PYTHON_SDK, SERVER, WARN, Scene, Service, as_json

APP = ("harbourline.support_chat", "")
PROMPT = "support-answer"
SYSTEM = (
    "You are the support assistant of {shop}. Answer from the help centre articles you are given and from nothing "
    "else. If they do not answer the question, say so and offer to connect a person. Be brief and friendly. Never "
    "promise money that the articles do not promise. Always name the order number when there is one."
)


def play(scene: Scene) -> None:
    """A session: one question and perhaps some follow-ups, a trace each."""
    story = knowledge.facts(scene.rng)
    history: list[dict[str, Any]] = []
    turns = [
        story.opening(scene.rng),
        *scene.rng.sample(story.topic.follow_ups, scene.rng.choices((0, 1, 2), (5, 3, 2))[0]),
    ]
    for asked, told in turns:
        scene.begin_trace()
        is_made_up = scene.suffers("prompt_regression") is not None and scene.rng.random() < 0.7
        if is_made_up:
            told = f"{told} {story.fill(scene.rng.choice(knowledge.PROMISES))}"
        _turn(scene, story.topic, asked, told, history, is_made_up)
        history += [genai.text("user", asked), genai.text("assistant", told)]
        scene.wait(scene.rng.uniform(20, 180))


def _turn(
    scene: Scene, topic: knowledge.Topic, question: str, answer: str, history: list[dict[str, Any]], is_made_up: bool
) -> None:
    scene.baggage = genai.who(scene, "support-chat")
    request = {
        "http.request.method": "POST",
        "url.path": "/chat",
        "http.route": "/chat",
        "http.response.status_code": 200,
    }
    workflow = {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "answer-question",
        "gen_ai.input.messages": as_json([genai.text("user", question)]),
    }
    with scene.span("POST /chat", ("opentelemetry.instrumentation.fastapi", "0.66b2"), request, SERVER):
        scene.jitter(0.004)
        with scene.span("invoke_workflow answer-question", APP, workflow) as root:
            found = _retrieve(scene, topic, question)
            drawn = _answer(scene, topic, question, answer, history, found)
            if drawn is not None:
                _judge(scene, drawn, found, is_made_up)
            is_answered = drawn is not None
            if is_answered:
                put(root.attributes, {"gen_ai.output.messages": as_json([genai.text("assistant", answer)])})
                scene.log(INFO, f"answered a question about {topic.name} from {len(found)} articles")
            else:
                scene.fail(root, "AnswerFailed", "no model gave an answer")
        scene.jitter(0.002)


def _retrieve(scene: Scene, topic: knowledge.Topic, question: str) -> list[tuple[knowledge.Article, float]]:
    attributes = {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.data_source.id": "help-centre",
        "gen_ai.retrieval.top_k": 4,
        "gen_ai.retrieval.query.text": question,
    }
    with scene.span("retrieval help-centre", APP, attributes, CLIENT) as span:
        drawn = call(scene.rng, EMBEDDER, tokens_of(question), 0)
        embed = {
            "gen_ai.operation.name": "embeddings",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": EMBEDDER.name,
            "gen_ai.response.model": EMBEDDER.response_name,
            "gen_ai.embeddings.dimension.count": 1536,
            "gen_ai.usage.input_tokens": drawn.input_tokens or None,
        }
        with scene.span(f"embeddings {EMBEDDER.name}", genai.OPENAI, embed, CLIENT) as embedding:
            scene.wait(min(drawn.duration_s, 2))
            scene.fail_call(embedding, drawn)
        database = {
            "db.system.name": "postgresql",
            "db.operation.name": "SELECT",
            "db.collection.name": "help_articles",
        }
        with scene.span("SELECT help_articles", ("opentelemetry.instrumentation.psycopg", "0.66b2"), database, CLIENT):
            scene.jitter(0.018)
        found = knowledge.retrieve(scene.rng, topic, 4)
        documents = [
            {"id": article.id, "score": score, "content": article.body, "title": article.title}
            for article, score in found
        ]
        put(span.attributes, {"gen_ai.retrieval.documents": as_json(documents)})
        best = found[0][1]
        text = f"found {len(found)} articles about {topic.name}, the best with score {best:.2f}"
        scene.log(DEBUG, text, {"index": "help-centre", "top_k": 4, "best_score": round(best, 4)})
    return found


def _answer(
    scene: Scene, topic: knowledge.Topic, question: str, answer: str,
    history: list[dict[str, Any]], found: list[tuple[knowledge.Article, float]],
) -> Call | None:  # fmt: skip
    """The call that answered; None when there was none."""
    context = "\n\n".join(f"[{article.id}] {article.title}: {article.body}" for article, _ in found)
    system = SYSTEM.format(shop=scene.visitor.tenant.name)
    messages = [*history, genai.text("user", f"{context}\n\nQuestion: {question}")]
    # Billing questions are routed to the model that reasons.
    model = GPT_REASONING if topic.name == "billing" else GPT_MINI
    tried = scene.suffers("prompt_regression")
    extra = {
        "gen_ai.prompt.name": PROMPT,
        "gen_ai.prompt.version": tried.prompt_version if tried else prompt_version(PROMPT, scene.hour),
        "gen_ai.request.temperature": 0.2,
        "gen_ai.request.max_tokens": 600,
    }
    prompt_tokens = genai.length(messages) // 4 + tokens_of(system)
    for attempt in (1, 2):
        cached = prompt_tokens // 2 // 128 * 128 if history and scene.rng.random() < 0.7 else 0
        drawn = _call(scene, model, prompt_tokens, tokens_of(answer), cached)
        if genai.chat(scene, genai.OPENAI, drawn, messages, genai.text("assistant", answer), extra, system, True):
            if scene.suffers("asked_again"):
                _ask_again(scene, model, prompt_tokens, messages, answer, extra, system)
            return drawn
        scene.log(WARN, f"model call failed, attempt {attempt} of 2: {drawn.failure.kind if drawn.failure else ''}")
        scene.wait(1.2)
    return None


def _call(scene: Scene, model: Model, prompt_tokens: int, answer_tokens: int, cached: int) -> Call:
    if scene.suffers("rate_limited") and model is GPT_MINI and scene.rng.random() < 0.5:
        return Call(model, duration_s=RATE_LIMIT.wait_s * scene.rng.lognormvariate(0, 0.3), failure=RATE_LIMIT)
    return call(scene.rng, model, prompt_tokens, answer_tokens, cached)


def _ask_again(
    scene: Scene, model: Model, prompt_tokens: int, messages: list[dict[str, Any]], answer: str, extra: dict[str, Any],
    system: str,
) -> None:  # fmt: skip
    """The check wants an order number the question never gave: the same is asked for again until it gives up."""
    for attempt in range(2, 2 + scene.rng.choice((1, 2, 2, 3))):
        scene.log(WARN, f"the answer names no order number, attempt {attempt} of 4")
        drawn = _call(scene, model, prompt_tokens, tokens_of(answer), 0)
        genai.chat(scene, genai.OPENAI, drawn, messages, genai.text("assistant", answer), extra, system, True)


def _judge(scene: Scene, drawn: Call, found: list[tuple[knowledge.Article, float]], is_made_up: bool) -> None:
    """A fifth of the answers is evaluated; weak retrieval gives weak answers, and promises nobody made are noticed."""
    if scene.rng.random() > 0.2:
        return
    best = found[0][1]
    groundedness = min(1.0, max(0.0, scene.rng.gauss(best + (-0.45 if is_made_up else 0.1), 0.1)))
    scene.score("groundedness", round(groundedness, 3), f"the answer relies on {found[0][0].id}")
    if drawn.output_tokens and scene.rng.random() < 0.5:
        helpful = 1.0 if scene.rng.random() < 0.3 + 0.65 * groundedness else 0.0
        scene.score("helpful", helpful, "thumbs in the chat window", "yes" if helpful else "no")


SERVICE = Service("support-chat", "customer-care", 620, SHOP, PYTHON_SDK, play)
