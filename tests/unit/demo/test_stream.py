"""The demo's sender: repeats while the server asks for patience, gives up in words, counts what was taken."""

import pytest

from nervure.base.clock import SystemClock
from nervure.base.errors import Busy, NervureError
from nervure.demo.stream import Sender
from tests.unit.client.conftest import Recorder, recorder  # noqa: F401 - a fixture

REQUEST = ("/v1/traces", b"body", 3)


def test_a_refusal_that_will_pass_is_repeated_until_taken(recorder: Recorder) -> None:  # noqa: F811
    recorder.answers += [(503, {"retry-after": "0"}, b""), (429, {"retry-after": "0"}, b"")]
    sender = Sender(recorder.url, SystemClock(), api_key="k", project="p")
    told = []
    tally = sender.send_all([(7, REQUEST), (9, REQUEST)], lambda at_ns, tally: told.append((at_ns, tally.spans)))
    assert (tally.spans, tally.retries, told) == (6, 2, [(7, 3), (9, 6)])
    assert len(recorder.requests) == 4
    headers = recorder.requests[0][2]
    assert (headers["authorization"], headers["x-nervure-project"]) == ("Bearer k", "p")


def test_a_refusal_for_good_is_told(recorder: Recorder) -> None:  # noqa: F811
    recorder.answers.append((401, {}, b"no"))
    with pytest.raises(NervureError, match=r"HTTP 401 [(]set --api-key"):
        Sender(recorder.url, SystemClock()).send(REQUEST)


def test_a_server_that_stays_away_is_given_up_after_the_patience() -> None:
    with pytest.raises(Busy, match="did not take /v1/traces within 0 s"):
        Sender("http://127.0.0.1:9", SystemClock(), patience_s=0.0).send(REQUEST)
