"""Objects read over the API of Azure Blob Storage, as Microsoft's own emulator speaks it."""

import base64
import datetime
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from obstore.store import AzureStore

from nervure.collect.storage import Unreachable
from tests.sdk.emulator import free_port, running
from tests.sdk.environments import Unavailable
from tests.sdk.node import folder_of
from tests.unit.collect.test_objects import Kept, Pull
from tests.unit.decode.test_clouds import request_response

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1200)]
# The emulator's account, as its documentation publishes it.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
VERSION = "2021-08-06"
CONTAINER = "insights-logs-requestresponse"


@pytest.fixture(scope="module")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the emulator's account, with an empty container in it."""
    try:
        folder = folder_of("azurite")
    except Unavailable as error:
        pytest.skip(f"the emulator cannot be installed: {error}")
    port = free_port()
    place = tmp_path_factory.mktemp("azurite")
    command = [str(folder / "node_modules" / ".bin" / "azurite-blob"), "--blobPort", str(port), "--location", str(place),
               "--silent", "--skipApiVersionCheck", "--disableTelemetry"]  # fmt: skip
    url = f"http://127.0.0.1:{port}/{ACCOUNT}"
    with running(command, place / "log", lambda: _has_container(url)):
        yield url


def _has_container(url: str) -> bool:
    """Makes it, with a shared key: https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key"""
    date = datetime.datetime.now(datetime.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    said = f"x-ms-date:{date}\nx-ms-version:{VERSION}\n/{ACCOUNT}/{ACCOUNT}/{CONTAINER}\nrestype:container"
    text = "PUT" + "\n" * 12 + said
    mac = base64.b64encode(hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()).decode()
    headers = {"x-ms-date": date, "x-ms-version": VERSION, "authorization": f"SharedKey {ACCOUNT}:{mac}"}
    try:
        answer = httpx.put(f"{url}/{CONTAINER}", params={"restype": "container"}, headers=headers, timeout=5)
    except httpx.TransportError:
        return False
    return answer.status_code in (201, 409)


def options(url: str, key: str = KEY) -> dict[str, str]:
    return {"account_name": ACCOUNT, "account_key": key, "endpoint": url}


def records(first: int, count: int) -> bytes:
    """Lines as diagnostic settings write them into a blob."""
    made = []
    for number in range(first, first + count):
        record = request_response()
        record["correlationId"] = f"c-{number}"
        made.append(json.dumps(record) + "\n")
    return "".join(made).encode()


@pytest.mark.supports("azure", "Blob Storage by prefix, read on as its hourly blobs grow")
def test_an_hourly_blob_is_read_once_and_read_on_as_it_grows(tmp_path: Path, blobs: str) -> None:
    store: Any = AzureStore(CONTAINER, config=options(blobs), client_options={"allow_http": True})
    path = "resourceId=/SUBSCRIPTIONS/X/y=2026/m=11/d=20/h=15/m=00/PT1H.json"
    obstore.put(store, path, records(0, 40))
    kept = Kept()
    pull = Pull(tmp_path, kept, url=f"az://{CONTAINER}", format="azure", options=options(blobs))
    for _ in range(2):
        pull.run()
    assert len(kept.spans) == 40
    obstore.put(store, path, records(0, 55))
    pull.run()
    assert len(kept.spans) == 55


def test_a_wrong_key_is_told(tmp_path: Path, blobs: str) -> None:
    wrong = base64.b64encode(b"wrong" * 8).decode()
    pull = Pull(tmp_path, Kept(), url=f"az://{CONTAINER}", format="azure", options=options(blobs, wrong))
    with pytest.raises(Unreachable, match="cannot be listed"):
        pull.run()
