"""Where SDKs and shippers put their key."""

import base64

import pytest

from nervure.base.credentials import secret_of

PAIR = base64.b64encode(b"id:nvk_secret").decode()


@pytest.mark.supports("elasticsearch", "keys: API key, Basic, Bearer")
@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer nvk_secret"},
        {"authorization": f"Basic {PAIR}"},
        {"authorization": f"ApiKey {PAIR}"},
        {"authorization": "ApiKey nvk_secret"},
        {"authorization": "nvk_secret"},
        {"x-api-key": "nvk_secret"},
        {"dd-api-key": "nvk_secret"},
        {"x-amz-firehose-access-key": "nvk_secret"},
    ],
)
def test_the_key_is_found_wherever_a_client_puts_it(headers: dict[str, str]) -> None:
    assert secret_of(headers) == "nvk_secret"


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": ""}, {"authorization": "Basic !!!"}, {"authorization": "Bearer "}]
)
def test_no_key_is_no_key(headers: dict[str, str]) -> None:
    assert secret_of(headers) == ""
