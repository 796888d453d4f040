"""LiteLLM's proxy with its generic API logger, and programs that call models through it."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import openai
from calls import TOOLS

PROVIDER = os.environ["OPENAI_BASE_URL"]
START_S = 120
# A call that falls back is logged twice: both must be there before the next sending, or LiteLLM forgets one.
FLUSH_S = 2
MASTER_KEY = "sk-0123456789abcdef0123456789abcdef0123456789abcdef"
PROXY = "from litellm.proxy.proxy_cli import run_server; run_server()"


def deployment(name, model, base=PROVIDER):
    return {"model_name": name, "litellm_params": {"model": f"openai/{model}", "api_key": "sk-none", "api_base": base}}


def configuration():
    # Without headers, LiteLLM takes no notice of the settings.
    project = os.environ["OTEL_RESOURCE_ATTRIBUTES"].partition("=")[2]
    logger = {
        "callback_type": "generic_api",
        "endpoint": os.environ["LOGGER"],
        "headers": {"Authorization": "Bearer KEY", "x-nervure-project": project},
        "log_format": os.environ["LOG_FORMAT"],
        "max_retries": 5,
    }
    return {
        "model_list": [
            deployment("gpt-4o-mini", "gpt-4o-mini"),
            deployment("gpt-4o", "gpt-4o"),
            deployment("text-embedding-3-small", "text-embedding-3-small"),
            # Nobody listens there: the request falls back to the first one.
            deployment("broken", "gpt-4o-mini", "http://127.0.0.1:9/v1"),
        ],
        "litellm_settings": {
            "callbacks": ["nervure"],
            "cache": True,
            "cache_params": {"type": "local", "mode": "default_off"},
            "num_retries": 0,
            "fallbacks": [{"broken": ["gpt-4o-mini"]}],
        },
        "callback_settings": {"nervure": logger},
    }


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def started(folder):
    file, port = folder / "config.yaml", free_port()
    # JSON is YAML.
    file.write_text(json.dumps(configuration()))
    command = [sys.executable, "-c", PROXY, "--config", str(file), "--host", "127.0.0.1", "--port", str(port)]
    log = (folder / "proxy.log").open("wb")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    process = subprocess.Popen(
        command,
        stdout=log,
        stderr=log,
        env={**kept, "DEFAULT_FLUSH_INTERVAL_SECONDS": str(FLUSH_S), "LITELLM_MASTER_KEY": MASTER_KEY},
    )
    url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + START_S
    while True:
        try:
            if httpx.get(f"{url}/health/liveliness", timeout=2).status_code == 200:
                return process, url
        except httpx.TransportError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit((folder / "proxy.log").read_text()[-3000:])
        time.sleep(0.3)


def rest(spans):
    """LiteLLM forgets what is logged while it sends: the next call waits until the last one has been sent."""
    project = os.environ["OTEL_RESOURCE_ATTRIBUTES"].partition("=")[2]
    address = os.environ["LOGGER"].replace("/v1/litellm", "/api/v1/spans?limit=100")
    deadline = time.monotonic() + START_S
    while len(httpx.get(address, headers={"x-nervure-project": project}).json()["items"]) < spans:
        if time.monotonic() > deadline:
            raise SystemExit(f"{spans} spans did not arrive")
        time.sleep(0.1)
    # What has arrived LiteLLM puts aside as soon as it has the answer.
    time.sleep(0.5)


def main(folder):
    process, url = started(folder)
    try:
        client = openai.OpenAI(base_url=url, api_key=MASTER_KEY, max_retries=0)
        question = [
            {"role": "system", "content": "You know geography."},
            {"role": "user", "content": "What is the capital of France?"},
        ]
        client.chat.completions.create(
            model="gpt-4o-mini", messages=question, temperature=0.2, user="user-7",
            extra_body={"metadata": {"tags": ["blue"], "plan": "gold"}, "litellm_session_id": "sess-42"},
        )  # fmt: skip
        rest(1)
        counting = [{"role": "user", "content": "Count from one to five."}]
        stream = {"stream": True, "stream_options": {"include_usage": True}}
        for _ in client.chat.completions.create(model="gpt-4o-mini", messages=counting, **stream):
            pass
        rest(2)
        weather = [{"role": "user", "content": "What is the weather in Paris?"}]
        client.chat.completions.create(model="gpt-4o", messages=weather, tools=TOOLS)
        rest(3)
        client.embeddings.create(model="text-embedding-3-small", input=["refund policy of the shop"])
        rest(4)
        try:
            client.chat.completions.create(
                model="gpt-4o-mini", messages=[{"role": "user", "content": "trigger-429 please"}]
            )
        except openai.RateLimitError as error:
            print(type(error).__name__)
        rest(5)
        fallback = [{"role": "user", "content": "What is the capital of Italy?"}]
        client.chat.completions.create(model="broken", messages=fallback)
        rest(7)
        again = [{"role": "user", "content": "What is the capital of Spain?"}]
        for spans in (8, 9):
            client.chat.completions.create(
                model="gpt-4o-mini", messages=again, extra_body={"cache": {"use-cache": True}}
            )
            rest(spans)
    finally:
        process.terminate()
        process.wait(30)
    log = (folder / "proxy.log").read_text()
    if "Generic API Logger Error" in log:
        raise SystemExit(log[-3000:])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        main(Path(made))
