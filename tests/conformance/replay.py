"""Recorded requests, sent again as they were: same method, path, query, headers and body."""

import http.client
from collections.abc import Iterable

import grpc

from .capture import Case, Request
from .server import Server

PROJECT = "x-nervure-project"
# The connection's own business; recordings of chunked bodies are sent with their length instead.
_OF_CONNECTION = frozenset({"host", "content-length", "transfer-encoding", "connection", "expect"})
_OF_GRPC = frozenset({"user-agent", "content-type", "te", "grpc-accept-encoding", "grpc-encoding", "grpc-timeout"})
TIMEOUT_S = 60


class Refused(RuntimeError):
    """An OTLP export the server did not take."""


def replay(case: Case, server: Server) -> list[Request]:
    """Send all of a case in order, waiting for each answer.

    Returns uploads for which the server has no door yet (404, 405 or 501 for a protocol other than OTLP). Raises
    Refused for any other failure.
    """
    closed: list[Request] = []
    for request in case.requests:
        if request.transport == "grpc":
            _call(request, case.name, server)
            continue
        status, answer = _send(request, case.name, server)
        if status < 300:
            continue
        if request.is_otlp or (request.is_upload and status not in (404, 405, 501)):
            raise Refused(f"{request.method} {request.path}: {status} {answer[:500]!r}")
        if request.is_upload:
            closed.append(request)
    return closed


def _send(request: Request, project: str, server: Server) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.http, timeout=TIMEOUT_S)
    try:
        connection.putrequest(request.method, request.path, skip_accept_encoding=True)
        for name, value in request.headers:
            if name.lower() not in _OF_CONNECTION:
                connection.putheader(name, value)
        connection.putheader(PROJECT, project)
        if request.is_upload or request.body:
            connection.putheader("content-length", str(len(request.body)))
        connection.endheaders(request.body or None)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _call(request: Request, project: str, server: Server) -> None:
    if server.grpc is None:
        raise Refused(f"grpc {request.path}: the server opened no gRPC port")
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc}") as channel:
        export = channel.unary_unary(request.path, request_serializer=_as_is, response_deserializer=_as_is)
        try:
            export(request.body, timeout=TIMEOUT_S, metadata=list(_metadata(request.headers, project)))
        except grpc.RpcError as error:
            raise Refused(f"grpc {request.path}: {error.code()} {error.details()}") from error


def _metadata(headers: Iterable[tuple[str, str]], project: str) -> Iterable[tuple[str, str]]:
    for name, value in headers:
        if not name.startswith(":") and name.lower() not in _OF_CONNECTION | _OF_GRPC:
            yield name.lower(), value
    yield PROJECT, project


def _as_is(data: bytes) -> bytes:
    return data
