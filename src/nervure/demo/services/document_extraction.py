"""Document extraction: a nightly batch that reads suppliers' invoices. OpenLLMetry, Gemini, structured output."""

from nervure.demo.models import GEMINI, call, tokens_of
from nervure.demo.otlp import put
from nervure.demo.rhythm import NIGHT
from nervure.demo.scene import CLIENT, ERROR, INFO, PYTHON_SDK, Scene, Service, as_json

APP = ("opentelemetry.instrumentation.traceloop", "0.62.4")
LLM = ("opentelemetry.instrumentation.google_generativeai", "0.62.4")
SUPPLIERS = ("Brightmill Paper", "Castor Logistics", "Delphi Packaging", "Eastgate Print", "Formosa Metals")
INSTRUCTIONS = (
    "Extract supplier, number, date, currency, net, VAT and total of this invoice as JSON with exactly these keys."
)


def play(scene: Scene) -> None:
    """One document: load, extract, check, and once more if the check fails."""
    rng = scene.rng
    scene.begin_trace()
    number = f"INV-{rng.randrange(10_000, 99_999)}"
    supplier, net = rng.choice(SUPPLIERS), round(rng.uniform(40, 9000), 2)
    page = _page(scene, supplier, number, net)
    scene.baggage = {
        "traceloop.workflow.name": "extract-invoice",
        "traceloop.association.properties.tenant": scene.visitor.tenant.name,
        "traceloop.association.properties.batch": f"night-{scene.hour // 24}",
        "tenant.id": scene.visitor.tenant.name,
        "feature": "invoice-extraction",
    }
    workflow = {
        "traceloop.span.kind": "workflow",
        "traceloop.entity.name": "extract-invoice",
        "traceloop.entity.input": as_json({"args": [], "kwargs": {"document": f"{number}.pdf"}}),
    }
    with scene.span("extract-invoice.workflow", APP, workflow) as root:
        with scene.span("load.task", APP, {"traceloop.span.kind": "task", "traceloop.entity.name": "load"}):
            scene.jitter(0.35)
        result = _extract(scene, page, supplier, number, net)
        if not result:
            scene.fail(root, "ExtractionFailed", f"{number}.pdf: no valid result after two attempts")
            scene.log(ERROR, f"{number}.pdf could not be read", {"document": number})
            return
        put(root.attributes, {"traceloop.entity.output": result})
        scene.log(INFO, f"{number}.pdf read", {"document": number})


def _page(scene: Scene, supplier: str, number: str, net: float) -> str:
    lines = [f"{supplier}\nInvoice {number}\n"]
    for position in range(1, scene.rng.randrange(4, 22)):
        lines.append(
            f"{position:>3}  item {scene.rng.randrange(1000, 9999)}  qty {scene.rng.randrange(1, 40)}  {scene.rng.uniform(2, 300):.2f} EUR"
        )
    return "\n".join([*lines, f"\nnet {net:.2f} EUR, VAT 19 % {net * 0.19:.2f} EUR, total {net * 1.19:.2f} EUR"])


def _extract(scene: Scene, page: str, supplier: str, number: str, net: float) -> str:
    prompt = f"{INSTRUCTIONS}\n\n{page}"
    result = as_json(
        {
            "supplier": supplier,
            "number": number,
            "currency": "EUR",
            "net": net,
            "vat": round(net * 0.19, 2),
            "total": round(net * 1.19, 2),
        }
    )
    for attempt in (1, 2):
        is_cut = scene.rng.random() < 0.015
        answer = result[: len(result) // 2] if is_cut else result
        # A page is sent as an image too: 258 tokens each with this provider.
        drawn = call(scene.rng, GEMINI, tokens_of(prompt) + 258, tokens_of(answer))
        attributes = {
            "llm.request.type": "chat",
            "gen_ai.system": "gemini",
            "gen_ai.request.model": GEMINI.name,
            "gen_ai.request.temperature": 0.0,
            "gen_ai.request.max_tokens": 400,
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": prompt,
        }
        with scene.span("gemini.generate_content", LLM, attributes, CLIENT) as span:
            scene.wait(drawn.duration_s)
            if not scene.fail_call(span, drawn):
                finish = "length" if is_cut else "stop"
                put(span.attributes, {
                    "gen_ai.response.model": GEMINI.response_name,
                    "gen_ai.completion.0.role": "assistant",
                    "gen_ai.completion.0.content": answer,
                    "gen_ai.completion.0.finish_reason": finish,
                    "gen_ai.response.finish_reasons": [finish],
                    "gen_ai.usage.prompt_tokens": drawn.input_tokens,
                    "gen_ai.usage.completion_tokens": drawn.output_tokens,
                    "llm.usage.total_tokens": drawn.input_tokens + drawn.output_tokens,
                })  # fmt: skip
        with scene.span("check.task", APP, {"traceloop.span.kind": "task", "traceloop.entity.name": "check"}) as check:
            scene.jitter(0.01)
            if drawn.failure is None and not is_cut:
                return answer
            scene.fail(check, "InvalidResult", f"attempt {attempt}: the result is not complete JSON")
    return ""


SERVICE = Service("document-extraction", "finance-systems", 260, NIGHT, PYTHON_SDK, play)
