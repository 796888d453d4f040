"""Metrics of GPUs and model servers that are watched without being asked for: which, and their rows.

Names are those exporters use: NVIDIA's DCGM exporter, vLLM, SGLang, Triton, TGI, OpenTelemetry. A minute of a metric in a
scope is one observation, however often it is scraped: what is read every few seconds says little more than once a minute.
"""

from collections.abc import Mapping
from typing import Literal

from nervure.query.gpu_places import HOSTS, MODELS, UTILISATION

GaugeKind = Literal["busy", "memory", "queue", "cache", "fault"]
_NAMES: Mapping[GaugeKind, tuple[str, ...]] = {
    "busy": tuple(UTILISATION),
    "memory": ("DCGM_FI_DEV_FB_USED", "hw.gpu.memory.usage", "hw_gpu_memory_usage_bytes", "nvidia_smi_memory_used_bytes",
               "nv_gpu_memory_used_bytes"),
    "queue": ("vllm:num_requests_waiting", "vllm_num_requests_waiting", "vllm.num_requests_waiting",
              "sglang:num_queue_reqs", "nv_inference_pending_request_count", "tgi_queue_size"),
    "cache": ("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc", "vllm_kv_cache_usage_perc",
              "vllm_gpu_cache_usage_perc", "vllm.kv_cache.usage", "sglang:token_usage"),
    # A code or a count that is 0 while all is well.
    "fault": ("DCGM_FI_DEV_XID_ERRORS", "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "DCGM_FI_DEV_ECC_DBE_AGG_TOTAL",
              "DCGM_FI_DEV_ROW_REMAP_FAILURE", "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", "hw.errors"),
}  # fmt: skip
# From so many on requests wait; where usually none does, that share of minutes tells sooner than the mean.
QUEUED = 1
GAUGES: Mapping[str, GaugeKind] = {name: kind for kind, names in _NAMES.items() for name in names}


def gauge_rows() -> str:
    """Rows of minutes: those of a model server are its model's, others the host's."""

    def listed(names: tuple[str, ...]) -> str:
        return "(" + ", ".join(f"'{name}'" for name in names) + ")"

    def said(labels: tuple[str, ...]) -> str:
        values = ", ".join(f"attributes['{name}'], JSONExtractString(resource, '{name}')" for name in labels)
        return f"arrayFirst(x -> x != '', [{values}])"

    value = (
        f"multiIf(metric IN {listed(_NAMES['fault'])}, toFloat64(max(value) > 0),"
        f" metric NOT IN {listed(_NAMES['memory'])}, avg(value), avg(value) > 0, log(avg(value)), NULL)"
    )
    waits = f"if(metric IN {listed(_NAMES['queue'])}, toFloat64(avg(value) >= {QUEUED}), NULL)"
    # What is served where is told by the model: replicas come and go.
    minutes = (
        "SELECT toStartOfMinute(time) AS minute, toString(name) AS metric,"
        f" {said(MODELS)} AS model, if(model != '', '', {said(HOSTS)}) AS host, {value} AS v_value,"
        f" {waits} AS v_waits FROM metrics"
        f" WHERE project = {{project}} AND name IN {listed(tuple(GAUGES))} AND isFinite(ifNull(value, nan))"
        " AND time >= fromUnixTimestamp64Nano({from_ns}, 'UTC') AND time < {until} GROUP BY minute, metric, model, host"
    )
    return f"SELECT intDiv(toUnixTimestamp(minute) * 1000000000, {{step_ns}}) AS b, metric, model, host, v_value, v_waits FROM ({minutes})"
