"""LangChain and LangGraph with nothing but environment variables; prompts of the hub."""

import operator
import os
from typing import Annotated, TypedDict

from langchain_core.documents import Document
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langchain_core.tracers.langchain import wait_for_all_tracers
from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph
from langsmith import Client

client = Client()
asked = ChatPromptTemplate.from_messages(
    [("system", "You know {field}."), MessagesPlaceholder("history", optional=True), ("user", "{question}")]
)
NAME = f"{os.environ['LANGSMITH_PROJECT']}-geographer"
client.push_prompt(NAME, object=asked, description="Answers with places.", tags=["shop"])
(first,) = client.list_prompt_commits(NAME)
better = ChatPromptTemplate.from_messages([("system", "You know {field} well."), ("user", "{question}")])
client.push_prompt(NAME, object=better, commit_tags=["production", "spring"])
prompt = client.pull_prompt(f"{NAME}:{first.commit_hash[:8]}")
assert prompt.messages == asked.messages
assert client.pull_prompt(NAME).messages == better.messages
assert client.pull_prompt(f"{NAME}:spring").messages == better.messages
assert [one.repo_handle for one in client.list_prompts(query=NAME).repos if one.num_commits == 2] == [NAME]
held = client.get_prompt(NAME)
assert (held.description, held.tags) == ("Answers with places.", ["shop"])
assert client.get_prompt("no-such-prompt") is None

model = ChatOpenAI(model="gpt-4o-mini", temperature=0.2, max_retries=0)
find = RunnableLambda(lambda text: [Document(page_content="Refunds within 30 days.", metadata={"source": "policy.md"})])


@tool
def get_weather(city: str) -> dict:
    """Current weather."""
    return {"temp_c": 18, "sky": "sunny"}


class State(TypedDict):
    said: Annotated[list[str], operator.add]


def ask(state):
    answered = (prompt | model).invoke({"field": "geography", "question": "What is the capital of France?"})
    return {"said": [answered.content]}


def look(state):
    return {"said": [str(get_weather.invoke({"city": "Paris"}))]}


graph = StateGraph(State)
graph.add_node("ask", ask)
graph.add_node("look", look)
graph.add_edge(START, "ask")
graph.add_edge("ask", "look")
graph.add_edge("look", END)
settings = {"run_name": "weather-graph", "tags": ["beta"], "metadata": {"session_id": "sess-42", "user_id": "user-7"}}
print(graph.compile().invoke({"said": []}, config=settings)["said"])
find.invoke("refund")
wait_for_all_tracers()
client.flush()
