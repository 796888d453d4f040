"""LangSmith's SDK: traces of every kind, files, feedback before and after its run; then everything is read back."""

import asyncio
import contextlib
import functools
import os
import time
import uuid
import warnings

import calls
import langsmith
from langsmith import Client
from langsmith.schemas import Attachment
from langsmith.wrappers import wrap_openai
from openai import OpenAI

# The newest version wants a project named with feedback, which before the first run nobody knows.
warnings.filterwarnings("ignore", message="Creating feedback for a run without session_id")
client = Client()
# One client, so that flushing it means everything.
traceable = functools.partial(langsmith.traceable, client=client)
openai = wrap_openai(OpenAI(max_retries=0), tracing_extra={"client": client})
PROJECT = os.environ["LANGSMITH_PROJECT"]
ROOT = uuid.uuid4()
PERSON = {"session_id": "sess-42", "user_id": "user-7", "plan": "gold"}


@traceable(run_type="retriever")
def retrieve(query):
    return [
        {
            "page_content": "Refunds are accepted within 30 days.",
            "type": "Document",
            "metadata": {"source": "policy.md"},
        }
    ]


@traceable(run_type="tool")
def get_weather(city):
    return calls.get_weather(city)


@traceable(name="parse")
def parse(text):
    raise ValueError("bad json")


@traceable(name="look")
def look(photo: Attachment):
    return "a photo"


@traceable(name="support-chat", tags=["prod"], metadata=PERSON)
def handle(question):
    retrieve("refund policy")
    calls.weather(openai, get_weather)
    calls.stream(openai)
    look(Attachment(mime_type="image/png", data=b"\x89PNG\r\n\x00\xff"))
    with contextlib.suppress(ValueError):
        parse("{")
    calls.fail(openai)
    return {"answer": calls.ask(openai)}


def wait(read, is_there, what):
    found = None
    for _ in range(100):
        try:
            found = read()
        except langsmith.utils.LangSmithNotFoundError as error:
            found = error
        else:
            if is_there(found):
                return found
        time.sleep(0.1)
    raise AssertionError(f"{what}: {found}")


def judge(key, **said):
    return client.create_feedback(ROOT, key, **said)


def read_runs():
    def runs(**said):
        return list(client.list_runs(project_name=PROJECT, **said))

    every = wait(runs, lambda found: len(found) == 10, "runs of the project")
    assert {run.session_id for run in every} == {client.read_project(project_name=PROJECT).id}
    assert {run.trace_id for run in every} == {ROOT}
    (root,) = runs(is_root=True)
    assert (root.id, root.name, root.status, root.inputs) == (ROOT, "support-chat", "success", {"question": "hello"})
    assert root.outputs == {"answer": "The capital of France is Paris."}, root.outputs
    assert root.tags == ["prod"]
    assert {key: root.metadata[key] for key in PERSON} == PERSON
    assert [run.name for run in runs(error=True, run_type="chain")] == ["parse"]
    (failed,) = runs(filter='and(eq(name, "parse"), eq(status, "error"))')
    assert "ValueError('bad json')" in failed.error
    assert "Traceback" in failed.error
    assert len(runs(run_type="llm")) == 5
    assert len(runs(filter='and(eq(run_type, "llm"), gt(total_tokens, 10), neq(error, null))')) == 0
    assert [run.name for run in runs(filter='search("refund policy")', run_type="retriever")] == ["retrieve"]
    assert len(runs(filter='eq(status, "success")', trace_filter='has(tags, "prod")')) == 8
    tree = client.read_run(ROOT, load_child_runs=True)
    assert tree.child_runs[0].name == "retrieve"
    assert len(tree.child_runs) >= 7, tree.child_runs
    (looked,) = runs(filter='eq(name, "look")')
    held = client.read_run(looked.id).attachments["photo"]
    assert held["reader"].read() == b"\x89PNG\r\n\x00\xff"
    assert held["mime_type"] == "image/png"
    project = client.read_project(project_name=PROJECT, include_stats=True)
    assert project.run_count == 1
    assert project.total_tokens > 0
    assert project.feedback_stats["early"]["n"] == 1
    assert PROJECT in [one.name for one in client.list_projects()]


async def read_runs_again():
    """As the newest version would have it."""
    project = str(client.read_project(project_name=PROJECT).id)
    selects = ["NAME", "STATUS", "RUN_TYPE", "INPUTS", "TOTAL_TOKENS", "IS_ROOT", "THREAD_ID", "ATTACHMENTS"]
    found = [run async for run in client.runs.query(project_ids=[project], selects=selects, page_size=3)]
    assert len(found) == 10
    (root,) = [run for run in found if run.is_root]
    assert (root.id, root.name, root.status, root.thread_id) == (str(ROOT), "support-chat", "SUCCESS", "sess-42")
    assert len([run for run in found if run.run_type == "LLM" and run.total_tokens]) == 4
    looked = [run async for run in client.runs.query(project_ids=[project], selects=selects, filter='eq(name, "look")')]
    assert [list(run.attachments) for run in looked] == [["photo"]]
    one = await client.runs.retrieve(str(ROOT), project_id=project, selects=["NAME", "ERROR"])
    assert (one.name, one.error) == ("support-chat", None)


def read_feedback():
    made = judge("helpful", score=0.5, comment="so so")
    client.flush()
    wait(lambda: list(client.list_feedback(run_ids=[ROOT])), lambda found: len(found) == 2, "feedback")
    client.update_feedback(made.id, score=1, comment="good after all")
    held = client.read_feedback(made.id)
    assert (held.key, held.score, held.comment, held.run_id) == ("helpful", 1, "good after all", ROOT)
    assert [one.key for one in client.list_feedback(run_ids=[ROOT], feedback_key=["helpful"])] == ["helpful"]
    assert client.read_run(ROOT).feedback_stats["helpful"]["avg"] == 1
    late = judge("wrong", value="mistaken")
    client.flush()
    wait(lambda: list(client.list_feedback(run_ids=[ROOT])), lambda found: len(found) == 3, "feedback")
    client.delete_feedback(late.id)
    assert {one.key for one in client.list_feedback(run_ids=[ROOT])} == {"early", "helpful"}
    token = client.create_presigned_feedback_token(ROOT, "thumb")
    client.create_feedback_from_token(token.id, score=1)
    assert [one.score for one in client.list_feedback(run_ids=[ROOT], feedback_key=["thumb"])] == [1]


def fill_queue():
    queue = client.create_annotation_queue(name=PROJECT, description="Worth a look.")
    client.add_runs_to_annotation_queue(queue.id, run_ids=[ROOT])
    assert client.get_run_from_annotation_queue(queue.id, index=0).id == ROOT
    client.update_annotation_queue(queue.id, name=f"{PROJECT} 2")
    (found,) = client.list_annotation_queues(name=f"{PROJECT} 2")
    assert (found.id, found.description) == (queue.id, "Worth a look.")
    client.delete_run_from_annotation_queue(queue.id, run_id=ROOT)
    client.delete_annotation_queue(queue.id)
    assert list(client.list_annotation_queues(queue_ids=[queue.id])) == []


judge("early", score=1)
handle("hello", langsmith_extra={"run_id": ROOT})
client.flush()
read_runs()
read_feedback()
fill_queue()
if hasattr(client, "runs"):
    asyncio.run(read_runs_again())
