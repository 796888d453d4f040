"""Opik's SDK, pointed at Nervure by OPIK_URL_OVERRIDE; reads back what it wrote and prints it as JSON."""

import json
import pathlib
import sys
import time

import calls
import opik
from openai import OpenAI
from opik import opik_context, track
from opik.integrations.openai import track_openai

client = track_openai(OpenAI(max_retries=0))


@track(type="tool")
def get_weather(city):
    return calls.get_weather(city)


@track(name="weather-agent")
def agent(question):
    return calls.weather(client, get_weather)


@track
def retrieve(q):
    return [{"id": "doc-1", "content": "Refunds are accepted within 30 days.", "score": 0.92}]


@track(name="support-chat", tags=["prod"], metadata={"plan": "gold", "user_id": "user-7"})
def handle(question):
    opik_context.update_current_trace(
        thread_id="sess-42",
        tags=["beta"],
        feedback_scores=[{"name": "helpfulness", "value": 0.9, "reason": "good"}],
    )
    retrieve("refund policy")
    calls.ask(client)
    calls.stream(client)
    agent("What is the weather in Paris?")
    calls.fail(client)
    return opik_context.get_current_trace_data().id


trace_id = handle("What is the capital of France?")
opik.flush_tracker()

opened = opik.Opik()
opened.auth_check()
trace = opened.trace(name="manual", input={"q": 1}, thread_id="thread-1")
span = trace.span(name="model-call", type="llm", input={"prompt": "ping"}, model="gpt-4o", provider="openai")
span.update(output={"text": "pong"}, usage={"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11})
span.end()
trace.log_feedback_score(name="tone", value=0.5, category_name="neutral")
trace.end(output={"a": 2})
picture = opik.Attachment(data=__file__, file_name="a picture.png", content_type="image/png")
draft = opik.Attachment(data=calls.__file__, file_name="a draft.txt", content_type="text/plain")
both = [picture, draft]
lone = opened.trace(name="lone", input={"q": "who"}, output={"a": "me"}, tags=["alone"], attachments=both)
lone.end()
opened.flush()

# flush() gives up after a time: the searches wait until all is there.
found = opened.search_traces(filter_string='tags contains "beta"', wait_for_at_least=1, wait_for_timeout=20)
every = opened.search_traces(wait_for_at_least=3, wait_for_timeout=60)
back = opened.get_trace_content(trace_id)
spans = opened.search_spans(trace_id=trace_id, wait_for_at_least=9, wait_for_timeout=20)
scored = opened.search_traces(filter_string="feedback_scores.tone = 0.5")
one = opened.get_span_content(next(item.id for item in spans if item.name == "get_weather"))
project = opened.get_project(back.project_id)
opened.delete_trace_feedback_score(trace.id, "tone")

# Files are sent beside the spans, by threads of their own.
files, place = opened.get_attachment_client(), {"project_name": project.name, "entity_type": "trace"}
deadline = time.monotonic() + 60
while len(attached := files.get_attachment_list(entity_id=lone.id, **place)) < 2 and time.monotonic() < deadline:
    time.sleep(0.2)
content = b"".join(
    files.download_attachment(entity_id=lone.id, file_name="a picture.png", mime_type="image/png", **place)
)
sent = {one.file_name: one.mime_type for one in attached}
opened.rest_client.attachments.delete_attachments(
    file_name="a draft.txt", entity_type="trace", entity_id=lone.id, file_size=1, upload_id="", uploaded_file_parts=[]
)
attached = files.get_attachment_list(entity_id=lone.id, **place)

comments = opened.rest_client.traces
comments.add_trace_comment(lone.id, text="look", created_by="ada")
comments.add_trace_comment(lone.id, text="again")
first = next(one for one in opened.get_trace_content(lone.id).comments if one.text == "look")
comments.update_trace_comment(first.id, text="look here")
again = next(one for one in opened.get_trace_content(lone.id).comments if one.text == "again")
comments.delete_trace_comments(ids=[again.id])

thread = comments.get_trace_thread(thread_id="sess-42", project_name=project.name)
comments.add_thread_comment(thread.thread_model_id, text="cross", created_by="ada")
comments.add_thread_comment(thread.thread_model_id, text="again")
cross, again = sorted(
    comments.get_trace_thread(thread_id="sess-42", project_name=project.name).comments,
    key=lambda one: one.text != "cross",
)
comments.update_thread_comment(cross.id, text="calm")
comments.delete_thread_comments(ids=[again.id])
calm = comments.get_thread_comment(comment_id=cross.id, thread_id=thread.thread_model_id)
threads = opened.get_threads_client().search_threads(project_name=project.name, filter_string='id = "sess-42"')
print(
    json.dumps(
        {
            "trace": json.loads(back.json()),
            "found": [item.id for item in found],
            "every": sorted(item.name for item in every),
            "spans": {item.id: [item.name, item.parent_span_id, item.type] for item in spans},
            "scored": [item.name for item in scored],
            "tool": [one.input, one.output, one.type],
            "project": project.name,
            "left": [score.name for score in opened.get_trace_content(trace.id).feedback_scores or []],
            "files": [[one.file_name, one.mime_type] for one in attached],
            "sent": sent,
            "threads": [
                [one.id, one.number_of_messages, one.first_message, [said.text for said in one.comments]]
                for one in threads
            ],
            "calm": [calm.text, calm.created_by],
            "same": content == pathlib.Path(__file__).read_bytes(),
            "comments": [[one.text, one.created_by] for one in opened.get_trace_content(lone.id).comments],
            "id": trace_id,
        }
    ),
    file=sys.stdout,
)
opened.end()
