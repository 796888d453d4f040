"""Voice line: callers talk to a realtime model with audio in and out. Langfuse's OpenTelemetry attributes."""

from nervure.base.clock import iso
from nervure.demo import knowledge
from nervure.demo.company import NS, prompt_version
from nervure.demo.models import REALTIME, call, tokens_of
from nervure.demo.otlp import put
from nervure.demo.rhythm import CALLS
from nervure.demo.scene import PYTHON_SDK, Scene, Service, as_json

APP = ("langfuse-sdk", "3.15.0")
PROMPT = "voice-greeting"


def play(scene: Scene) -> None:
    """One call: some turns of speech, sometimes a look at the order, perhaps handed over to a person."""
    rng = scene.rng
    story = knowledge.facts(rng)
    turns = [story.opening(rng)]
    turns += rng.sample(story.topic.follow_ups, rng.choices((0, 1, 2), (3, 5, 2))[0])
    scene.begin_trace()
    scene.baggage = {
        "langfuse.trace.name": "phone-call",
        "user.id": scene.visitor.user,
        "session.id": scene.visitor.session,
        "langfuse.environment": "production",
        "langfuse.release": scene.release,
        "langfuse.trace.tags": ["voice", story.topic.name],
        "langfuse.trace.metadata.plan": scene.visitor.tenant.plan,
        "tenant.id": scene.visitor.tenant.name,
        "feature": "voice-line",
    }
    agent = {"langfuse.observation.type": "agent", "langfuse.observation.input": turns[0][0]}
    with scene.span("phone-call", APP, agent) as root:
        context_tokens = 420
        for number, (asked, told) in enumerate(turns):
            if number == 0 and rng.random() < 0.6:
                _order(scene, story.values["order"])
            if not _say(scene, asked, told, context_tokens):
                put(
                    root.attributes,
                    {
                        "langfuse.observation.level": "ERROR",
                        "langfuse.observation.status_message": "handed over to a person",
                    },
                )
                scene.fail(root, "HandedOver", "handed over to a person")
                return
            context_tokens += 3 * (tokens_of(asked) + tokens_of(told))
            scene.wait(rng.uniform(3, 12))
        put(root.attributes, {"langfuse.observation.output": turns[-1][1]})


def _order(scene: Scene, order: str) -> None:
    attributes = {
        "langfuse.observation.type": "tool",
        "langfuse.observation.input": as_json({"order": order}),
        "langfuse.observation.output": as_json(
            {"order": order, "status": scene.rng.choice(("sent", "delivered", "returned"))}
        ),
    }
    with scene.span("look_up_order", APP, attributes):
        scene.jitter(0.15)


def _say(scene: Scene, asked: str, told: str, context_tokens: int) -> bool:
    """One turn. Speech is about three times as many audio tokens as its text."""
    heard, spoken = 3 * tokens_of(asked), 3 * tokens_of(told)
    cached = context_tokens // 2
    drawn = call(scene.rng, REALTIME, context_tokens + heard, tokens_of(told) + spoken, cached)
    details = {
        "prompt_tokens": drawn.input_tokens,
        "completion_tokens": drawn.output_tokens,
        "total_tokens": drawn.input_tokens + drawn.output_tokens,
        "prompt_tokens_details": {"audio_tokens": heard, "cached_tokens": cached},
        "completion_tokens_details": {"audio_tokens": spoken, "reasoning_tokens": 0},
    }
    attributes = {
        "langfuse.observation.type": "generation",
        "langfuse.observation.model.name": REALTIME.name,
        "langfuse.observation.model.parameters": as_json({"voice": "marin", "temperature": 0.8}),
        "langfuse.observation.input": as_json([{"role": "user", "content": asked}]),
        "langfuse.observation.prompt.name": PROMPT,
        "langfuse.observation.prompt.version": int(prompt_version(PROMPT, scene.hour)),
    }
    with scene.span("speak", APP, attributes) as span:
        first_ns = scene.now_ns + int(drawn.ttft_s * NS)
        scene.wait(drawn.duration_s)
        if scene.fail_call(span, drawn):
            put(
                span.attributes,
                {
                    "langfuse.observation.level": "ERROR",
                    "langfuse.observation.status_message": span.status.message,
                },
            )
            return False
        put(span.attributes, {
            "langfuse.observation.output": as_json({"role": "assistant", "content": told}),
            "langfuse.observation.usage_details": as_json(details),
            "langfuse.observation.completion_start_time": as_json(iso(first_ns)),
        })  # fmt: skip
    return True


SERVICE = Service("voice-line", "customer-care", 130, CALLS, PYTHON_SDK, play)
