"""Chat with the fake model provider, instrumented by whatever is installed; no account and no key needed.

pip install openai opentelemetry-instrumentation-genai-openai
nervure serve          (in another terminal)
python examples/openai_chat.py
"""

from openai import OpenAI

import nervure
from nervure.demo.model_server import ModelServer

setup = nervure.init("example-chat")
print("instrumented:", ", ".join(setup.instrumented) or "nothing: install an instrumentation of openai")
with ModelServer() as models, nervure.context(user="example-user"):
    client = OpenAI(base_url=f"{models.url}/v1", api_key="none")
    messages = [{"role": "user", "content": "What is the capital of France?"}]
    for chunk in client.chat.completions.create(model="gpt-4o-mini", messages=messages, stream=True):
        print(chunk.choices[0].delta.content or "", end="")
    print()
nervure.flush()
