"""A stand-in for a ClickHouse server: enough of its HTTP interface, over chDB, for clickhouse-connect.

Not emulated: authentication, sessions, progress headers, the error body's exact form. One per process, because chDB
opens one path per process.
"""

import email
import gzip
import json
import os
import re
import sys
import tempfile
import threading
import uuid
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb
import lz4.frame
import zstandard

# Parameters of the transport; every other one is a setting of the statement.
TRANSPORT = frozenset({
    "query", "database", "user", "password", "default_format", "session_id", "session_timeout", "session_check",
    "query_id", "quota_key", "compress", "decompress", "wait_end_of_query", "client_protocol_version", "role",
    "buffer_size", "send_progress_in_http_headers", "http_headers_progress_interval_ms", "enable_http_compression",
})  # fmt: skip
FORMAT = re.compile(rb"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
INSERT = re.compile(rb"^\s*INSERT\s+INTO\b.*?\bFORMAT\s+(\w+)[ \t]*(?:\r?\n|$)", re.IGNORECASE | re.DOTALL)
DECODERS = {
    "gzip": gzip.decompress,
    "lz4": lz4.frame.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}
ENCODERS = {"gzip": gzip.compress, "lz4": lz4.frame.compress, "zstd": zstandard.compress}

TWO_SHARDS = """<clickhouse><tcp_port>19011</tcp_port><remote_servers><two>
  <shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>19011</port></replica></shard>
  <shard><internal_replication>true</internal_replication><replica><host>localhost</host><port>19011</port></replica></shard>
</two></remote_servers></clickhouse>
"""


def quoted(value: object) -> str:
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


class Facade:
    """A running stand-in; `url` is a DSN for it. `refuses`: while set, every statement answers with this error code."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "config.xml"
        config.write_text(TWO_SHARDS, encoding="utf-8")
        self._path = f"{folder / 'data'}?config-file={config}"
        self._keep = chdb.connect(self._path)
        self.refuses = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"clickhouse+http://127.0.0.1:{self._server.server_address[1]}"

    def connect(self) -> Any:
        return chdb.connect(self._path)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._keep.close()


def _handler(facade: Facade) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Buffered writes and no Nagle: 6 ms a request instead of 48.
        wbufsize = -1
        disable_nagle_algorithm = True

        def log_message(self, *arguments: Any) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            if urlsplit(self.path).path == "/ping":
                self._reply(200, b"Ok.\n", {})
            else:
                self.do_POST()

        def do_POST(self) -> None:
            given = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            body = self._body()
            if (kind := self.headers.get("Content-Type", "")).startswith("multipart/form-data"):
                given, body = {**given, **_form(kind, body)}, b""
            if facade.refuses:
                message = f"Code: {facade.refuses}. DB::Exception: refused by the test".encode()
                self._reply(500, message, {"X-ClickHouse-Exception-Code": str(facade.refuses)})
                return
            connection = facade.connect()
            try:
                self._reply(*_answer(connection, given, body))
            except Exception as error:  # noqa: BLE001 - the server's place to turn any error into an answer
                message = str(error)
                found = re.search(r"Code: (\d+)", message)
                code = found.group(1) if found else "0"
                status = 404 if code == "60" else 500
                self._reply(status, message.encode(), {"X-ClickHouse-Exception-Code": code})
            finally:
                connection.close()

        def _body(self) -> bytes:
            if "chunked" in self.headers.get("Transfer-Encoding", ""):
                body = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            encoding = self.headers.get("Content-Encoding")
            return DECODERS[encoding](body) if encoding else body

        def _reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            sent = dict(headers)
            for offered in self.headers.get("Accept-Encoding", "").split(","):
                encoding = offered.strip().split(";")[0]
                if encoding in ENCODERS and len(body) > 1024:
                    body = ENCODERS[encoding](body)
                    sent["Content-Encoding"] = encoding
                    break
            self.send_response(status)
            for name, value in {**sent, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _form(kind: str, body: bytes) -> dict[str, str]:
    """Fields of a form: how the client sends a statement whose parameters are too long for an address."""
    message = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    parts = message.get_payload()
    assert isinstance(parts, list)
    found = {}
    for part in parts:
        payload = part.get_payload(decode=True)
        found[str(part.get_param("name", header="content-disposition"))] = payload.decode()
    return found


def _answer(connection: Any, given: dict[str, str], body: bytes) -> tuple[int, bytes, dict[str, str]]:
    """(status, body, headers) of one statement."""
    sql = given["query"].encode() + b"\n" + body if given.get("query") else body
    if given.get("database"):
        connection.query(f"USE `{given['database']}`")
    for name, value in given.items():
        if name not in TRANSPORT and not name.startswith("param_"):
            connection.query(f"SET {name} = {quoted(value)}")
    headers = {"X-ClickHouse-Query-Id": given.get("query_id") or str(uuid.uuid4()), "X-ClickHouse-Timezone": "UTC"}
    found = INSERT.match(sql)
    if found and found.group(1).upper() != b"VALUES":
        written = _insert(connection, found, sql)
        return 200, b"", {**headers, "X-ClickHouse-Summary": json.dumps({"written_rows": str(written)})}
    parameters = {name[6:]: value for name, value in given.items() if name.startswith("param_")}
    named = FORMAT.search(sql)
    form = named.group(1).decode() if named else given.get("default_format", "TabSeparated")
    result = connection.query(sql.decode(), form, params=parameters)
    out = result.bytes() or b""
    summary = {"read_rows": str(result.rows_read()), "read_bytes": str(result.bytes_read())}
    headers["X-ClickHouse-Summary"] = json.dumps(summary)
    if out:
        headers["X-ClickHouse-Format"] = form
    return 200, out, headers


def _insert(connection: Any, found: re.Match[bytes], sql: bytes) -> int:
    """Rows of the body go in from a file: chDB has no other way to take them beside the statement."""
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(sql[found.end() :])
    try:
        head = found.group(0)
        named = re.search(rb"\bFORMAT\s+\w+\s*$", head, re.IGNORECASE)
        assert named
        statement = head[: named.start()] + f"FROM INFILE {quoted(file.name)} FORMAT {found.group(1).decode()}".encode()
        return int(connection.query(statement.decode(), "TabSeparated").rows_read())
    finally:
        os.unlink(file.name)


if __name__ == "__main__":
    # For several servers over one store: says its DSN and stands until it is killed.
    print(f"{Facade(Path(sys.argv[1])).url}/nervure", flush=True)
    threading.Event().wait()
