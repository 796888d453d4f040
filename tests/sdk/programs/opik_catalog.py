"""Opik's prompts, datasets and `evaluate`, pointed at Nervure by OPIK_URL_OVERRIDE."""

import json

import opik
from opik.evaluation import evaluate
from opik.evaluation.metrics import Equals

client = opik.Opik()
first = client.create_prompt(name="geo-prompt", prompt="What is the capital of {{country}}?", metadata={"v": 1})
second = client.create_prompt(name="geo-prompt", prompt="Name the capital of {{country}}.", metadata={"v": 2})
same = client.create_prompt(name="geo-prompt", prompt="Name the capital of {{country}}.", metadata={"v": 2})
old = client.get_prompt("geo-prompt", commit=first.commit)
chat = client.create_chat_prompt("geo-chat", [{"role": "user", "content": "Capital of {{country}}?"}])
history = client.get_prompt_history("geo-prompt")

dataset = client.get_or_create_dataset("capitals", description="of countries")
dataset.insert([{"country": "France", "expected_output": "Paris"}, {"country": "Spain", "expected_output": "Madrid"}])
items = client.get_dataset("capitals").get_items()


def task(item):
    return {"output": "Paris", "reference": item["expected_output"]}


result = evaluate(
    dataset=dataset,
    task=task,
    scoring_metrics=[Equals(name="right")],
    experiment_name="try-1",
    prompts=[second],
    verbose=0,
)
client.flush()
experiment = client.get_experiment_by_name("try-1")
tried = experiment.get_items()
dataset.delete([items[0]["id"]])
print(
    json.dumps(
        {
            "commits": [first.commit, second.commit, same.commit],
            "old": [old.prompt, old.metadata],
            "chat": client.get_chat_prompt("geo-chat").template,
            "history": [one.prompt for one in history],
            "items": sorted((one["country"], one["expected_output"]) for one in items),
            "tried": sorted(
                (one.evaluation_task_output["reference"], one.feedback_scores[0]["value"])
                for one in tried
                if one.feedback_scores
            ),
            "count": len(tried),
            "left": [one["country"] for one in client.get_dataset("capitals").get_items()],
        },
        default=str,
    )
)
client.end()
