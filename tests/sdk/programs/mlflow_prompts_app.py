"""MLflow's prompt registry: versions, aliases, tags, and prompts linked to traces."""

import os
import time

import mlflow
from mlflow.exceptions import MlflowException

mlflow.set_experiment(os.environ["PROJECT"])
name = f"{os.environ['PROJECT']}-support"
one = mlflow.genai.register_prompt(
    name=name, template="Answer {{question}}", commit_message="first", tags={"team": "care"}
)
two = mlflow.genai.register_prompt(
    name=name, template="Answer briefly: {{question}}", commit_message="shorter", tags={"team": "shop"}
)
assert (one.version, two.version) == (1, 2)
held = mlflow.genai.load_prompt(name, version=1)
assert (held.template, held.commit_message, held.tags["team"]) == ("Answer {{question}}", "first", "care"), held
assert held.format(question="When?") == "Answer When?"
assert mlflow.genai.load_prompt(f"prompts:/{name}@latest").version == 2
mlflow.genai.set_prompt_alias(name, alias="production", version=1)
assert mlflow.genai.load_prompt(f"prompts:/{name}@production").version == 1
mlflow.genai.set_prompt_alias(name, alias="production", version=2)
assert mlflow.genai.load_prompt(f"prompts:/{name}@production", cache_ttl_seconds=0).version == 2
chat = mlflow.genai.register_prompt(
    name=f"{name}-chat",
    template=[{"role": "system", "content": "You are {{role}}."}, {"role": "user", "content": "{{question}}"}],
    response_format={"type": "object", "properties": {"answer": {"type": "string"}}},
)
held = mlflow.genai.load_prompt(f"{name}-chat", version=1)
assert held.template[0] == {"role": "system", "content": "You are {{role}}."}
assert held.response_format["type"] == "object"
assert {prompt.name for prompt in mlflow.genai.search_prompts(filter_string=f"name LIKE '{name}%'")} == {
    name,
    f"{name}-chat",
}
mlflow.MlflowClient().set_prompt_tag(name, "owner", "ann")
assert mlflow.MlflowClient().get_prompt(name).tags["owner"] == "ann"
mlflow.genai.delete_prompt_alias(name, alias="production")
heard = ""
try:
    mlflow.MlflowClient().get_prompt_version_by_alias(name, "production")
except MlflowException as error:
    heard = error.error_code
assert heard == "RESOURCE_DOES_NOT_EXIST", heard


@mlflow.trace(name="answer")
def answer(question):
    return mlflow.genai.load_prompt(name, version=2).format(question=question)


answer("When?")
mlflow.flush_trace_async_logging()
# The link is made by a thread of its own.
deadline = time.monotonic() + 20
while "mlflow.linkedPrompts" not in mlflow.get_trace(mlflow.get_last_active_trace_id()).info.tags:
    assert time.monotonic() < deadline, "the prompt was not linked"
    time.sleep(0.2)
