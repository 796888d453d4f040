"""What a destination may be: its settings checked, and its filters and patterns made ready."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from fnmatch import translate
from typing import Any, get_args
from urllib.parse import urlsplit

from nervure.base.errors import BadInput
from nervure.forward.matching import Test, build_test
from nervure.forward.signer import check_signer
from nervure.model.destination import FORWARD_SIGNALS, Destination, Protocol

PATHS = {"spans": "/v1/traces", "logs": "/v1/logs", "metrics": "/v1/metrics"}
LONGEST_NAME = 200
MOST_ENTRIES = 100
LEAST_QUEUE_BYTES = 1 << 20
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Set by the sender itself.
OWN_HEADERS = frozenset({"content-type", "content-encoding", "content-length", "host", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Rules:
    """A destination ready for routing. tests: filter of each signal, None for everything."""

    destination: Destination
    tests: Mapping[str, Test | None]
    removed: re.Pattern[str] | None
    redacted: re.Pattern[str] | None


def build_rules(destination: Destination, now_ns: int) -> Rules:
    """Raises FilterError for a filter that cannot be used."""
    tests: dict[str, Test | None] = {
        signal: build_test(destination.where.get(signal, ""), signal, now_ns) for signal in FORWARD_SIGNALS
    }
    return Rules(destination, tests, _pattern(destination.remove), _pattern(destination.redact))


def check(destination: Destination) -> Destination:
    """The destination as it may be kept. Raises BadInput naming the member that cannot be used."""
    name = destination.name
    if not 0 < len(name) <= LONGEST_NAME or name != name.strip() or not name.isprintable():
        raise BadInput(f"name: use 1 to {LONGEST_NAME} printable characters without spaces at the ends")
    if destination.protocol not in get_args(Protocol):
        raise BadInput(f"protocol = {destination.protocol!r}: choose http or grpc")
    if not destination.signals or set(destination.signals) - set(FORWARD_SIGNALS):
        raise BadInput(f"signals = {list(destination.signals)}: choose from {', '.join(FORWARD_SIGNALS)}")
    if unknown := {*destination.endpoints, *destination.where} - set(FORWARD_SIGNALS):
        raise BadInput(f"{sorted(unknown)[0]!r} is no signal: endpoints and where know {', '.join(FORWARD_SIGNALS)}")
    if destination.protocol == "grpc" and destination.endpoints:
        raise BadInput("endpoints: a gRPC server takes all signals at one endpoint")
    for signal in destination.signals:
        url_of(destination, signal)
    _check_headers(destination.headers)
    check_signer(destination.auth, destination.auth_settings, destination.protocol)
    _check_numbers(destination)
    for member in ("set_attributes", "set_resource", "remove", "redact"):
        entries = getattr(destination, member)
        if len(entries) > MOST_ENTRIES or not all(isinstance(entry, str) and entry for entry in entries):
            raise BadInput(f"{member}: at most {MOST_ENTRIES} names of attributes")
    build_rules(destination, 0)
    return destination


def url_of(destination: Destination, signal: str) -> str:
    """Where a signal goes: the whole URL over HTTP, the server's over gRPC. Raises BadInput."""
    own = destination.endpoints.get(signal, "")
    url = own or destination.endpoint
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment:
        raise BadInput(
            f"endpoint {url!r} for {signal}: write http(s)://host[:port][/path]; credentials belong into headers"
        )
    if own or destination.protocol == "grpc":
        return url
    # As OpenTelemetry's exporters do with OTEL_EXPORTER_OTLP_ENDPOINT.
    return f"{url.rstrip('/')}{PATHS[signal]}"


def changed(destination: Destination, said: Mapping[str, Any]) -> Destination:
    """The destination with members as a request says them; lists become tuples. Raises BadInput."""
    known = {field.name for field in fields(Destination)}
    if unknown := set(said) - known:
        raise BadInput(f"a destination has no {sorted(unknown)[0]!r}")
    values = {field.name: getattr(destination, field.name) for field in fields(Destination)}
    values |= {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    return check(Destination(**values))


def _check_headers(headers: Mapping[str, str]) -> None:
    if len(headers) > MOST_ENTRIES:
        raise BadInput(f"headers: at most {MOST_ENTRIES}")
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name) or name.lower() in OWN_HEADERS:
            raise BadInput(f"header {name!r} cannot be set")
        if not isinstance(value, str) or not value.isprintable() or not value.isascii():
            raise BadInput(f"header {name!r}: its value must be printable ASCII without line breaks")


def _check_numbers(destination: Destination) -> None:
    if not 0 <= destination.sample_ratio <= 1:
        raise BadInput(f"sample_ratio = {destination.sample_ratio}: a share from 0 to 1")
    if destination.queue_bytes < LEAST_QUEUE_BYTES:
        raise BadInput(f"queue_bytes = {destination.queue_bytes}: at least {LEAST_QUEUE_BYTES} (1 MiB)")
    if not 0 < destination.timeout_s <= 300:
        raise BadInput(f"timeout_s = {destination.timeout_s}: more than 0 and at most 300")
    for name in ("keep_slower_ms", "keep_cost_usd"):
        if (value := getattr(destination, name)) is not None and not value >= 0:
            raise BadInput(f"{name} = {value}: write a number from 0 on, or null")
    if destination.compression not in ("gzip", "none"):
        raise BadInput(f"compression = {destination.compression!r}: choose gzip or none")


def _pattern(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """One expression for patterns of names, in which only `*` and `?` mean something else than themselves."""
    if not patterns:
        return None
    return re.compile("|".join(translate(pattern.replace("[", "[[]")) for pattern in patterns))
