"""Recorded cases: what a client sent, in order, and what a user should see of it."""

import gzip
import json
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import zstandard

OTLP_PATHS = ("/v1/traces", "/v1/logs", "/v1/metrics")
_GRPC_SERVICES = {"TraceService": "/v1/traces", "LogsService": "/v1/logs", "MetricsService": "/v1/metrics"}


@dataclass(frozen=True)
class Request:
    """One request as recorded. path: with query; body: as sent, still compressed."""

    seq: int
    transport: str
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    content_type: str
    content_encoding: str
    body: bytes

    @property
    def signal_path(self) -> str:
        """The OTLP path this request is for, "" for other protocols."""
        if self.transport == "grpc":
            service = self.path.split("/")[1].rpartition(".")[2]
            return _GRPC_SERVICES.get(service, "")
        path = self.path.partition("?")[0]
        return next((known for known in OTLP_PATHS if self.method == "POST" and path.endswith(known)), "")

    @property
    def is_otlp(self) -> bool:
        """Whether this is an export of OTLP."""
        return bool(self.signal_path)

    @property
    def is_upload(self) -> bool:
        """Whether it brings data, rather than asks for configuration."""
        return self.transport == "grpc" or self.method in ("POST", "PUT", "PATCH")

    @cached_property
    def plain_body(self) -> bytes:
        """The body without compression."""
        if self.content_encoding == "gzip":
            return gzip.decompress(self.body)
        if self.content_encoding == "zstd":
            return zstandard.ZstdDecompressor().decompressobj().decompress(self.body)
        if self.content_encoding == "deflate":
            return zlib.decompress(self.body)
        return self.body


@dataclass(frozen=True)
class Case:
    """One folder of recordings."""

    name: str
    requests: tuple[Request, ...]
    expected: dict[str, Any] = field(repr=False)

    @property
    def otlp(self) -> tuple[Request, ...]:
        """Its OTLP exports, in order."""
        return tuple(request for request in self.requests if request.is_otlp)

    @property
    def others(self) -> tuple[Request, ...]:
        """Its uploads by other protocols, in order."""
        return tuple(request for request in self.requests if request.is_upload and not request.is_otlp)


def load_cases(folder: Path, names: list[str] | None = None) -> list[Case]:
    """Every case in a folder, by name; names: only these. Raises FileNotFoundError when there is none."""
    found = sorted(path.parent for path in folder.glob("*/expected.json"))
    cases = [load_case(path) for path in found if not names or path.name in names]
    if not cases:
        raise FileNotFoundError(
            f"{folder} holds no case: a case is a folder with expected.json and NNN.meta.json files"
        )
    return cases


def load_case(folder: Path) -> Case:
    """The case in a folder."""
    requests = []
    for path in sorted(folder.glob("*.meta.json")):
        meta = json.loads(path.read_text())
        body = (folder / meta["body_file"]).read_bytes() if meta.get("body_file") else b""
        requests.append(
            Request(
                seq=meta["seq"],
                transport=meta["transport"],
                method=meta["method"],
                path=meta["path"],
                headers=tuple((str(name), str(value)) for name, value in meta["headers"]),
                content_type=meta.get("content_type") or "",
                content_encoding=meta.get("content_encoding") or "",
                body=body,
            )
        )
    return Case(folder.name, tuple(requests), json.loads((folder / "expected.json").read_text()))
