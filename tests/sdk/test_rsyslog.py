"""Debian's rsyslog with its Elasticsearch output (packages rsyslog and rsyslog-elasticsearch) against the server."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from nervure.client.client import Client

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(120)]

DAEMON = shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin:/usr/local/sbin")
OUTPUT = next(Path("/usr/lib").glob("*/rsyslog/omelasticsearch.so"), None)
ARRIVAL_S = 30
LINES = 500
CONFIG = """
global(workDirectory="FOLDER")
module(load="imfile" mode="polling" pollingInterval="1")
module(load="omelasticsearch")
template(name="ecs" type="list" option.jsonf="on") {
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
  property(outname="log.level" name="syslogseverity-text" format="jsonf")
  constant(outname="service.name" value="rsyslog-shop" format="jsonf")
}
input(type="imfile" file="FOLDER/app.log" tag="shop" severity="warning" facility="local0")
action(type="omelasticsearch" server="127.0.0.1" serverport="PORT" template="ecs" searchIndex="logs-shop" searchType=""
       bulkmode="on" esversion.major="8" errorFile="FOLDER/errors.json" action.resumeRetryCount="-1")
"""


@pytest.mark.supports("elasticsearch", "rsyslog's omelasticsearch")
@pytest.mark.skipif(DAEMON is None or OUTPUT is None, reason="rsyslog and rsyslog-elasticsearch are not installed")
def test_rsyslog_ships_a_file_in_bulks(server: str, tmp_path: Path) -> None:
    config = CONFIG.replace("FOLDER", str(tmp_path)).replace("PORT", server.rpartition(":")[2])
    (tmp_path / "rsyslog.conf").write_text(config)
    (tmp_path / "app.log").write_text("".join(f"order {number} paid\n" for number in range(LINES)))
    assert DAEMON is not None
    command = [DAEMON, "-n", "-f", str(tmp_path / "rsyslog.conf"), "-i", str(tmp_path / "pid")]
    daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        deadline = time.monotonic() + ARRIVAL_S
        while len(logs := shipped(server)) < LINES and time.monotonic() < deadline:
            time.sleep(0.3)
    finally:
        daemon.terminate()
        said, _ = daemon.communicate(timeout=20)
    assert {one["body"] for one in logs} == {f"order {number} paid" for number in range(LINES)}, said
    assert len(logs) == LINES
    assert {(one["severity_text"], one["attributes"]["elasticsearch.index"]) for one in logs} == {
        ("warning", "logs-shop")
    }
    assert not (tmp_path / "errors.json").exists()


def shipped(server: str) -> list[dict[str, object]]:
    where = 'service = "rsyslog-shop"'
    found: list[dict[str, object]] = Client(server).http.get("/api/v1/logs", limit=1000, where=where)["items"]
    return found
