"""Phoenix's client: an experiment over a dataset, with evaluators, read back."""

import os

from phoenix.client import Client

client = Client(base_url=os.environ["URL"], headers={"x-nervure-project": os.environ["PROJECT"]})
dataset = client.datasets.create_dataset(
    name="capitals",
    inputs=[{"question": "France?"}, {"question": "Spain?"}, {"question": "?"}],
    outputs=[{"answer": "Paris"}, {"answer": "Madrid"}, {"answer": ""}],
)
ANSWERS = {"France?": "Paris", "Spain?": "Lisbon"}


def task(input):
    return ANSWERS[input["question"]]


def exact(output, expected):
    return output == expected["answer"]


ran = client.experiments.run_experiment(
    dataset=dataset, task=task, evaluators=[exact], experiment_name="first try", retries=0, print_summary=False
)
held = client.experiments.get(experiment_id=ran["experiment_id"])
assert (held["name"], held["example_count"], held["successful_run_count"], held["failed_run_count"]) == (
    "first try", 3, 2, 1,
), held  # fmt: skip
read = client.experiments.get_experiment(experiment_id=ran["experiment_id"])
assert {run.get("output") for run in read["task_runs"]} == {"Paris", "Lisbon", None}, read["task_runs"]
judged = {one.result["score"] for one in read["evaluation_runs"] if one.result}
assert judged == {0.0, 1.0}, read["evaluation_runs"]
assert [one["name"] for one in client.experiments.list(dataset_id=dataset.id)] == ["first try"]
