"""Values and limits of attributes, the same in protobuf and JSON."""

import base64
import math
from typing import Any

import orjson
import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires import otlp_traces
from nervure.model.raw import RawSpan
from tests.wire.samples import (
    JSON,
    PROTOBUF,
    attribute,
    deep_value,
    json_span,
    json_traces,
    raw_attribute,
    raw_traces,
    span,
    traces,
)

LIMITS = DecodeLimits(max_attribute_bytes=100, max_attributes=5, max_depth=3)


def in_protobuf(*attributes: KeyValue, **changes: Any) -> RawSpan:
    body = traces(span(attributes=list(attributes), **changes))
    (read,) = otlp_traces.decode(body, Request(PROTOBUF), LIMITS).spans
    return read


def in_json(*attributes: Any, **changes: Any) -> RawSpan:
    (read,) = otlp_traces.decode(
        json_traces(json_span(attributes=list(attributes), **changes)), Request(JSON), LIMITS
    ).spans
    return read


@pytest.mark.parametrize(
    ("protobuf", "json", "value"),
    [
        (AnyValue(string_value="ä"), {"stringValue": "ä"}, "ä"),
        (AnyValue(string_value=""), {"stringValue": ""}, ""),
        (AnyValue(bool_value=False), {"boolValue": False}, False),
        (AnyValue(int_value=-7), {"intValue": "-7"}, -7),
        (AnyValue(int_value=0), {"intValue": 0}, 0),
        (AnyValue(int_value=2**63 - 1), {"intValue": str(2**63 - 1)}, 2**63 - 1),
        (AnyValue(double_value=0.5), {"doubleValue": 0.5}, 0.5),
        (AnyValue(double_value=2.0), {"doubleValue": 2}, 2.0),
        (AnyValue(double_value=math.inf), {"doubleValue": "Infinity"}, math.inf),
        (AnyValue(double_value=-math.inf), {"doubleValue": "-Infinity"}, -math.inf),
        (AnyValue(bytes_value=b"\x00\xff"), {"bytesValue": base64.b64encode(b"\x00\xff").decode()}, b"\x00\xff"),
        (AnyValue(), {}, None),
        (AnyValue(array_value=ArrayValue()), {"arrayValue": {}}, []),
        (
            AnyValue(array_value=ArrayValue(values=[AnyValue(int_value=1), AnyValue()])),
            {"arrayValue": {"values": [{"intValue": "1"}, {}]}},
            [1, None],
        ),
        (
            AnyValue(kvlist_value=KeyValueList(values=[attribute("a", "b")])),
            {"kvlistValue": {"values": [{"key": "a", "value": {"stringValue": "b"}}]}},
            {"a": "b"},
        ),
    ],
)
def test_every_kind_of_value_is_read_alike_in_both_encodings(protobuf: AnyValue, json: Any, value: Any) -> None:
    first = in_protobuf(KeyValue(key="k", value=protobuf))
    second = in_json({"key": "k", "value": json})
    assert first.attributes == second.attributes == {"k": value}
    assert type(first.attributes["k"]) is type(second.attributes["k"]) is type(value)
    assert first.flags == second.flags == []


def test_a_nan_is_a_nan() -> None:
    assert math.isnan(in_protobuf(attribute("k", math.nan)).attributes["k"])
    assert math.isnan(in_json({"key": "k", "value": {"doubleValue": "NaN"}}).attributes["k"])


def test_of_a_repeated_key_the_last_value_counts() -> None:
    assert in_protobuf(attribute("k", "a"), attribute("k", "b")).attributes == {"k": "b"}
    twice = [{"key": "k", "value": {"stringValue": text}} for text in "ab"]
    assert in_json(*twice).attributes == {"k": "b"}


@pytest.mark.parametrize(
    ("text", "kept"), [("x" * 100, 100), ("x" * 101, 100), ("ä" * 50, 50), ("ä" * 51, 50), ("€" * 40, 33)]
)
def test_a_text_over_the_limit_is_cut_between_characters_and_flagged(text: str, kept: int) -> None:
    flags = ["truncated"] if len(text) > kept else []
    for read in (in_protobuf(attribute("k", text)), in_json({"key": "k", "value": {"stringValue": text}})):
        assert (read.attributes, read.flags) == ({"k": text[:kept]}, flags)


def test_texts_in_lists_are_cut_too() -> None:
    parts = [AnyValue(string_value="x" * 140), AnyValue(bytes_value=bytes(140))]
    read = in_protobuf(KeyValue(key="k", value=AnyValue(array_value=ArrayValue(values=parts))))
    assert (read.attributes, read.flags) == ({"k": ["x" * 100, bytes(100)]}, ["truncated"])


def test_a_list_far_over_the_limit_is_left_out_unread() -> None:
    huge = AnyValue(array_value=ArrayValue(values=[AnyValue()] * 1000))
    read = in_protobuf(KeyValue(key="k", value=huge), attribute("a", 1))
    assert (read.attributes, read.flags) == ({"a": 1}, ["attributes_dropped"])


def test_attributes_over_the_number_allowed_are_left_out_and_flagged() -> None:
    first = in_protobuf(*(attribute(f"k{n}", n) for n in range(6)))
    second = in_json(*({"key": f"k{n}", "value": {"intValue": n}} for n in range(6)))
    assert first.attributes == second.attributes == {f"k{n}": n for n in range(5)}
    assert first.flags == second.flags == ["attributes_dropped"]


def nested(depth: int) -> tuple[AnyValue, Any, Any]:
    """Lists in lists around a 1: in protobuf, in JSON, and as read."""
    protobuf, json, value = AnyValue(int_value=1), {"intValue": 1}, 1
    for _ in range(depth):
        protobuf = AnyValue(array_value=ArrayValue(values=[protobuf]))
        json, value = {"arrayValue": {"values": [json]}}, [value]  # type: ignore[assignment]
    return protobuf, json, value


def test_nesting_within_the_limit_is_kept() -> None:
    protobuf, json, value = nested(3)
    assert in_protobuf(KeyValue(key="k", value=protobuf)).attributes == {"k": value}
    assert in_json({"key": "k", "value": json}).attributes == {"k": value}


@pytest.mark.parametrize("depth", [4, 40])
def test_nesting_below_the_limit_is_cut_off(depth: int) -> None:
    protobuf, json, _ = nested(depth)
    for read in (in_protobuf(KeyValue(key="k", value=protobuf)), in_json({"key": "k", "value": json})):
        assert (read.attributes, read.flags) == ({"k": [[[None]]]}, ["truncated"])


def test_a_value_nested_too_deep_for_the_library_is_left_out_of_an_else_good_span() -> None:
    body = raw_traces(raw_attribute("deep", deep_value(90)), raw_attribute("a", b"\x18\x01"))
    (read,) = otlp_traces.decode(body, Request(PROTOBUF), LIMITS).spans
    assert (read.attributes, read.flags) == ({"a": 1}, ["attributes_dropped"])


@pytest.mark.parametrize(
    ("json", "value"),
    [
        ({"intValue": "seven"}, "seven"),
        ({"intValue": str(2**64)}, str(2**64)),
        ({"intValue": 1.5}, None),
        ({"intValue": "9" * 5000}, "9" * 100),
        ({"doubleValue": "half"}, "half"),
        ({"doubleValue": True}, None),
        ({"boolValue": "yes"}, None),
        ({"stringValue": 7}, None),
        ({"bytesValue": "%%%"}, "%%%"),
        ({"bytesValue": 7}, None),
        ("bare", None),
        ([], None),
    ],
)
def test_a_json_value_of_the_wrong_kind_is_flagged_and_kept_as_text_where_it_can_be(json: Any, value: Any) -> None:
    read = in_json({"key": "k", "value": json}, {"key": "a", "value": {"intValue": 1}})
    assert read.attributes == {"k": value, "a": 1}
    assert "invalid_value" in read.flags


@pytest.mark.parametrize("json", [{"string_value": "snake"}, {"futureValue": {"x": 1}}])
def test_snake_case_and_unknown_kinds_of_values_are_not_known(json: Any) -> None:
    assert in_json({"key": "k", "value": json}).attributes == {"k": None}


@pytest.mark.parametrize("attributes", [7, "text", {"k": "v"}, ["text"], [{"key": 7, "value": {}}]])
def test_json_attributes_of_a_wrong_shape_are_left_out_and_flagged(attributes: Any) -> None:
    (read,) = otlp_traces.decode(json_traces(json_span(attributes=attributes)), Request(JSON), LIMITS).spans
    assert (read.attributes, read.flags) == ({}, ["attributes_dropped"])


def test_text_that_is_not_utf_8_is_mended_where_it_stands_and_only_there() -> None:
    body = traces(span(0), span(1, name="bad-name"), span(2, attributes=[attribute("k", "bad-text")]))
    body = body.replace(b"bad-name", b"bad\xffname").replace(b"bad-text", b"bad\xfftext")
    batch = otlp_traces.decode(body, Request(PROTOBUF), LIMITS)
    assert [read.name for read in batch.spans] == ["chat gpt-5", "bad\ufffdname", "chat gpt-5"]
    assert batch.spans[2].attributes == {"k": "bad\ufffdtext"}
    assert [read.flags for read in batch.spans] == [[], ["invalid_utf8"], ["invalid_utf8"]]


def test_a_resource_that_is_not_utf_8_marks_all_its_spans() -> None:
    body = traces(span(0), span(1), service="sh-p").replace(b"sh-p", b"sh\xfep")
    batch = otlp_traces.decode(body, Request(PROTOBUF), LIMITS)
    assert [(read.origin.resource, read.flags) for read in batch.spans] == [
        ({"service.name": "sh\ufffdp"}, ["invalid_utf8"])
    ] * 2


@pytest.mark.parametrize(("wrong", "mended"), [(b"caf\xe9", "caf\ufffd"), (b"\\ud83d", "?"), (b"\\ud83d\\ude00", "😀")])
def test_json_with_broken_text_is_mended(wrong: bytes, mended: str) -> None:
    body = json_traces(json_span(name="NAME")).replace(b"NAME", wrong)
    (read,) = otlp_traces.decode(body, Request(JSON), LIMITS).spans
    assert read.name == mended
    assert read.flags == ([] if mended == "😀" else ["invalid_utf8"])


def test_equal_envelopes_give_the_same_origin_with_its_json() -> None:
    first = otlp_traces.decode(traces(span(0), span(1)), Request(PROTOBUF), LIMITS).spans
    second = otlp_traces.decode(traces(span(2)), Request(PROTOBUF), LIMITS).spans
    assert first[0].origin is first[1].origin is second[0].origin
    assert orjson.loads(first[0].origin.resource_json) == {"service.name": "shop"}
    assert first[0].origin.scope_json == "{}"
