"""The command line without a server: help, errors in words, exit codes, doctor, explain-mapping, migrate."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from nervure.cli.main import build_app

DEAD = "http://127.0.0.1:9"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NERVURE_")}
    return subprocess.run(
        [sys.executable, "-m", "nervure", *arguments],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_every_command_of_the_design_is_there() -> None:
    app = build_app()
    names = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    assert names >= {
        "serve", "demo", "query", "traces", "import", "export", "backup", "restore", "migrate", "doctor", "version",
        "prices", "keys", "explain-mapping", "mappings",
    }  # fmt: skip


@pytest.mark.parametrize(
    "arguments", [("query", "count"), ("traces",), ("demo", "--remove"), ("keys", "list"), ("prices", "list")]
)
def test_without_a_server_a_command_says_so_in_one_sentence(arguments: tuple[str, ...]) -> None:
    done = run(*arguments, NERVURE_URL=DEAD)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: no server answers at {DEAD}")
    assert "nervure serve" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("serve", "--host", "0.0.0.0"), "listens beyond this machine without authentication"),
        (("serve", "--set", "retention_days"), "write --set name=value"),
        (("serve", "--set", "no_such=1"), "no_such"),
        (("serve", "--port", "0", "--demo"), "name one with --port"),
        (("serve", "--port", "0", "--set", "nli_model=./missing"), "nli_model = './missing': ./missing is no folder"),
        (("export", "spans.xyz", "--format", "csv"), "not one of parquet, otlp"),
    ],
)
def test_what_is_asked_for_wrongly_ends_with_code_2(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    done = run(*arguments, NERVURE_DATA=str(tmp_path / "data"))
    assert (done.returncode, words in done.stderr) == (2, True), done.stderr


def test_a_misspelt_variable_is_refused() -> None:
    done = run("doctor", NERVURE_RETENTION_DAY="5")
    assert done.returncode == 2
    assert "NERVURE_RETENTION_DAY is not a setting" in done.stderr


def test_doctor_names_sources_hides_secrets_and_is_well_before_the_first_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "nervure.toml").write_text("retention_days = 30\n")
    done = run(
        "doctor", "--data", str(data), "--json", "--url", DEAD,
        NERVURE_ADMIN_KEY="0123456789abcdef", NERVURE_PORT="0", NERVURE_GRPC_PORT="0",
        NERVURE_STORE="clickhouse://me:hunter2@db/x", NERVURE_DISK_FREE_MIN_BYTES="0",
    )  # fmt: skip
    told = json.loads(done.stdout)
    settings = {row["name"]: (row["value"], row["source"]) for row in told["settings"]}
    assert settings["retention_days"] == ("30", f"file {data / 'nervure.toml'}")
    assert settings["admin_key"] == ("(set, hidden)", "environment NERVURE_ADMIN_KEY")
    assert settings["data"] == (str(data), "command line")
    assert settings["host"] == ("127.0.0.1", "default")
    assert "hunter2" not in done.stdout
    assert (told["ok"], done.returncode) == (True, 0)


def test_doctor_finds_a_port_in_use_a_folder_that_is_none_and_embeddings_that_do_not_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(
            "doctor",
            "--data",
            str(tmp_path / "file"),
            "--json",
            "--url",
            DEAD,
            NERVURE_PORT=str(port),
            NERVURE_GRPC_PORT="-1",
            NERVURE_EMBEDDINGS="api:small",
            NERVURE_EMBEDDINGS_URL=f"{DEAD}/v1",
            NERVURE_EMBEDDINGS_KEY="sk-hidden",
        )
    wrong = {
        finding["subject"]: finding["words"]
        for finding in json.loads(done.stdout)["findings"]
        if finding["verdict"] == "wrong"
    }
    assert done.returncode == 1
    assert "choose another with NERVURE_PORT" in wrong["port"]
    assert "is not a folder" in wrong["data folder"]
    assert "api:small does not answer: the embeddings API http://127.0.0.1:9/v1/embeddings" in wrong["embeddings"]
    assert "sk-hidden" not in done.stdout + done.stderr


SPAN = {
    "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "chat gpt-4o",
    "startTimeUnixNano": "1795176000000000000", "endTimeUnixNano": "1795176001000000000",
    "attributes": [
        {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
        {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "12"}},
        {"key": "acme.customer", "value": {"stringValue": "c-1"}},
    ],
}  # fmt: skip
MAPPING = """
[mapping]
name = "acme"
[mapping.when]
attributes = ["acme.*"]
[[rule]]
field = "tenant"
keys = ["acme.customer"]
"""


def test_explain_mapping_names_the_key_behind_each_field(tmp_path: Path) -> None:
    (tmp_path / "span.json").write_text(json.dumps(SPAN))
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "acme.toml").write_text(MAPPING)
    done = run("explain-mapping", str(tmp_path / "span.json"), "--mappings", str(tmp_path / "maps"), "--json")
    (told,) = json.loads(done.stdout)
    fields = {row["field"]: (row["value"], row["convention"], row["key"]) for row in told["fields"]}
    assert fields["kind"] == ("llm", "otel_genai", "gen_ai.operation.name")
    assert fields["input_tokens"] == ("12", "otel_genai", "gen_ai.usage.input_tokens")
    assert fields["tenant"] == ("c-1", "acme", "acme.customer")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "must hold a JSON object"),
        ('{"resourceSpans": []}', "holds no spans"),
        ('{"spanId": "zz"}', "cannot be read"),
    ],
)
def test_explain_mapping_says_what_is_wrong_with_a_file(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "span.json").write_text(content)
    done = run("explain-mapping", str(tmp_path / "span.json"))
    assert (done.returncode, words in done.stderr) == (2, True), done.stderr


def test_version_names_the_packages_that_matter() -> None:
    assert {"nervure", "python", "chdb"} <= set(json.loads(run("version", "--json").stdout))
