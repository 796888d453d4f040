"""Copywriter: a Next.js page where shops have product texts written. Vercel AI SDK spans, Mistral, streaming."""

from nervure.demo.knowledge import PRODUCTS
from nervure.demo.models import MISTRAL, call, tokens_of
from nervure.demo.otlp import put
from nervure.demo.rhythm import OFFICE
from nervure.demo.scene import NODE_SDK, Scene, Service, as_json

APP = ("ai", "")
OPENINGS = ("Made for people who", "There are days when you", "Quietly clever:", "Built in small numbers for those who")
MIDDLES = ("would rather be outside", "like things that last", "notice details", "have had enough of compromises")
ENDINGS = (
    "Tested for a year by our own team, repaired free of charge for two.",
    "The material comes from a mill we have known for twenty years.",
    "It does one thing, and it does it every day.",
)


def play(scene: Scene) -> None:
    """One product text."""
    rng = scene.rng
    product = rng.choice(PRODUCTS)
    scene.begin_trace()
    first = f"{rng.choice(OPENINGS)} {rng.choice(MIDDLES)}. The {product} is ready when you are."
    text = " ".join([first, *rng.sample(ENDINGS, rng.randrange(1, 4))])
    prompt = f"Write a product text of at most 80 words for: {product}. Tone: {rng.choice(('warm', 'plain', 'bold'))}."
    scene.baggage = {
        "ai.telemetry.functionId": "write-product-text",
        "ai.telemetry.metadata.userId": scene.visitor.user,
        "ai.telemetry.metadata.sessionId": scene.visitor.session,
        "ai.telemetry.metadata.tenant": scene.visitor.tenant.name,
        "tenant.id": scene.visitor.tenant.name,
        "feature": "copywriter",
        "ai.model.id": MISTRAL.name,
        "ai.model.provider": "mistral.chat",
        "ai.settings.temperature": 0.9,
    }
    drawn = call(rng, MISTRAL, tokens_of(prompt) + 35, tokens_of(text))
    outer = {
        "operation.name": "ai.streamText write-product-text",
        "ai.operationId": "ai.streamText",
        "ai.prompt": as_json({"system": "You write for shops.", "prompt": prompt}),
    }
    inner = {
        "operation.name": "ai.streamText.doStream write-product-text",
        "ai.operationId": "ai.streamText.doStream",
        "ai.prompt.messages": as_json([
            {"role": "system", "content": "You write for shops."},
            {"role": "user", "content": [{"type": "text", "text": prompt}]},
        ]),
        "gen_ai.system": "mistral.chat",
        "gen_ai.request.model": MISTRAL.name,
        "gen_ai.request.temperature": 0.9,
    }  # fmt: skip
    usage = {
        "ai.response.text": text,
        "ai.response.finishReason": "stop",
        "ai.usage.inputTokens": drawn.input_tokens,
        "ai.usage.outputTokens": drawn.output_tokens,
        "ai.usage.totalTokens": drawn.input_tokens + drawn.output_tokens,
    }
    with scene.span("ai.streamText", APP, outer) as root:
        with scene.span("ai.streamText.doStream", APP, inner) as span:
            scene.wait(drawn.duration_s)
            if scene.fail_call(span, drawn):
                scene.fail_call(root, drawn)
                return
            put(span.attributes, {
                **usage,
                "ai.response.model": MISTRAL.response_name,
                "ai.response.id": drawn.response_id,
                "ai.response.msToFirstChunk": round(drawn.ttft_s * 1000, 2),
                "ai.response.msToFinish": round(drawn.duration_s * 1000, 2),
                "gen_ai.response.model": MISTRAL.response_name,
                "gen_ai.response.finish_reasons": ["stop"],
                "gen_ai.usage.input_tokens": drawn.input_tokens,
                "gen_ai.usage.output_tokens": drawn.output_tokens,
            })  # fmt: skip
        put(root.attributes, usage)


SERVICE = Service("copywriter", "merchandising", 170, OFFICE, NODE_SDK, play)
