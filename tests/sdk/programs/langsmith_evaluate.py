"""LangSmith's SDK: a dataset with versions, splits and files, and experiments over it; then everything is read back."""

import asyncio
import os
import time

from langsmith import Client
from langsmith.evaluation import evaluate_existing

client = Client()
NAME = os.environ["LANGSMITH_PROJECT"]


def answer(inputs):
    return {"a": inputs["q"] * 2}


async def answer_later(inputs):
    return {"a": inputs["q"] * 2}


def correct(outputs, reference_outputs):
    return {"key": "correct", "score": outputs["a"] == reference_outputs["a"]}


def passed(outputs, reference_outputs):
    return {"key": "passed", "score": 0.75}


def examples(**said):
    return list(client.list_examples(dataset_name=NAME, **said))


def wait(read, is_there):
    for _ in range(100):
        found = read()
        if is_there(found):
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def make_dataset():
    dataset = client.create_dataset(NAME, description="doubles", metadata={"owner": "ann"})
    made = client.create_examples(
        dataset_id=dataset.id,
        examples=[
            {"inputs": {"q": n}, "outputs": {"a": n * 2}, "metadata": {"n": n}, "split": "test" if n % 2 else "train"}
            for n in range(4)
        ],
    )
    assert made["count"] == 4
    first = client.read_dataset_version(dataset_id=dataset.id, tag="latest").as_of
    last = client.create_example(
        inputs={"q": 10}, outputs={"a": 20}, dataset_id=dataset.id, attachments={"note": ("text/plain", b"ten")}
    )
    assert client.read_example(last.id).attachments["note"]["reader"].read() == b"ten"
    assert (len(examples()), len(examples(splits=["test"])), len(examples(metadata={"n": 2}))) == (5, 2, 1)
    client.update_example(last.id, outputs={"a": 21})
    assert (client.read_example(last.id).outputs, client.read_example(last.id).inputs) == ({"a": 21}, {"q": 10})
    client.update_dataset_tag(dataset_id=dataset.id, as_of=first, tag="prod")
    assert (len(examples(as_of=first)), len(examples(as_of="prod"))) == (4, 4)
    changes = client.diff_dataset_versions(dataset_id=dataset.id, from_version="prod", to_version="latest")
    assert changes.examples_added == [last.id]
    client.update_dataset_splits(dataset_id=dataset.id, split_name="gold", example_ids=[last.id])
    assert client.list_dataset_splits(dataset_id=dataset.id) == ["gold", "test", "train"]
    assert client.read_dataset(dataset_name=NAME).example_count == 5
    return dataset


def try_it(dataset):
    done = client.evaluate(
        answer,
        data=NAME,
        evaluators=[correct],
        summary_evaluators=[passed],
        experiment_prefix="double",
        metadata={"model": "m1"},
    )
    assert len(list(done)) == 5
    client.flush()
    name = done.experiment_name

    def stats():
        return client.read_project(project_name=name, include_stats=True)

    held = wait(stats, lambda one: (one.feedback_stats or {}).get("correct", {}).get("n") == 5)
    assert (held.run_count, held.feedback_stats["correct"]["avg"]) == (5, 0.8)
    assert held.session_feedback_stats["passed"]["avg"] == 0.75
    assert (held.reference_dataset_id, held.metadata["model"]) == (dataset.id, "m1")
    runs = list(client.list_runs(project_name=name, is_root=True))
    assert {run.reference_example_id for run in runs} == {one.id for one in examples()}
    assert (
        len(
            list(evaluate_existing(name, evaluators=[lambda run, example: {"key": "again", "score": 1}], client=client))
        )
        == 5
    )

    later = asyncio.run(client.aevaluate(answer_later, data=NAME, evaluators=[correct], experiment_prefix="later"))
    client.flush()
    pairs = client.evaluate(
        (name, later.experiment_name),
        evaluators=[lambda runs, example: {"key": "preferred", "scores": {runs[0].id: 1, runs[1].id: 0}}],
    )
    assert len(list(pairs)) == 5
    named = {one.name for one in client.list_projects(reference_dataset_id=dataset.id)}
    assert named == {name, later.experiment_name}


try_it(make_dataset())
