"""Asking one metrics endpoint for its page: settings, connection, limits."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

import nervure
from nervure.base.clock import Clock
from nervure.base.errors import BadInput
from nervure.decode.formats.exposition import ACCEPT

MOST_TARGETS = 500
LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-/]*")
DEFAULTS: Mapping[str, Any] = {
    "targets": [],
    "job": "",
    "metrics_path": "/metrics",
    "scheme": "http",
    "params": {},
    "headers": {},
    "bearer_token": "",
    "basic_auth": {},
    "tls": {},
    "timeout_s": 10.0,
    "max_body_bytes": 16 << 20,
    "sample_limit": 100_000,
    "labels": {},
    "resource": {},
    "rename": {},
    "to_resource": {},
    "keep": [],
    "drop": [],
    "honor_timestamps": True,
}
TLS = frozenset({"ca_file", "cert_file", "key_file", "insecure_skip_verify"})


@dataclass(frozen=True, slots=True)
class Target:
    """url: of the page. instance: host and port. labels: of this target alone."""

    url: str
    instance: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A page as it came. error: why there is none, in words."""

    body: bytes = b""
    content_type: str = ""
    error: str = ""


def check(said: Mapping[str, Any]) -> dict[str, Any]:
    """Settings complete with defaults. Raises BadInput naming the one that cannot be used."""
    if unknown := set(said) - set(DEFAULTS):
        raise BadInput(f"a scrape has no {sorted(unknown)[0]!r}: it knows {', '.join(sorted(DEFAULTS))}")
    settings = {**DEFAULTS, **said}
    for name, default in DEFAULTS.items():
        value = settings[name]
        is_number = isinstance(default, float | int) and not isinstance(default, bool)
        if is_number and (isinstance(value, bool) or not isinstance(value, int | float) or not value > 0):
            raise BadInput(f"{name} = {value!r}: write a number above 0")
        if not is_number and not isinstance(value, type(default)):
            raise BadInput(f"{name} = {value!r}: write a {type(default).__name__}")
    for name in ("labels", "resource", "rename", "to_resource", "headers", "params", "basic_auth"):
        if not all(isinstance(key, str) and isinstance(value, str) for key, value in settings[name].items()):
            raise BadInput(f"{name}: names and values are text")
    for name in ("rename", "to_resource", "labels", "resource"):
        for key in settings[name]:
            if not LABEL.fullmatch(key):
                raise BadInput(f"{name}: {key!r} is no name of a label")
    if settings["scheme"] not in ("http", "https"):
        raise BadInput(f"scheme = {settings['scheme']!r}: choose http or https")
    if unknown := set(settings["tls"]) - TLS:
        raise BadInput(f"tls has no {sorted(unknown)[0]!r}: it knows {', '.join(sorted(TLS))}")
    if settings["basic_auth"] and set(settings["basic_auth"]) != {"username", "password"}:
        raise BadInput("basic_auth: write username and password")
    if not 0 < len(settings["targets"]) <= MOST_TARGETS:
        raise BadInput(f"targets: 1 to {MOST_TARGETS} addresses such as 10.0.0.5:9400 or http://host:8000/metrics")
    if len({target.url for target in targets_of(settings)}) < len(settings["targets"]):
        raise BadInput("targets: an address stands there twice")
    return settings


def targets_of(settings: Mapping[str, Any]) -> list[Target]:
    """The targets with their whole URLs. Raises BadInput."""
    found = []
    for said in settings["targets"]:
        entry = said if isinstance(said, Mapping) else {"address": said}
        address, labels = entry.get("address"), entry.get("labels", {})
        if not isinstance(address, str) or not isinstance(labels, Mapping) or set(entry) - {"address", "labels"}:
            raise BadInput(f"target {said!r}: write an address, or a table of address and labels")
        url = address if "://" in address else f"{settings['scheme']}://{address}{settings['metrics_path']}"
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError as error:
            raise BadInput(f"target {address!r}: {error}") from error
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise BadInput(f"target {address!r}: write host:port, or http(s)://host[:port]/path without credentials")
        if "://" in address and parts.path in ("", "/"):
            url = f"{parts.scheme}://{parts.netloc}{settings['metrics_path']}"
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        instance = f"{host}:{port or (443 if parts.scheme == 'https' else 80)}"
        found.append(Target(url, instance, {str(key): str(value) for key, value in labels.items()}))
    return found


def opened(settings: Mapping[str, Any]) -> httpx.Client:
    """A client with the settings' credentials and certificates. Raises BadInput for a file that cannot be read."""
    tls = settings["tls"]
    verify: ssl.SSLContext | bool = True
    if tls:
        try:
            context = ssl.create_default_context(cafile=tls.get("ca_file") or None)
            if tls.get("insecure_skip_verify"):
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            if tls.get("cert_file"):
                context.load_cert_chain(tls["cert_file"], tls.get("key_file") or None)
        except (OSError, ssl.SSLError) as error:
            raise BadInput(f"tls: {error}") from error
        verify = context
    headers = {"accept": ACCEPT, "user-agent": f"nervure/{nervure.__version__}", **settings["headers"]}
    if settings["bearer_token"]:
        headers["authorization"] = f"Bearer {settings['bearer_token']}"
    auth = (settings["basic_auth"]["username"], settings["basic_auth"]["password"]) if settings["basic_auth"] else None
    return httpx.Client(
        headers=headers, auth=auth, verify=verify, timeout=settings["timeout_s"], params=settings["params"],
        follow_redirects=False,
    )  # fmt: skip


def fetch(client: httpx.Client, target: Target, settings: Mapping[str, Any], clock: Clock) -> Answer:
    """The page of a target, whole and within its limits, or why not."""
    most, ends_s = settings["max_body_bytes"], clock.monotonic_s() + settings["timeout_s"]
    body = bytearray()
    try:
        with client.stream("GET", target.url) as response:
            if response.status_code != 200:
                return Answer(error=f"answered {response.status_code} {response.reason_phrase}")
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > most:
                    return Answer(error=f"the page is larger than {int(most)} bytes: raise max_body_bytes")
                if clock.monotonic_s() > ends_s:
                    return Answer(error=f"the page did not come within {settings['timeout_s']:g} s")
            return Answer(bytes(body), response.headers.get("content-type", "text/plain"))
    except httpx.TimeoutException:
        return Answer(error=f"no answer within {settings['timeout_s']:g} s")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Answer(error=str(error) or type(error).__name__)
