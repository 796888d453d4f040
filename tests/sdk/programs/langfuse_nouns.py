"""Everything but tracing that Langfuse's SDK (5 and 3) does with its server; prints what it read back as JSON."""

import json
import logging
import sys
from datetime import UTC, datetime
from importlib.metadata import version

from langfuse import Evaluation, get_client, observe
from langfuse.media import LangfuseMedia

logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
PAST = datetime(2020, 1, 1, tzinfo=UTC)
MAJOR = int(version("langfuse").split(".")[0])
langfuse = get_client()
told = {"auth": langfuse.auth_check()}

# Prompts: two versions, labels, cache, fallback.
langfuse.create_prompt(name="shop/greet", prompt="Hello {{name}}", labels=["production"], config={"temperature": 0.5})
langfuse.create_prompt(
    name="shop/greet", prompt="Hi {{name}}", labels=["staging"], tags=["t"], commit_message="shorter"
)
langfuse.create_prompt(
    name="chat",
    type="chat",
    labels=["production"],
    prompt=[{"role": "system", "content": "You serve {{shop}}."}, {"type": "placeholder", "name": "history"}],
)
greet = langfuse.get_prompt("shop/greet")
staging = langfuse.get_prompt("shop/greet", label="staging")
first = langfuse.get_prompt("shop/greet", version=1)
chat = langfuse.get_prompt("chat", type="chat")
langfuse.update_prompt(name="shop/greet", version=2, new_labels=["production"])
told["prompts"] = {
    "greet": [greet.version, greet.compile(name="Ada"), greet.config, sorted(greet.labels)],
    "staging": [staging.version, staging.prompt, sorted(staging.labels), staging.tags, staging.commit_message],
    "first": first.prompt,
    "chat": chat.compile(shop="Acme", history=[{"role": "user", "content": "hi"}]),
    "moved": langfuse.get_prompt("shop/greet", cache_ttl_seconds=0).version,
    "cached": langfuse.get_prompt("shop/greet").version,
    "fallback": langfuse.get_prompt("none", fallback="as ever", max_retries=0).prompt,
    "listed": [[one.name, list(one.versions), list(one.labels)] for one in langfuse.api.prompts.list(limit=10).data],
}
try:
    langfuse.get_prompt("none", max_retries=0)
except Exception as error:  # noqa: BLE001 - its name is what is asked for
    told["prompts"]["missing"] = type(error).__name__


# Media, a prompt linked to a generation, a trace with scores.
@observe(as_type="generation", name="draw")
def draw(image):
    langfuse.update_current_generation(
        model="gpt-4o-mini",
        prompt=greet,
        usage_details={"input": 10, "output": 5},
        input=[{"role": "user", "content": [{"type": "text", "text": "what is this"}, image]}],
    )
    return "a dot"


@observe(name="handle")
def handle():
    image = LangfuseMedia(content_bytes=b"\x89PNG\r\n" + bytes(200), content_type="image/png")
    draw({"type": "image_url", "image_url": {"url": image}})
    langfuse.score_current_trace(name="helpful", value=1, data_type="BOOLEAN", comment="liked")
    langfuse.score_current_span(name="tone", value="calm", data_type="CATEGORICAL")
    return langfuse.get_current_trace_id()


trace_id = handle()
langfuse.create_score(name="later", value=0.25, trace_id=trace_id, metadata={"by": "job"})
langfuse.create_score(name="mood", value="fine", data_type="CATEGORICAL", session_id="s-1")
langfuse.flush()
told["trace_id"] = trace_id

# A dataset and its items; the same id again changes the item.
langfuse.create_dataset(name="capitals", description="of countries", metadata={"owner": "ada"})
for number, (country, capital) in enumerate([("France", "Paris"), ("Italy", "Rome"), ("Spain", "Madrid")]):
    langfuse.create_dataset_item(
        dataset_name="capitals", id=f"{sys.argv[1]}-{number}", input={"country": country}, expected_output=capital
    )
langfuse.create_dataset_item(
    dataset_name="capitals", id=f"{sys.argv[1]}-2", status="ARCHIVED", metadata={"why": "duplicate"}
)
dataset = langfuse.get_dataset("capitals")
told["dataset"] = [dataset.name, dataset.description, dataset.metadata]
told["items"] = [
    [one.id, one.input, one.expected_output, one.metadata, getattr(one.status, "value", one.status)]
    for one in dataset.items
]


def task(*, item, **_):
    return {"France": "Paris", "Italy": "Rome"}.get(item.input["country"], "?")


def exact(*, output, expected_output, **_):
    return Evaluation(name="exact", value=float(output == expected_output), comment="as expected?")


def share(*, item_results, **_):
    values = [one.value for result in item_results for one in result.evaluations]
    return Evaluation(name="share", value=sum(values) / len(values))


result = dataset.run_experiment(
    name="baseline",
    run_name="baseline 1",
    task=task,
    evaluators=[exact],
    run_evaluators=[share],
    metadata={"model": "m"},
)
langfuse.flush()
told["results"] = [[one.output, [e.value for e in one.evaluations], one.trace_id] for one in result.item_results]
told["run_id"] = result.experiment_id if MAJOR >= 5 else result.dataset_run_id

# What the generated client reads back.
if MAJOR >= 5:
    found = langfuse.api.observations.get_many(trace_id=trace_id, fields="core,basic,io,usage,metadata,model,prompt")
    told["observations"] = [[o.name, o.type, o.prompt_name, o.prompt_version, o.output] for o in found.data]
    told["image"] = next(o.input for o in found.data if o.name == "draw")
    scores = langfuse.api.scores.get_many(trace_id=trace_id, fields="details,subject").data
    told["scores"] = sorted([s.name, s.value, s.data_type] for s in scores)
    comments = langfuse.api.comments
    made = comments.create(
        project_id="any", object_type="TRACE", object_id=trace_id, content="look", author_user_id="a"
    )
    listed = comments.get(object_type="TRACE", object_id=trace_id).data
    told["comment"] = [comments.get_by_id(made.id).content, [one.id for one in listed] == [made.id]]
    told["runs"] = [[r.name, r.item_count] for r in langfuse.api.experiments.list(from_start_time=PAST).data]
else:
    trace = langfuse.api.trace.get(trace_id)
    told["observations"] = [[o.name, o.type, o.prompt_name, o.prompt_version, o.output] for o in trace.observations]
    told["image"] = next(o.input for o in trace.observations if o.name == "draw")
    told["scores"] = sorted([s.name, getattr(s, "string_value", None) or s.value, s.data_type] for s in trace.scores)
    run = langfuse.get_dataset_run(dataset_name="capitals", run_name="baseline 1")
    told["runs"] = [[run.name, len(run.dataset_run_items)]]
    told["listed"] = [one.id for one in langfuse.api.trace.list(name="handle").data]
told["resolved"] = LangfuseMedia.resolve_media_references(
    obj=told["image"], langfuse_client=langfuse, resolve_with="base64_data_uri"
)
langfuse.shutdown()
print(json.dumps(told, default=str))
