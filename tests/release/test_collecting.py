"""Pulling in and listening, with a real server: metrics pages, syslog, and a Prometheus that writes."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.release.server import Server, running
from tests.waiting import wait_until

PAGE = """\
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{model_name="llama"} 3
# TYPE vllm:request_success_total counter
vllm:request_success_total{model_name="llama"} 41
# TYPE vllm:e2e_seconds histogram
vllm:e2e_seconds_bucket{le="1"} 2
vllm:e2e_seconds_bucket{le="+Inf"} 3
vllm:e2e_seconds_sum 4.5
vllm:e2e_seconds_count 3
"""


@dataclass
class Exporter:
    """A metrics page that can be changed. requests: headers of those who asked."""

    page: bytes = PAGE.encode()
    status: int = 200
    address: str = ""
    requests: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def exporting() -> Iterator[Exporter]:
    exporter = Exporter()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            exporter.requests.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(exporter.status)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(exporter.page)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    exporter.address = f"127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield exporter
    finally:
        server.shutdown()
        server.server_close()


def ask(server: Server, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request(
            method, path, None if body is None else json.dumps(body), {"content-type": "application/json"}
        )
        response = connection.getresponse()
        data = response.read()
        return response.status, json.loads(data) if data else None
    finally:
        connection.close()


def points(server: Server, name: str, project: str = "default") -> list[dict[str, Any]]:
    _, found = ask(server, "GET", f"/api/v1/metrics/{name}/points?project={project}&limit=500")
    return list(found["items"])


def metrics(server: Server, project: str = "default") -> dict[str, dict[str, Any]]:
    _, found = ask(server, "GET", f"/api/v1/metrics?limit=1000&project={project}")
    return {one["name"]: one for one in found["items"]}


def ledger(server: Server, signal: str) -> dict[str, Any]:
    _, found = ask(server, "GET", "/api/v1/ledger")
    assert found["balanced"], found
    return {key: sum(line[key] for line in found["items"] if line["signal"] == signal)
            for key in ("received", "stored", "refused")}  # fmt: skip


@pytest.mark.supports(
    "prometheus", "scrape: gauges, counters, histograms, summaries under their own names",
    "scrape: up and scrape_duration_seconds", "scrape: health of every target",
)  # fmt: skip
def test_a_target_is_scraped_goes_down_and_comes_back(tmp_path: Path) -> None:
    with exporting() as exporter, running(tmp_path / "data") as server:
        wanted = {
            "name": "vllm", "kind": "scrape", "every_s": 1,
            "settings": {"targets": [{"address": exporter.address, "labels": {"rack": "7"}}], "bearer_token": "s3cret",
                         "rename": {"model_name": "gen_ai.request.model"}},
        }  # fmt: skip
        code, made = ask(server, "POST", "/api/v1/collectors", wanted)
        assert code == 201, made

        def state() -> dict[str, Any]:
            found: dict[str, Any] = ask(server, "GET", f"/api/v1/collectors/{made['id']}")[1]["status"]
            return found

        wait_until(lambda: state()["rounds"] >= 2)
        assert state()["targets"][0]["up"]
        assert exporter.requests[0]["authorization"] == "Bearer s3cret"
        assert "openmetrics" in exporter.requests[0]["accept"]
        found = metrics(server)
        assert {"vllm:num_requests_running", "vllm:request_success_total", "vllm:e2e_seconds", "up",
                "scrape_duration_seconds", "scrape_samples_scraped"} <= set(found)  # fmt: skip
        assert found["vllm:request_success_total"]["is_monotonic"]
        assert found["vllm:e2e_seconds"]["type"] == "histogram"
        assert set(found["vllm:num_requests_running"]["labels"]) == {"gen_ai.request.model", "rack"}
        assert found["up"]["value"] == 1
        exporter.page = PAGE.replace("vllm:num_requests_running{", "other{").encode()
        wait_until(lambda: "other" in metrics(server))
        for page, status, words in (
            (b"", 503, "answered 503"),
            (b"<html>", 200, "not in the Prometheus text format"),
            (b"x" * 20_000_000, 200, "larger than"),
        ):
            exporter.page, exporter.status = page, status
            wait_until(lambda words=words: words in state()["targets"][0]["error"])  # type: ignore[misc]
        wait_until(lambda: metrics(server)["up"]["value"] == 0)
        exporter.page, exporter.status = PAGE.encode(), 200
        wait_until(lambda: state()["targets"][0]["up"])
        shown = json.dumps(ask(server, "GET", "/api/v1/collectors")[1]) + json.dumps(
            ask(server, "GET", "/api/v1/audit")[1]
        )
        assert "s3cret" not in shown
        assert "s3cret" not in server.log.read_text()
        ask(server, "PATCH", f"/api/v1/collectors/{made['id']}", {"is_paused": True})
        wait_until(lambda: state()["state"] == "paused")
        account = ledger(server, "metrics")
        assert account["received"] == account["stored"] > 0
        assert ask(server, "DELETE", f"/api/v1/collectors/{made['id']}")[0] == 204
        for settings, words in (
            ({"targets": []}, "1 to 500 addresses"),
            ({"targets": ["ftp://x/metrics"]}, "write host:port"),
            ({"targets": ["a:1", "a:1"]}, "twice"),
            ({"targets": ["a:1"], "timeout_s": "soon"}, "timeout_s"),
            ({"targets": ["a:1"], "tarts": 1}, "has no 'tarts'"),
        ):
            code, answer = ask(
                server, "POST", "/api/v1/collectors", {"name": "x", "kind": "scrape", "settings": settings}
            )
            assert (code, words in answer["detail"]) == (400, True), answer


def test_collectors_of_the_settings_run_and_cannot_be_changed_over_the_api(tmp_path: Path) -> None:
    with exporting() as exporter:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "nervure.toml").write_text(
            f'[[collectors]]\nname = "gpu"\nkind = "scrape"\nproject = "infra"\nevery_s = 1\n'
            f'settings = {{ targets = ["{exporter.address}"], keep = ["vllm:num*"] }}\n'
        )
        with running(tmp_path / "data") as server:
            wait_until(lambda: "up" in metrics(server, "infra"))
            assert set(metrics(server, "infra")) == {
                "up", "scrape_duration_seconds", "scrape_samples_scraped", "vllm:num_requests_running",
            }  # fmt: skip
            _, listed = ask(server, "GET", "/api/v1/collectors")
            assert listed["items"][0]["source"] == "settings"
            code, answer = ask(server, "PATCH", f"/api/v1/collectors/{listed['items'][0]['id']}", {"is_paused": True})
            assert (code, "stands in the server's settings" in answer["detail"]) == (400, True)


@pytest.mark.supports("syslog", "RFC 5424 and RFC 3164", "UDP", "TCP by octet count and by line")
def test_syslog_over_udp_and_tcp_is_kept_and_counted(tmp_path: Path) -> None:
    with running(tmp_path / "data", syslog_udp_port=0, syslog_tcp_port=0) as server:
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        stream = socket.create_connection(("127.0.0.1", server.ports["syslog_tcp"]))
        for number in range(200):
            sender.sendto(b"<34>1 - host app - - - message %d" % number, ("127.0.0.1", server.ports["syslog_udp"]))
            message = b"<13>1 - host app - - - over\ntcp %d" % number
            stream.sendall(
                b"%d %s" % (len(message), message) if number % 2 else b"<13>Nov 21 10:00:00 h a: %d\n" % number
            )
        for garbage in (b"\x00\xff\xfe", b"<", b"no syslog at all"):
            sender.sendto(garbage, ("127.0.0.1", server.ports["syslog_udp"]))
        stream.sendall(b"9999999999 <13>never")
        stream.close()
        wait_until(lambda: ledger(server, "logs")["stored"] == 403)
        account = ledger(server, "logs")
        assert (account["received"], account["refused"]) == (404, 1)
        _, refusals = ask(server, "GET", "/api/v1/ledger/refusals")
        assert "was announced" in refusals["items"][0]["message"]
        _, found = ask(server, "GET", "/api/v1/logs?limit=1000&where=" + 'level%3D"unset"')
        assert len(found["items"]) == 3
        assert {"<", "no syslog at all"} < {one["body"] for one in found["items"]}
        assert all("unparsed" in one["flags"] for one in found["items"])
        assert server.stop() == 0


def make_certificate(cert: Path, key: Path) -> None:
    """A certificate of localhost that signs itself, good for a day."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(private, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    cert.write_bytes(made.public_bytes(pem))
    key.write_bytes(private.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


@pytest.mark.supports("syslog", "TLS")
def test_syslog_over_tls(tmp_path: Path) -> None:
    import ssl

    make_certificate(tmp_path / "cert.pem", tmp_path / "key.pem")
    with running(
        tmp_path / "data", syslog_tcp_port=0, syslog_tls_cert=tmp_path / "cert.pem", syslog_tls_key=tmp_path / "key.pem"
    ) as server:
        context = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        with (
            socket.create_connection(("127.0.0.1", server.ports["syslog_tcp"])) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as stream,
        ):
            stream.sendall(b"<13>1 - h app - - - sealed\n")
        wait_until(lambda: ledger(server, "logs")["stored"] == 1)


def test_syslog_beyond_loopback_needs_networks(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", syslog_udp_port=0, syslog_host="0.0.0.0")
    with pytest.raises(AssertionError, match="syslog_networks"):
        server.start()


def prometheus_binary() -> str:
    """The server's program: TEST_PROMETHEUS, else the one on the path."""
    found = os.environ.get("TEST_PROMETHEUS") or shutil.which("prometheus")
    if not found:
        pytest.skip("there is no prometheus on the path: apt-get install prometheus, or TEST_PROMETHEUS=/path/to/it")
    return found


@pytest.mark.supports("prometheus", "remote write 1.0")
def test_a_real_prometheus_writes_what_it_scrapes(tmp_path: Path) -> None:
    binary = prometheus_binary()
    with exporting() as exporter, running(tmp_path / "data") as server:
        config = tmp_path / "prometheus.yml"
        config.write_text(
            "global: {scrape_interval: 1s}\n"
            "scrape_configs:\n- job_name: llm\n  static_configs: [{targets: ['" + exporter.address + "']}]\n"
            f"remote_write:\n- url: {server.url}/api/v1/write\n  queue_config: {{batch_send_deadline: 1s}}\n"
            "  metadata_config: {send_interval: 2s}\n"
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = (tmp_path / "prometheus.log").open("wb")
        process = subprocess.Popen(
            [binary, f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'tsdb'}",
             f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log,
        )  # fmt: skip
        try:
            wait_until(lambda: metrics(server).get("vllm:request_success_total", {}).get("points", 0) >= 5)
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/metrics")
            own = connection.getresponse().read().decode()
        finally:
            process.terminate()
            process.wait(30)
            log.close()
        said = {line.split("{")[0]: float(line.rpartition(" ")[2]) for line in own.splitlines()
                if line.startswith("prometheus_remote_storage_")}  # fmt: skip
        assert said["prometheus_remote_storage_samples_total"] > 0
        for trouble in (
            "samples_failed_total",
            "samples_retried_total",
            "samples_dropped_total",
            "metadata_failed_total",
        ):
            assert said[f"prometheus_remote_storage_{trouble}"] == 0, trouble
        about_us = [
            line for line in (tmp_path / "prometheus.log").read_text().splitlines() if "component=remote" in line
        ]
        assert about_us
        assert not [line for line in about_us if "level=warn" in line or "level=error" in line]
        found = metrics(server)
        assert found["vllm:num_requests_running"]["value"] == 3
        assert found["vllm:request_success_total"]["is_monotonic"]
        assert found["vllm:e2e_seconds"]["type"] == "histogram"
        assert found["up"]["services"] == ["llm"]
        account = ledger(server, "metrics")
        assert account["received"] == account["stored"] > 0
