"""Values of OTLP data points, as keyword arguments of model.metric.MetricPoint; absent ones are left out.

A point flagged "no recorded value" (a series that ended) has no value and the flag "no_value".
"""

from collections.abc import Callable, Mapping
from typing import Any

from nervure.decode.formats import otlp, otlp_json
from nervure.decode.formats.otlp_json import JsonObject, Malformed
from nervure.decode.formats.values import INVALID_VALUE, TRUNCATED, flag
from nervure.decode.wire import DecodeLimits
from nervure.model.metric import Exemplar

NO_VALUE = "no_value"
NO_RECORDED_VALUE = 1
MAX_BUCKETS = 100_000
MAX_EXEMPLARS = 1000
UINT64 = range(1 << 64)

Values = dict[str, Any]
Reader = Callable[[Any, DecodeLimits, list[str]], Values]


def _number(point: Any, limits: DecodeLimits, flags: list[str]) -> Values:
    values: Values = {}
    which = point.WhichOneof("value")
    if point.flags & NO_RECORDED_VALUE or which is None:
        flag(flags, NO_VALUE)
    else:
        values["value"] = float(getattr(point, which))
        values["is_int"] = which == "as_int"
    return _exemplars(point, values, limits, flags)


def _histogram(point: Any, limits: DecodeLimits, flags: list[str]) -> Values:
    values = _sums(point, flags)
    if values:
        values["bounds"] = list(point.explicit_bounds[:MAX_BUCKETS])
        values["buckets"] = list(point.bucket_counts[:MAX_BUCKETS])
        _check_buckets(values, flags)
    return _exemplars(point, values, limits, flags)


def _exponential(point: Any, limits: DecodeLimits, flags: list[str]) -> Values:
    values = _sums(point, flags)
    if values:
        values |= {
            "scale": point.scale,
            "zero_count": point.zero_count,
            "zero_threshold": point.zero_threshold,
            "positive_offset": point.positive.offset,
            "positive_buckets": list(point.positive.bucket_counts[:MAX_BUCKETS]),
            "negative_offset": point.negative.offset,
            "negative_buckets": list(point.negative.bucket_counts[:MAX_BUCKETS]),
        }
    return _exemplars(point, values, limits, flags)


def _summary(point: Any, limits: DecodeLimits, flags: list[str]) -> Values:
    if point.flags & NO_RECORDED_VALUE:
        flag(flags, NO_VALUE)
        return {}
    quantiles = [(pair.quantile, pair.value) for pair in point.quantile_values[:MAX_BUCKETS]]
    return {"count": point.count, "sum": point.sum, "quantiles": quantiles}


def _sums(point: Any, flags: list[str]) -> Values:
    if point.flags & NO_RECORDED_VALUE:
        flag(flags, NO_VALUE)
        return {}
    values: Values = {"count": point.count}
    for name in ("sum", "min", "max"):
        if point.HasField(name):
            values[name] = getattr(point, name)
    return values


def _check_buckets(values: Values, flags: list[str]) -> None:
    # No buckets at all is allowed: then only count, sum, min and max are known.
    if (values["buckets"] or values["bounds"]) and len(values["buckets"]) != len(values["bounds"]) + 1:
        flag(flags, INVALID_VALUE)


def _exemplars(point: Any, values: Values, limits: DecodeLimits, flags: list[str]) -> Values:
    if point.exemplars:
        if len(point.exemplars) > MAX_EXEMPLARS:
            flag(flags, TRUNCATED)
        values["exemplars"] = [
            Exemplar(
                exemplar.time_unix_nano,
                float(getattr(exemplar, exemplar.WhichOneof("value") or "as_double")),
                otlp.lenient_id(exemplar.trace_id, 16, flags),
                otlp.lenient_id(exemplar.span_id, 8, flags),
                otlp.attributes_of(exemplar.filtered_attributes, limits, flags),
            )
            for exemplar in point.exemplars[:MAX_EXEMPLARS]
        ]
    return values


READERS: Mapping[str, Reader] = {
    "gauge": _number,
    "sum": _number,
    "histogram": _histogram,
    "exponential_histogram": _exponential,
    "summary": _summary,
}


def _json_number(point: JsonObject, limits: DecodeLimits, flags: list[str]) -> Values:
    values: Values = {}
    if _has_no_value(point) or ("asInt" not in point and "asDouble" not in point):
        flag(flags, NO_VALUE)
    else:
        values["value"] = _json_value(point)
        values["is_int"] = "asInt" in point
    return _json_exemplars(point, values, limits, flags)


def _json_value(point: JsonObject) -> float:
    if "asInt" in point:
        return float(otlp_json.int_of(point["asInt"], "asInt"))
    return otlp_json.float_of(point.get("asDouble", 0.0), "asDouble")


def _json_histogram(point: JsonObject, limits: DecodeLimits, flags: list[str]) -> Values:
    values = _json_sums(point, flags)
    if values:
        values["bounds"] = [otlp_json.float_of(bound, "explicitBounds") for bound in _list(point, "explicitBounds")]
        values["buckets"] = _counts(point, "bucketCounts")
        _check_buckets(values, flags)
    return _json_exemplars(point, values, limits, flags)


def _json_exponential(point: JsonObject, limits: DecodeLimits, flags: list[str]) -> Values:
    values = _json_sums(point, flags)
    if values:
        values["scale"] = otlp_json.int_of(point.get("scale"), "scale")
        values["zero_count"] = _count(point.get("zeroCount"), "zeroCount")
        values["zero_threshold"] = otlp_json.float_of(point.get("zeroThreshold", 0.0), "zeroThreshold")
        for side in ("positive", "negative"):
            buckets = point.get(side)
            buckets = buckets if isinstance(buckets, dict) else {}
            values[f"{side}_offset"] = otlp_json.int_of(buckets.get("offset"), "offset")
            values[f"{side}_buckets"] = _counts(buckets, "bucketCounts")
    return _json_exemplars(point, values, limits, flags)


def _json_summary(point: JsonObject, limits: DecodeLimits, flags: list[str]) -> Values:
    if _has_no_value(point):
        flag(flags, NO_VALUE)
        return {}
    quantiles = [
        (
            otlp_json.float_of(pair.get("quantile", 0.0), "quantile"),
            otlp_json.float_of(pair.get("value", 0.0), "quantileValues.value"),
        )
        for pair in otlp_json.members(point.get("quantileValues"))[:MAX_BUCKETS]
    ]
    return {
        "count": _count(point.get("count"), "count"),
        "sum": otlp_json.float_of(point.get("sum", 0.0), "sum"),
        "quantiles": quantiles,
    }


def _json_sums(point: JsonObject, flags: list[str]) -> Values:
    if _has_no_value(point):
        flag(flags, NO_VALUE)
        return {}
    values: Values = {"count": _count(point.get("count"), "count")}
    for name in ("sum", "min", "max"):
        if point.get(name) is not None:
            values[name] = otlp_json.float_of(point[name], name)
    return values


def _has_no_value(point: JsonObject) -> bool:
    return bool(otlp_json.int_of(point.get("flags"), "flags") & NO_RECORDED_VALUE)


def _list(point: JsonObject, name: str) -> list[Any]:
    values = point.get(name)
    if not isinstance(values, list | None):
        raise Malformed(f"{name} is not a list")
    return (values or [])[:MAX_BUCKETS]


def _counts(point: JsonObject, name: str) -> list[int]:
    return [_count(value, name) for value in _list(point, name)]


def _count(value: Any, name: str) -> int:
    number = otlp_json.int_of(value, name)
    if number not in UINT64:
        raise Malformed(f"{name} is not a count")
    return number


def _json_exemplars(point: JsonObject, values: Values, limits: DecodeLimits, flags: list[str]) -> Values:
    exemplars = otlp_json.members(point.get("exemplars"))
    if len(exemplars) > MAX_EXEMPLARS:
        flag(flags, TRUNCATED)
    if exemplars:
        values["exemplars"] = [
            Exemplar(
                otlp_json.time_of(exemplar.get("timeUnixNano"), "exemplar.timeUnixNano", flags),
                _json_value(exemplar),
                otlp_json.lenient_id(exemplar.get("traceId"), 32, flags),
                otlp_json.lenient_id(exemplar.get("spanId"), 16, flags),
                otlp_json.attributes_of(exemplar.get("filteredAttributes"), limits, flags),
            )
            for exemplar in exemplars[:MAX_EXEMPLARS]
        ]
    return values


JSON_READERS: Mapping[str, Reader] = {
    "gauge": _json_number,
    "sum": _json_number,
    "histogram": _json_histogram,
    "exponential_histogram": _json_exponential,
    "summary": _json_summary,
}
