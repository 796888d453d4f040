"""Langfuse's SDK 2: its own ingestion, prompts, datasets, and the fetch methods; prints what it read back as JSON."""

import json
import logging
import sys

from langfuse import Langfuse

logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
langfuse = Langfuse()
told = {"auth": langfuse.auth_check()}

langfuse.create_prompt(name="greet", prompt="Hello {{name}}", labels=["production"], config={"temperature": 0.5})
greet = langfuse.get_prompt("greet")
told["prompt"] = [greet.version, greet.compile(name="Ada"), greet.config, sorted(greet.labels)]
told["fallback"] = langfuse.get_prompt("none", fallback="as ever", max_retries=1).prompt

trace = langfuse.trace(
    name="support", user_id="user-7", session_id="sess-42", tags=["beta"], metadata={"plan": "gold"}, input="refund?"
)
span = trace.span(name="retrieve", input={"query": "refund"})
span.end(output=["30 days"])
generation = trace.generation(
    name="answer",
    model="gpt-4o-mini",
    prompt=greet,
    input=[{"role": "user", "content": "refund?"}],
    model_parameters={"temperature": 0.2},
)
generation.end(output="Within 30 days.", usage={"input": 10, "output": 4})
trace.event(name="sent")
trace.update(output="Within 30 days.")
trace.score(name="helpful", value=1, comment="liked")
generation.score(name="tone", value="calm")
langfuse.flush()

langfuse.create_dataset(name="capitals")
for country, capital in (("France", "Paris"), ("Italy", "Rome")):
    langfuse.create_dataset_item(dataset_name="capitals", input={"country": country}, expected_output=capital)
dataset = langfuse.get_dataset("capitals")
for item in dataset.items:
    with item.observe(run_name="first", run_description="by hand", run_metadata={"model": "m"}) as trace_id:
        langfuse.trace(id=trace_id, output=item.expected_output).score(name="exact", value=1.0)
langfuse.flush()
run = langfuse.get_dataset_run("capitals", "first")
told["run"] = [run.name, run.description, run.metadata, len(run.dataset_run_items)]
told["items"] = sorted([one.input["country"], one.expected_output] for one in dataset.items)

found = langfuse.fetch_trace(trace.id).data
told["trace"] = [found.id == trace.id, found.name, found.user_id, found.session_id, found.tags, found.metadata]
told["said"] = [found.input, found.output]
told["observations"] = sorted([one.type, one.name or "", one.output] for one in found.observations)
told["scores"] = sorted([one.name, getattr(one, "string_value", None) or one.value] for one in found.scores)
told["usage"] = next(
    [o.usage.input, o.usage.output, o.model, o.prompt_name] for o in found.observations if o.name == "answer"
)
told["by_user"] = [one.name for one in langfuse.fetch_traces(user_id="user-7").data]
told["by_tag"] = [one.name for one in langfuse.fetch_traces(tags=["beta"], name="support").data]
told["generations"] = [one.name for one in langfuse.fetch_observations(type="GENERATION", trace_id=trace.id).data]
told["observation"] = langfuse.fetch_observation(generation.id).data.id == generation.id
told["sessions"] = [one.id for one in langfuse.fetch_sessions().data]
told["later"] = langfuse.client.score.get().meta.total_items
alone = langfuse.fetch_trace(run.dataset_run_items[0].trace_id).data
told["alone"] = [alone.output in ("Paris", "Rome"), len(alone.observations), [one.value for one in alone.scores]]
(day,) = langfuse.client.metrics.daily().data
told["daily"] = [
    day.count_traces,
    day.count_observations,
    [[u.model, u.input_usage, u.output_usage] for u in day.usage],
]
langfuse.shutdown()
print(json.dumps(told, default=str))
