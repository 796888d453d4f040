"""Pages of metrics become points under their own names."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervure.base.errors import DecodeError
from nervure.decode.formats.exposition import OPENMETRICS, Place, read_page
from nervure.decode.wire import DecodeLimits
from nervure.model.metric import Exemplar
from nervure.model.raw import RawMetricPoint

NOW_NS = 1_794_787_200 * 10**9
TEXT = "text/plain; version=0.0.4"

# Lines as vLLM's /metrics and DCGM exporter write them.
PAGE = """\
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="llama"} 3.0
# HELP vllm:request_success_total Count of successfully processed requests.
# TYPE vllm:request_success_total counter
vllm:request_success_total{finished_reason="stop",model_name="llama"} 41.0
# HELP vllm:request_success_created Count of successfully processed requests.
# TYPE vllm:request_success_created gauge
vllm:request_success_created{finished_reason="stop",model_name="llama"} 1.7947e+09
# HELP vllm:time_to_first_token_seconds Histogram of time to first token in seconds.
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{le="0.1",model_name="llama"} 1.0
vllm:time_to_first_token_seconds_bucket{le="0.5",model_name="llama"} 4.0
vllm:time_to_first_token_seconds_bucket{le="+Inf",model_name="llama"} 5.0
vllm:time_to_first_token_seconds_count{model_name="llama"} 5.0
vllm:time_to_first_token_seconds_sum{model_name="llama"} 1.75
# HELP DCGM_FI_DEV_GPU_UTIL GPU utilization (in %).
# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-1",Hostname="node7"} 37
# TYPE tgi_requests counter
tgi_requests 12
# TYPE go_gc_duration_seconds summary
go_gc_duration_seconds{quantile="0.5"} 0.002
go_gc_duration_seconds{quantile="1"} 0.01
go_gc_duration_seconds_sum 0.4
go_gc_duration_seconds_count 90
# TYPE jobs_created gauge
jobs_created 7
said_when 5 1794787100000
"""


def points(page: str, kind: str = TEXT, **place: Any) -> dict[str, RawMetricPoint]:
    found = read_page(page.encode(), kind, Place({"service.name": "x"}, **place), NOW_NS, DecodeLimits(), 1000)
    assert len({point.name for point in found}) == len(found)
    return {point.name: point for point in found}


def test_every_kind_of_family() -> None:
    found = points(PAGE)
    assert set(found) == {
        "vllm:num_requests_running", "vllm:request_success_total", "vllm:time_to_first_token_seconds",
        "DCGM_FI_DEV_GPU_UTIL", "tgi_requests", "go_gc_duration_seconds", "jobs_created", "said_when",
    }  # fmt: skip
    gauge = found["vllm:num_requests_running"]
    assert (gauge.type, gauge.time_ns, gauge.values["value"]) == ("gauge", NOW_NS, 3.0)
    assert gauge.attributes == {"engine": "0", "model_name": "llama"}
    assert gauge.values["description"] == "Number of requests in model execution batches."
    counter = found["vllm:request_success_total"]
    assert (counter.type, counter.start_ns) == ("sum", 1_794_700_000 * 10**9)
    assert (counter.values["is_monotonic"], counter.values["temporality"]) == (True, "cumulative")
    histogram = found["vllm:time_to_first_token_seconds"]
    assert histogram.type == "histogram"
    assert {key: histogram.values[key] for key in ("count", "sum", "bounds", "buckets")} == {
        "count": 5, "sum": 1.75, "bounds": [0.1, 0.5], "buckets": [1, 3, 1],
    }  # fmt: skip
    summary = found["go_gc_duration_seconds"]
    assert summary.values["quantiles"] == [(0.5, 0.002), (1.0, 0.01)]
    assert (summary.values["count"], summary.values["sum"]) == (90, 0.4)
    assert found["tgi_requests"].type == "sum"
    assert found["jobs_created"].type == "gauge"
    assert found["said_when"].time_ns == 1_794_787_100 * 10**9


def test_labels_become_the_attributes_they_are_told_to() -> None:
    found = points(
        PAGE,
        attributes={"cluster": "a", "gpu.id": "?"},
        rename={"gpu": "gpu.id"},
        to_resource={"Hostname": "host.name"},
    )
    gpu = found["DCGM_FI_DEV_GPU_UTIL"]
    assert gpu.attributes == {"cluster": "a", "gpu.id": "0", "UUID": "GPU-1"}
    assert gpu.origin.resource == {"service.name": "x", "host.name": "node7"}


def test_only_wanted_names_are_kept() -> None:
    assert set(points(PAGE, is_wanted=lambda name: name.startswith("DCGM_"))) == {"DCGM_FI_DEV_GPU_UTIL"}


def test_openmetrics_with_exemplars_units_and_begin() -> None:
    page = (
        "# TYPE wait_seconds histogram\n# UNIT wait_seconds seconds\n# HELP wait_seconds How long.\n"
        'wait_seconds_bucket{le="1.0"} 2 # {trace_id="0AF7651916CD43DD8448EB211C80319C",span_id="b7ad6b7169203331",x="y"} 0.7 '
        "1794787100.5\n"
        'wait_seconds_bucket{le="+Inf"} 3\nwait_seconds_count 3\nwait_seconds_sum 4.5\nwait_seconds_created 1794700000.25\n'
        "# TYPE hits counter\nhits_total 4\nhits_created 1794700000\n# EOF\n"
    )
    found = points(page, f"{OPENMETRICS}; version=1.0.0; charset=utf-8")
    wait = found["wait_seconds"]
    assert (wait.start_ns, wait.values["unit"]) == (1_794_700_000_250_000_000, "seconds")
    assert wait.values["exemplars"] == [
        Exemplar(1_794_787_100_500_000_000, 0.7, "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", {"x": "y"})
    ]
    assert (found["hits_total"].type, found["hits_total"].start_ns) == ("sum", 1_794_700_000 * 10**9)


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"\xff\xfe up 1", TEXT, "not UTF-8"),
        (b"up{", TEXT, "not in the Prometheus text format"),
        (b"<html>404</html>", TEXT, "not in the Prometheus text format"),
        (b"up 1\n", OPENMETRICS, "not in OpenMetrics"),
        (b"a 1\n" * 1001, TEXT, "more than 1000 samples"),
    ],
)
def test_a_page_that_is_none_is_refused_whole(body: bytes, kind: str, words: str) -> None:
    with pytest.raises(DecodeError, match=words):
        read_page(body, kind, Place({}), NOW_NS, DecodeLimits(), 1000)


def test_histograms_that_do_not_add_up_are_left_out() -> None:
    page = '# TYPE h histogram\nh_bucket{le="1"} 5\nh_bucket{le="+Inf"} 3\nh_count 3\nh_sum 1\n'
    assert read_page(page.encode(), TEXT, Place({}), NOW_NS, DecodeLimits(), 100) == []


PIECES = st.lists(
    st.sampled_from(
        ["# TYPE ", "# HELP ", "# UNIT ", "# EOF", "a", "a_total", "a_bucket", "a_sum", "a_count", "a_created", "_info",
         " counter", " histogram", " summary", " gaugehistogram", " info", " stateset", " unknown", '{le="', '{quantile="',
         '{x="', '"', "}", " ", "\n", "1", "-1", "NaN", "+Inf", "1e400", "0x", ",", "=", " # {", "\\", "é"]
    ),
    max_size=40,
).map(lambda parts: "".join(parts).encode())  # fmt: skip


@given(st.binary(max_size=300) | PIECES, st.sampled_from([TEXT, OPENMETRICS]))
def test_any_bytes_are_points_or_a_reason(body: bytes, kind: str) -> None:
    with suppress(DecodeError):
        read_page(body, kind, Place({}), NOW_NS, DecodeLimits(), 100)
