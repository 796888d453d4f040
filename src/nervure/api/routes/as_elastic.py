"""What Elasticsearch's shippers ask before they send: who is there, and whether their templates are set up.

They refuse to go on without these answers. Templates, pipelines and policies have no meaning here: they are taken as
already there, and nothing is kept of them.
"""

import re
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

import nervure

router = APIRouter(include_in_schema=False)

PRODUCT = {"x-elastic-product": "Elasticsearch"}
# The version whose bulk API is served; clients choose their dialect by it.
VERSION = "8.15.0"
KNOWN = ("_index_template", "_component_template", "_template", "_ilm/policy", "_ingest/pipeline", "_data_stream")
SHIPPERS = re.compile(r"elastic|beat|logstash|manticore|vector|fluent|opensearch", re.IGNORECASE)
METHODS = ["GET", "HEAD", "PUT", "POST"]


def is_shipper(request: Request) -> bool:
    """Whether one of Elasticsearch's clients asks for the root, which everybody else finds the web app at."""
    accept = request.headers.get("accept", "")
    is_client = SHIPPERS.search(request.headers.get("user-agent", "")) is not None
    return "vnd.elasticsearch" in accept or (is_client and "text/html" not in accept)


def greeting() -> Response:
    """Who is there, in Elasticsearch's words."""
    body: dict[str, Any] = {
        "name": "nervure",
        "cluster_name": "nervure",
        "cluster_uuid": "nervure",
        "version": {
            "number": VERSION,
            "build_flavor": "default",
            "build_type": f"nervure {nervure.__version__}",
            "lucene_version": "9.11.1",
            "minimum_wire_compatibility_version": "7.17.0",
            "minimum_index_compatibility_version": "7.0.0",
        },
        "tagline": "You Know, for Search",
    }
    return JSONResponse(body, headers=PRODUCT)


@router.get("/_license")
@router.get("/_xpack")
def license_of() -> Response:
    """A basic licence: features that would need another are not tried."""
    told = {"status": "active", "type": "basic", "mode": "basic", "uid": "nervure"}
    return JSONResponse({"license": told, "features": {}}, headers=PRODUCT)


@router.get("/_nodes/{rest:path}")
@router.get("/_cluster/health")
def nodes(rest: str = "") -> Response:
    """One healthy node, reached where the shipper reached it already."""
    return JSONResponse({"cluster_name": "nervure", "status": "green", "nodes": {}}, headers=PRODUCT)


def _set_up(rest: str = "") -> Response:
    return JSONResponse({"acknowledged": True}, headers=PRODUCT)


for kind in KNOWN:
    router.add_api_route(f"/{kind}", _set_up, methods=METHODS)
    router.add_api_route(f"/{kind}/{{rest:path}}", _set_up, methods=METHODS)
