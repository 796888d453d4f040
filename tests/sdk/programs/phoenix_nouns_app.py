"""Phoenix's client: datasets and prompts."""

import os

import httpx
import pandas
from phoenix.client import Client
from phoenix.client.resources.datasets import DatasetUploadError
from phoenix.client.types import PromptVersion

client = Client(base_url=os.environ["URL"], headers={"x-nervure-project": os.environ["PROJECT"]})

# Datasets: made from objects, added to, made to hold something else, read as they were.
first = client.datasets.create_dataset(
    name="qa",
    dataset_description="questions",
    inputs=[{"question": "2+2?"}, {"question": "capital of France?"}],
    outputs=[{"answer": "4"}, {"answer": "Paris"}],
    metadata=[{"level": 1}, {"level": 2}],
)
assert (first.name, first.description, len(first)) == ("qa", "questions", 2), first
assert [one["output"] for one in first.examples] == [{"answer": "4"}, {"answer": "Paris"}]
second = client.datasets.add_examples_to_dataset(
    dataset="qa",
    examples=[{"input": {"question": "3+3?"}, "output": {"answer": "6"}, "splits": "test", "id": "own-id"}],
)
assert len(second) == 3
assert second.version_id != first.version_id
assert {one["id"] for one in second.examples} > {"own-id"}
assert len(client.datasets.get_dataset(dataset="qa", version_id=first.version_id)) == 2
only = client.datasets.get_dataset(dataset="qa", splits=["test"])
assert [one["input"] for one in only.examples] == [{"question": "3+3?"}]
again = client.datasets.create_dataset(
    name="qa",
    inputs=[{"question": "2+2?"}, {"question": "7+7?"}],
    outputs=[{"answer": "4"}, {"answer": "14"}],
    metadata=[{"level": 1}, {}],
)
assert len(again) == 2
assert {one["id"] for one in again.examples} & {one["id"] for one in first.examples}, "what is the same stays the same"
frame = pandas.DataFrame({"q": ["a", "b"], "a": ["1", "2"], "m": ["x", "y"], "part": ["train", "test"]})
table = client.datasets.create_dataset(
    name="table", dataframe=frame, input_keys=["q"], output_keys=["a"], metadata_keys=["m"], split_key="part"
)
assert [one["input"] for one in table.examples] == [{"q": "a"}, {"q": "b"}], table.examples
assert len(client.datasets.get_dataset(dataset="table", splits=["train"])) == 1
assert {one["name"] for one in client.datasets.list()} == {"qa", "table"}
# Made, added to, and then changed in two steps: what is new comes before what is gone goes.
assert len(client.datasets.get_dataset_versions(dataset="qa")) == 4
assert list(table.to_dataframe()["output"]) == [{"a": "1"}, {"a": "2"}]
heard = ""
try:
    client.datasets.get_dataset(dataset="none")
except ValueError as error:
    heard = str(error)
assert "none" in heard
heard = ""
try:
    client.datasets.create_dataset(name="broken", inputs=[{}], outputs=[{}], example_ids=["a", "b"])
except (DatasetUploadError, TypeError, ValueError) as error:
    heard = str(error)
assert heard

# Prompts: versions, the newest, by id and by tag.
messages = [{"role": "system", "content": "You are {{role}}."}, {"role": "user", "content": "{{question}}"}]
one = client.prompts.create(
    name="support",
    version=PromptVersion(messages, model_name="gpt-4o-mini", description="first"),
    prompt_description="answers customers",
)
client.prompts.tags.create(prompt_version_id=one.id, name="production")
two = client.prompts.create(
    name="support",
    version=PromptVersion([*messages, {"role": "assistant", "content": "Hello"}], model_name="gpt-4o"),
)
assert client.prompts.get(prompt_identifier="support").id == two.id
assert client.prompts.get(prompt_version_id=one.id)._description == "first"
held = client.prompts.get(prompt_identifier="support", tag="production")
assert held.id == one.id
made = held.format(variables={"role": "a clerk", "question": "When?"}, sdk="openai")
assert made.messages[0]["content"] == "You are a clerk.", made
assert made.kwargs["model"] == "gpt-4o-mini"
client.prompts.tags.create(prompt_version_id=two.id, name="production")
assert client.prompts.get(prompt_identifier="support", tag="production").id == two.id
assert [tag["name"] for tag in client.prompts.tags.list(prompt_version_id=two.id)] == ["production"]
changed = client.prompts.update(prompt_identifier="support", prompt_metadata={"team": "care"})
assert (changed["description"], changed["metadata"]) == ("answers customers", {"team": "care"}), changed
client.prompts.create(name="gone", version=PromptVersion(messages, model_name="gpt-4o"))
client.prompts.delete(prompt_identifier="gone")
heard = ""
try:
    client.prompts.get(prompt_identifier="gone")
except ValueError as error:
    heard = str(error)
assert heard == "Prompt not found: gone"
assert httpx.get(f"{os.environ['URL']}/arize_phoenix_version").text.count(".") == 2
