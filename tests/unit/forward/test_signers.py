"""Requests signed with the clouds' credentials: what leaves, held against independent reckoning."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from nervure.base.clock import SystemClock
from nervure.base.errors import BadInput
from nervure.forward.presets import PRESETS
from nervure.forward.queue import Record
from nervure.forward.rules import check, url_of
from nervure.forward.send import open_sender
from nervure.forward.signer import Unsigned, signers
from nervure.model.destination import Destination

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


def expected(request: httpx.Request, region: str, service: str) -> str:
    """The Authorization header as AWS's documentation builds it, from what the request says it signed."""
    said = request.headers["authorization"]
    names = re.search("SignedHeaders=([^,]+)", said)[1].split(";")  # type: ignore[index]
    stamp = request.headers["x-amz-date"]
    lines = [request.method, request.url.raw_path.decode(), ""]
    lines += [f"{name}:{request.headers[name].strip()}" for name in names]
    lines += ["", ";".join(names), hashlib.sha256(request.content).hexdigest()]
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256("\n".join(lines).encode()).hexdigest()])
    key = f"AWS4{SECRET}".encode()
    for part in (stamp[:8], region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"


def signed(auth: httpx.Auth, url: str, headers: dict[str, str] | None = None) -> httpx.Request:
    """The request that would leave."""
    request = httpx.Request(
        "POST", url, content=b"a body", headers={"content-type": "application/x-protobuf", **(headers or {})}
    )
    return next(auth.sync_auth_flow(request))


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


@pytest.mark.usefixtures("amazon")
@pytest.mark.parametrize(
    ("url", "service"),
    [
        ("https://xray.eu-west-1.amazonaws.com/v1/traces", "xray"),
        ("https://logs.eu-west-1.amazonaws.com/v1/logs", "logs"),
        ("https://monitoring.eu-west-1.amazonaws.com/v1/metrics", "monitoring"),
    ],
)
def test_aws_signs_host_type_and_body(url: str, service: str) -> None:
    request = signed(signers()["aws"].open({}), url, {"x-aws-log-group": "ai", "content-encoding": "gzip"})
    assert request.headers["authorization"] == expected(request, "eu-west-1", service)
    for name in ("host", "content-type", "content-encoding", "x-aws-log-group", "x-amz-date"):
        assert name in request.headers["authorization"]


@pytest.mark.usefixtures("amazon")
def test_aws_takes_place_from_settings_where_the_host_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "temporary")
    request = signed(
        signers()["aws"].open({"region": "us-east-1", "service": "xray"}), "https://vpce-1.example/v1/traces"
    )
    assert request.headers["x-amz-security-token"] == "temporary"
    assert request.headers["authorization"] == expected(request, "us-east-1", "xray")
    with pytest.raises(Unsigned, match="set them as auth_settings"):
        signed(signers()["aws"].open({}), "https://vpce-1.example/v1/traces")


class Tokens(BaseHTTPRequestHandler):
    """Google's token endpoint: gives a token that ends at once the first time."""

    asked: ClassVar[list[dict[str, list[str]]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        Tokens.asked.append(parse_qs(body))
        life = 1 if len(Tokens.asked) == 1 else 3600
        answer = json.dumps({"access_token": f"token-{len(Tokens.asked)}", "expires_in": life, "token_type": "Bearer"})
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Path]:
    """A service account's file whose token endpoint is here."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tokens)
    Thread(target=server.serve_forever, daemon=True).start()
    Tokens.asked = []
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    file = tmp_path / "account.json"
    file.write_text(
        json.dumps(
            {
                "type": "service_account", "client_email": "nervure@example.iam.gserviceaccount.com", "private_key": pem,
                "private_key_id": "k", "project_id": "p", "token_uri": f"http://127.0.0.1:{server.server_port}/token",
            }
        )
    )  # fmt: skip
    yield file
    server.shutdown()
    server.server_close()


def test_google_asks_for_a_token_and_again_when_it_ends(account: Path) -> None:
    auth = signers()["google"].open({"credentials_file": str(account), "quota_project": "payer"})
    tokens = [signed(auth, "https://telemetry.googleapis.com/v1/traces").headers["authorization"] for _ in range(3)]
    assert tokens == ["Bearer token-1", "Bearer token-2", "Bearer token-2"]
    assert signed(auth, "https://telemetry.googleapis.com/v1/traces").headers["x-goog-user-project"] == "payer"
    assert Tokens.asked[0]["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]


def test_entra_asks_for_azure_monitor(monkeypatch: pytest.MonkeyPatch) -> None:
    import azure.identity
    from azure.core.credentials import AccessToken

    asked: list[str] = []

    class Credential:
        def __init__(self, **chosen: Any) -> None:
            asked.append(str(chosen))

        def get_token(self, scope: str) -> AccessToken:
            asked.append(scope)
            return AccessToken("entra-token", 4102444800)

    monkeypatch.setattr(azure.identity, "DefaultAzureCredential", Credential)
    auth = signers()["entra"].open({"client_id": "c"})
    request = signed(auth, "https://dce.westeurope.ingest.monitor.azure.com/v1/traces")
    assert request.headers["authorization"] == "Bearer entra-token"
    assert asked == ["{'managed_identity_client_id': 'c'}", "https://monitor.azure.com/.default"]


def test_no_credentials_are_waited_for_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    destination = Destination("d", "", "cloud", "https://xray.eu-west-1.amazonaws.com", auth="aws")
    sender = open_sender(destination, SystemClock())
    try:
        told = sender.send(Record("g", "spans", 1, b"x"))
    finally:
        sender.close()
    assert (told.kind, "AWS credentials" in told.words) == ("mend", True)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"auth": "kerberos"}, "one of aws, entra, google"),
        ({"auth": "aws", "protocol": "grpc"}, "over HTTP"),
        ({"auth": "aws", "auth_settings": {"regoin": "x"}}, "no setting 'regoin'"),
        ({"auth_settings": {"region": "x"}}, "say which one"),
    ],
)
def test_what_cannot_be_is_refused(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=re.escape(says)):
        check(Destination("d", "", "cloud", "https://xray.eu-west-1.amazonaws.com", **changed))


def test_every_preset_can_be_used() -> None:
    for preset in PRESETS:
        filled = {signal: re.sub("<[^>]+>", "x", url) for signal, url in preset.endpoints.items()}
        endpoint = re.sub("<[^>]+>", "x", preset.endpoint)
        made = check(Destination("d", "", preset.title, endpoint, filled, auth=preset.auth))
        assert url_of(made, "spans").endswith("/v1/traces")
