"""Weave's evaluations, models and prompts, pointed at Nervure by WANDB_BASE_URL."""

import asyncio
import json
import os

import weave

client = weave.init(os.environ["WEAVE_PROJECT"])


@weave.op
def predict(country: str) -> str:
    return {"France": "Paris"}.get(country, "?")


@weave.op
def exact(expected: str, output: str) -> dict:
    return {"match": expected == output}


class Times(weave.Model):
    factor: int = 3

    @weave.op
    def predict(self, number: int) -> int:
        return number * self.factor


rows = [{"country": "France", "expected": "Paris"}, {"country": "Spain", "expected": "Madrid"}]
dataset = weave.Dataset(name="capitals", rows=rows)
summary = asyncio.run(weave.Evaluation(name="try", dataset=dataset, scorers=[exact]).evaluate(predict))
client.flush()
calls = list(client.get_calls())
prompt = weave.ref(weave.publish(weave.StringPrompt("Hello {name}"), "greet").uri()).get()
model = weave.ref(weave.publish(Times()).uri()).get()
result = model.predict(5)
client.flush()
found = list(client.get_calls(query={"$expr": {"$gt": [{"$getField": "inputs.number"}, {"$literal": 4}]}}))
found[0].set_display_name("renamed")
client.flush()
renamed = client.get_call(found[0].id).display_name
print()
print(
    json.dumps(
        {
            "summary": summary,
            "ops": sorted({one.op_name.rpartition("/")[2].partition(":")[0] for one in calls}),
            "prompt": prompt.format(name="Ada"),
            "model": result,
            "found": len(found),
            "renamed": renamed,
            "objects": [one.object_id for one in client._objects()],
        },
        default=str,
    )
)
client.finish()
