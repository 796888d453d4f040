"""An agent with a tool, a retriever and scores, in plain Python: `nervure serve`, then `python examples/observe.py`."""

import nervure

nervure.init("example-bot", environment="development", instrument="none")


@nervure.observe(kind="retriever")
def retrieve(query: str) -> list[dict]:
    return [{"id": "help-012", "content": "Refunds take three to five working days.", "score": 0.92}]


@nervure.observe(kind="tool")
def look_up_order(number: str) -> dict:
    return {"number": number, "status": "returned"}


@nervure.observe(kind="agent", name="support-agent")
def answer(question: str) -> str:
    documents = retrieve(question)
    order = look_up_order("HL-4711")
    nervure.score("groundedness", documents[0]["score"], explanation="similarity of the best document")
    return f"Your order is {order['status']}. {documents[0]['content']}"


with nervure.context(session="example-session", user="example-user", feature="support"):
    print(answer("When do I get my money back?"))
nervure.flush()
print("look at it: nervure traces")
