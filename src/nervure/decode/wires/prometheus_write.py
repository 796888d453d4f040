"""Prometheus remote write, 1.0 and 2.0: samples, classic histograms, exemplars. Native histograms are refused by count."""

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf.message import DecodeError as NotProtobuf

from nervure.base.errors import DecodeError
from nervure.decode.formats import prometheus
from nervure.decode.formats.own_protobuf import messages
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.prometheus import Sample, Series
from nervure.decode.wire import DecodeLimits, Outcome, Request, Wire
from nervure.model.metric import Exemplar
from nervure.model.raw import RawBatch

PROTOBUF = "application/x-protobuf"
SECOND = "io.prometheus.write.v2.request"
NATIVE = "native histograms are not kept: let the scraper convert them to classic ones (convert_native_histograms...)"
NO_NAME = "a series must have the label __name__"
ODD = "a series refers to symbols that the request does not hold"
TYPES_1 = ("", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset")

V1 = messages(
    "prometheus",
    {
        "WriteRequest": {"timeseries": (1, "*TimeSeries"), "metadata": (3, "*MetricMetadata")},
        "TimeSeries": {
            "labels": (1, "*Label"), "samples": (2, "*Sample"), "exemplars": (3, "*Exemplar"), "histograms": (4, "*bytes"),
        },
        "Label": {"name": (1, "string"), "value": (2, "string")},
        "Sample": {"value": (1, "double"), "timestamp": (2, "int64")},
        "Exemplar": {"labels": (1, "*Label"), "value": (2, "double"), "timestamp": (3, "int64")},
        "MetricMetadata": {
            "type": (1, "int32"), "metric_family_name": (2, "string"), "help": (4, "string"), "unit": (5, "string"),
        },
    },
)  # fmt: skip
V2 = messages(
    "io.prometheus.write.v2",
    {
        "Request": {"symbols": (4, "*string"), "timeseries": (5, "*TimeSeries")},
        "TimeSeries": {
            "labels_refs": (1, "*uint32"), "samples": (2, "*Sample"), "histograms": (3, "*bytes"),
            "exemplars": (4, "*Exemplar"), "metadata": (5, "Metadata"), "created_timestamp": (6, "int64"),
        },
        "Sample": {"value": (1, "double"), "timestamp": (2, "int64"), "start_timestamp": (3, "int64")},
        "Exemplar": {"labels_refs": (1, "*uint32"), "value": (2, "double"), "timestamp": (3, "int64")},
        "Metadata": {"type": (1, "int32"), "help_ref": (3, "uint32"), "unit_ref": (4, "uint32")},
    },
)  # fmt: skip


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Metric points. What cannot be kept is counted, not the reason to refuse the rest."""
    is_second = SECOND in request.content_type.lower()
    try:
        request = (V2["Request"] if is_second else V1["WriteRequest"]).FromString(bytes(body))
    except NotProtobuf as error:
        raise DecodeError(f"the body is not a remote write request: {error}") from error
    batch = RawBatch()
    counts = {"samples": 0, "histograms": 0, "exemplars": 0}
    listed: list[Series] = []
    for series, native in _second(request) if is_second else _first(request):
        if native:
            batch.refused[NATIVE] = batch.refused.get(NATIVE, 0) + native
        if series is None:
            batch.refused[ODD] = batch.refused.get(ODD, 0) + 1
        elif not series.labels.get(prometheus.NAME):
            batch.refused[NO_NAME] = batch.refused.get(NO_NAME, 0) + max(len(series.samples), 1)
        else:
            counts["samples"] += len(series.samples)
            counts["exemplars"] += len(series.exemplars)
            listed.append(series)
    batch.metrics.extend(prometheus.points(listed, limits))
    batch.receipt = counts if is_second else None
    return batch


def _first(request: Any) -> Iterator[tuple[Series, int]]:
    told = {one.metric_family_name: one for one in request.metadata}
    for one in request.timeseries:
        labels = {label.name: label.value for label in one.labels}
        about = told.get(labels.get(prometheus.NAME, ""))
        yield (
            Series(
                labels,
                [Sample(sample.timestamp, sample.value) for sample in one.samples],
                _type(about.type) if about else "",
                about.unit if about else "",
                about.help if about else "",
                [
                    _exemplar({label.name: label.value for label in each.labels}, each.value, each.timestamp)
                    for each in one.exemplars
                ],
            ),
            len(one.histograms),
        )


def _second(request: Any) -> Iterator[tuple[Series | None, int]]:
    symbols = list(request.symbols)
    for one in request.timeseries:
        try:
            yield (
                Series(
                    _labels(symbols, one.labels_refs),
                    # Earlier drafts say once for the series what the later ones say with each sample.
                    [
                        Sample(each.timestamp, each.value, each.start_timestamp or one.created_timestamp)
                        for each in one.samples
                    ],
                    _type(one.metadata.type),
                    symbols[one.metadata.unit_ref],
                    symbols[one.metadata.help_ref],
                    [
                        _exemplar(_labels(symbols, each.labels_refs), each.value, each.timestamp)
                        for each in one.exemplars
                    ],
                ),
                len(one.histograms),
            )
        except (IndexError, ValueError):
            yield None, len(one.histograms)


def _labels(symbols: list[str], refs: Any) -> dict[str, str]:
    pairs = list(refs)
    return {symbols[name]: symbols[value] for name, value in zip(pairs[::2], pairs[1::2], strict=True)}


def _exemplar(labels: dict[str, str], value: float, time_ms: int) -> Exemplar:
    trace, span = labels.pop("trace_id", ""), labels.pop("span_id", "")
    return Exemplar(time_ms * prometheus.NS_PER_MS, value, trace.lower(), span.lower(), dict(labels))


def _type(number: int) -> str:
    return TYPES_1[number] if 0 <= number < len(TYPES_1) else ""


def conclude(outcome: Outcome) -> tuple[int, Mapping[str, str]]:
    """Success only when everything was written; version 2 also tells how much was."""
    written = outcome.receipt or {}
    headers = {f"x-prometheus-remote-write-{kind}-written": str(count) for kind, count in written.items()}
    return (400 if outcome.rejected else 204), headers


WIRE = Wire(
    name="prometheus_write",
    signal="metrics",
    paths=("/api/v1/write", "/api/v1/push", "/api/prom/push"),
    decode=decode,
    answer=words(),
    content_types=(PROTOBUF,),
    conclude=conclude,
    is_itemised=True,
    packed={PROTOBUF: "snappy"},
)
