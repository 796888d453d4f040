"""What vendors' clients ask a server before they send: what it can do. One path, several clients: each reads its own part."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

router = APIRouter(include_in_schema=False)

# ddtrace sends LLM data inside APM spans only to an agent that says span_meta_structs.
DATADOG: dict[str, Any] = {
    "endpoints": [
        "/v0.3/traces", "/v0.4/traces", "/v0.5/traces", "/telemetry/proxy/", "/evp_proxy/v2/", "/evp_proxy/v4/", "/v0.7/config",
    ],
    "client_drop_p0s": False,
    "span_meta_structs": True,
    "span_events": True,
    "long_running_spans": False,
    "evp_proxy_allowed_headers": ["Content-Type", "Accept-Encoding", "Content-Encoding", "User-Agent"],
    "config": {"default_env": "none"},
    "peer_tags": [],
}  # fmt: skip


# With these the SDK compresses and sends fields as parts of their own; without it asks again and sends plain JSON.
LANGSMITH: dict[str, Any] = {
    "instance_flags": {
        "zstd_compression_enabled": True,
        "gzip_body_enabled": True,
        "dataset_examples_multipart_enabled": True,
        "examples_multipart_enabled": True,
    },
    "batch_ingest_config": {
        "use_multipart_endpoint": True,
        "size_limit": 100,
        "size_limit_bytes": 20_971_520,
        "scale_up_qsize_trigger": 1000,
        "scale_up_nthreads_limit": 16,
        "scale_down_nempty_trigger": 4,
    },
}


@router.get("/info")
@router.get("/api/v1/info")
def info() -> Response:
    """Of Datadog's agent and of LangSmith's server."""
    return JSONResponse({"version": "7.66.0", **DATADOG, **LANGSMITH})


@router.api_route("/v0.7/config", methods=["POST", "PUT"])
@router.api_route("/telemetry/proxy/{rest:path}", methods=["POST", "PUT"])
@router.api_route("/evp_proxy/v2/api/v2/apmtelemetry", methods=["POST", "PUT"])
def not_kept(rest: str = "") -> Response:
    """The client's own configuration and telemetry about itself: there is none for it, and nothing is kept of it."""
    return JSONResponse({})
