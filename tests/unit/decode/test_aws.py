"""AWS: Bedrock's invocation logs, CloudTrail, CloudWatch's metric streams, and Firehose, which carries them all."""

import base64
import gzip
import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue, KeyValueList

from nervure.base.errors import DecodeError
from nervure.decode.wire import DecodeLimits, Outcome, Request
from nervure.decode.wires import bedrock_logs, cloudtrail_records, cloudwatch_metrics, firehose_http
from nervure.model.raw import RawBatch
from nervure.model.span import Span
from nervure.normalise.engine import Normaliser
from tests.wire.samples import varint

JSON = "application/json"
LIMITS = DecodeLimits()
NORMALISER = Normaliser()


def invocation(**members: Any) -> dict[str, Any]:
    """A record of the log, in the form AWS documents."""
    return {
        "schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": "2026-11-20T15:00:00Z",
        "accountId": "111122223333", "region": "us-east-1", "requestId": "6f9e9644-95a1-4c3c-892f-b51372320d5e",
        "identity": {"arn": "arn:aws:sts::111122223333:assumed-role/checkout-api/i-0abc"},
        "operation": "Converse", "modelId": "anthropic.claude-3-haiku-20240307-v1:0",
        "input": {"inputContentType": "application/json", "inputTokenCount": 35, "inputBodyJson": {
            "system": [{"text": "Be brief."}],
            "messages": [{"role": "user", "content": [{"text": "What is the capital of France?"}]}],
            "inferenceConfig": {"maxTokens": 512, "temperature": 0.7},
        }},
        "output": {"outputContentType": "application/json", "outputTokenCount": 12, "outputBodyJson": {
            "output": {"message": {"role": "assistant", "content": [{"text": "Paris."}]}},
            "stopReason": "end_turn", "metrics": {"latencyMs": 640},
            "usage": {"inputTokens": 35, "outputTokens": 12, "totalTokens": 47},
        }},
        **members,
    }  # fmt: skip


def event(**members: Any) -> dict[str, Any]:
    """A management record of CloudTrail."""
    return {
        "eventVersion": "1.09", "eventTime": "2026-11-20T15:01:00Z", "eventSource": "bedrock.amazonaws.com",
        "eventName": "PutModelInvocationLoggingConfiguration", "awsRegion": "us-east-1", "readOnly": False,
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice", "accountId": "111122223333"},
        "requestParameters": {"loggingConfig": {"textDataDeliveryEnabled": False}}, "responseElements": None,
        "requestID": "b1a7", "eventID": "e-1", "eventType": "AwsApiCall", "managementEvent": True,
        "recipientAccountId": "111122223333", "eventCategory": "Management", **members,
    }  # fmt: skip


def metric(**members: Any) -> dict[str, Any]:
    """A data point of a metric stream in JSON."""
    return {
        "metric_stream_name": "genai", "account_id": "111122223333", "region": "us-east-1", "namespace": "AWS/Bedrock",
        "metric_name": "InvocationLatency", "dimensions": {"ModelId": "amazon.nova-lite-v1:0"},
        "timestamp": 1_795_186_800_000, "value": {"max": 900.0, "min": 100.0, "sum": 1500.0, "count": 4.0, "p99": 880.0},
        "unit": "Milliseconds", **members,
    }  # fmt: skip


def otlp_metric() -> bytes:
    """The same in OTLP 1.0, behind its length, as CloudWatch writes it."""
    request = ExportMetricsServiceRequest()
    envelope = request.resource_metrics.add()
    envelope.resource.attributes.add(key="cloud.region", value=AnyValue(string_value="us-east-1"))
    metric = envelope.scope_metrics.add().metrics.add(name="amazonaws.com/AWS/Bedrock/InvocationLatency", unit="ms")
    point = metric.summary.data_points.add(time_unix_nano=1_795_186_800 * 10**9, count=4, sum=1500.0)
    point.attributes.add(key="Namespace", value=AnyValue(string_value="AWS/Bedrock"))
    point.attributes.add(key="MetricName", value=AnyValue(string_value="InvocationLatency"))
    inner = KeyValueList(values=[KeyValue(key="ModelId", value=AnyValue(string_value="amazon.nova-lite-v1:0"))])
    point.attributes.add(key="Dimensions", value=AnyValue(kvlist_value=inner))
    for quantile, value in ((0.0, 100.0), (1.0, 900.0)):
        point.quantile_values.add(quantile=quantile, value=value)
    body = request.SerializeToString()
    return varint(len(body)) + body


def subscription(*messages: str, **members: Any) -> bytes:
    """What CloudWatch Logs hands to Firehose."""
    events = [{"id": str(n), "timestamp": 1_795_186_800_000 + n, "message": text} for n, text in enumerate(messages)]
    return gzip.compress(orjson.dumps({
        "messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "/aws/bedrock", "logStream": "s-1",
        "subscriptionFilters": ["all"], "logEvents": events, **members,
    }))  # fmt: skip


def firehose(*records: bytes, **members: Any) -> bytes:
    listed = [{"data": base64.b64encode(record).decode()} for record in records]
    return orjson.dumps({"requestId": "r-1", "timestamp": 1_795_186_800_000, "records": listed, **members})


def span_of(record: dict[str, Any]) -> Span:
    """The canonical span of a record."""
    (raw,) = bedrock_logs.decode(orjson.dumps(record), Request(JSON), LIMITS).spans
    span = NORMALISER.span(raw, "default", raw.end_ns + 10**9)
    assert span is not None
    return span


@pytest.mark.supports("aws", "Bedrock invocation logs: Converse", "tokens, cost and latency of calls")
def test_a_converse_call_is_a_span_with_everything_the_record_says() -> None:
    span = span_of(invocation(requestMetadata={"team": "growth", "tenant": "acme", "session_id": "s-7", "x": "y"}))
    assert (span.kind, span.provider, span.request_model) == (
        "llm",
        "aws.bedrock",
        "anthropic.claude-3-haiku-20240307-v1:0",
    )
    assert (span.service, span.region, span.streaming) == ("checkout-api", "us-east-1", False)
    assert (span.input_tokens, span.output_tokens, span.duration_ns) == (35, 12, 640 * 10**6)
    assert (span.input_text, span.output_text, span.system_prompt) == (
        "What is the capital of France?",
        "Paris.",
        "Be brief.",
    )
    assert (span.finish_reasons, span.params) == (["stop"], {"temperature": 0.7, "max_tokens": 512})
    assert (span.team, span.tenant, span.session, span.metadata["x"], span.user) == ("growth", "acme", "s-7", "y", "")
    assert span.attributes["aws.bedrock.accountId"] == "111122223333"


ANTHROPIC = [
    {"type": "message_start", "message": {"id": "msg_1", "model": "claude-3-haiku-48k", "role": "assistant",
                                          "usage": {"input_tokens": 10, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Look"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "ing"}},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "t1", "name": "find", "input": {}}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"q": "sh'}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": 'oes"}'}},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 20}},
    {"type": "message_stop", "amazon-bedrock-invocationMetrics": {
        "inputTokenCount": 10, "outputTokenCount": 20, "invocationLatency": 1530, "firstByteLatency": 410}},
]  # fmt: skip


@pytest.mark.supports("aws", "Bedrock invocation logs: InvokeModel, streamed answers put together")
def test_the_chunks_of_a_streamed_answer_are_put_together() -> None:
    given = {"inputTokenCount": 10, "inputBodyJson": {
        "anthropic_version": "bedrock-2023-05-31", "max_tokens": 2000, "system": "You sell.",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Shoes?"}]}],
        "tools": [{"name": "find", "input_schema": {"type": "object"}}],
    }}  # fmt: skip
    span = span_of(
        invocation(
            operation="InvokeModelWithResponseStream",
            input=given,
            output={"outputBodyJson": ANTHROPIC, "outputTokenCount": 20},
        )
    )
    assert (span.streaming, span.ttft_ns, span.duration_ns) == (True, 410 * 10**6, 1530 * 10**6)
    assert (span.input_text, span.output_text, span.system_prompt) == ("Shoes?", "Looking", "You sell.")
    assert span.output[0]["parts"][1] == {"type": "tool_call", "id": "t1", "name": "find", "arguments": {"q": "shoes"}}
    assert (span.finish_reasons, span.response_id, span.response_model) == (
        ["tool_call"],
        "msg_1",
        "claude-3-haiku-48k",
    )
    assert [tool["name"] for tool in span.tool_definitions] == ["find"]


@pytest.mark.supports("aws", "Bedrock invocation logs: Titan, Nova, Llama, Mistral, Cohere and OpenAI bodies")
@pytest.mark.parametrize(
    ("given", "got", "text", "reason"),
    [
        pytest.param({"inputText": "Hi"}, {"inputTextTokenCount": 1, "results": [{"tokenCount": 2, "outputText": "Hello", "completionReason": "FINISH"}]}, "Hello", "FINISH", id="Titan"),
        pytest.param({"inputText": "Hi"}, [{"outputText": "Hel", "index": 0}, {"outputText": "lo", "completionReason": "LENGTH"}], "Hello", "length", id="Titan streamed"),
        pytest.param({"prompt": "Hi", "max_gen_len": 64}, {"generation": "Hello", "prompt_token_count": 1, "generation_token_count": 2, "stop_reason": "stop"}, "Hello", "stop", id="Llama"),
        pytest.param({"prompt": "Hi"}, [{"generation": "Hel"}, {"generation": "lo", "stop_reason": "length"}], "Hello", "length", id="Llama streamed"),
        pytest.param({"prompt": "Hi"}, {"outputs": [{"text": "Hello", "stop_reason": "stop"}]}, "Hello", "stop", id="Mistral"),
        pytest.param({"message": "Hi", "chat_history": []}, {"text": "Hello", "generation_id": "g", "finish_reason": "COMPLETE"}, "Hello", "stop", id="Cohere"),
        pytest.param({"messages": [{"role": "user", "content": "Hi"}]}, {"choices": [{"message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}]}, "Hello", "stop", id="OpenAI"),
        pytest.param({"messages": [{"role": "user", "content": "Hi"}]}, [{"choices": [{"delta": {"content": "Hel"}}]}, {"choices": [{"delta": {"content": "lo"}, "finish_reason": "stop"}]}], "Hello", "stop", id="OpenAI streamed"),
        pytest.param({"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}, [{"contentBlockDelta": {"delta": {"text": "Hel"}, "contentBlockIndex": 0}}, {"contentBlockDelta": {"delta": {"text": "lo"}, "contentBlockIndex": 0}}, {"messageStop": {"stopReason": "end_turn"}}], "Hello", "stop", id="Nova streamed"),
    ],
)  # fmt: skip
def test_bodies_of_each_family_of_models_are_read(given: Any, got: Any, text: str, reason: str) -> None:
    span = span_of(invocation(operation="InvokeModel", input={"inputBodyJson": given}, output={"outputBodyJson": got}))
    assert (span.input_text, span.output_text, span.finish_reasons) == ("Hi", text, [reason])


def test_input_holds_what_was_read_from_the_cache_and_written_to_it() -> None:
    counts = {"inputTokenCount": 40, "cacheReadInputTokenCount": 30, "cacheWriteInputTokenCount": 20}
    span = span_of(invocation(input={"inputBodyJson": {"prompt": "Hi"}, **counts}))
    assert (span.input_tokens, span.cached_input_tokens, span.cache_write_tokens) == (90, 30, 20)


@pytest.mark.supports("aws", "Bedrock invocation logs: embeddings, rerankers and failed calls")
def test_embeddings_rerankers_and_failures() -> None:
    embedding = span_of(
        invocation(
            modelId="amazon.titan-embed-text-v2:0",
            input={"inputTokenCount": 4, "inputBodyJson": {"inputText": "hi"}},
            output={"outputBodyJson": {"embedding": [0.1, 0.2], "inputTextTokenCount": 4}},
        )
    )
    assert (embedding.kind, embedding.input_tokens, embedding.output) == ("embedding", 4, [])
    ranked = span_of(
        invocation(
            modelId="cohere.rerank-v3-5:0",
            input={"inputBodyJson": {"query": "refund", "documents": ["a", "b"], "top_n": 1}},
            output={"outputBodyJson": {"results": [{"index": 1, "relevance_score": 0.9}]}},
        )
    )
    assert (ranked.kind, ranked.query, ranked.documents[0].content, ranked.documents[0].score) == (
        "reranker",
        "refund",
        "b",
        0.9,
    )
    failed = span_of(invocation(errorCode="ThrottlingException", output={}))
    assert (failed.status, failed.error_type, failed.output_tokens) == ("error", "ThrottlingException", None)


def test_a_model_behind_an_arn_has_its_name_and_bodies_in_s3_their_path() -> None:
    span = span_of(
        invocation(
            modelId="arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            input={"inputBodyS3Path": "s3://logs/data/r_input.json.gz", "inputTokenCount": 3},
        )
    )
    assert span.request_model == "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    assert span.attributes["aws.bedrock.input.inputBodyS3Path"] == "s3://logs/data/r_input.json.gz"
    profile = "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc123"
    assert span_of(invocation(modelId=profile)).request_model == profile


@pytest.mark.supports(
    "aws", "CloudTrail records as logs", "changes of endpoints, models and logging found by change.kind"
)
@pytest.mark.parametrize(
    ("members", "kind", "target"),
    [
        ({}, "config", None),
        ({"eventName": "UpdateEndpoint", "eventSource": "sagemaker.amazonaws.com",
          "requestParameters": {"endpointName": "ranker"}}, "routing", "ranker"),
        ({"eventName": "CreatePromptVersion", "requestParameters": {"promptIdentifier": "P1"}}, "prompt_version", "P1"),
        ({"eventName": "UpdateEndpoint", "errorCode": "AccessDenied"}, None, None),
        ({"eventName": "ListFoundationModels", "readOnly": True}, None, None),
    ],
)  # fmt: skip
def test_a_record_of_cloudtrail_is_a_log_record_and_says_what_it_changed(
    members: dict[str, Any], kind: str | None, target: str | None
) -> None:
    body = orjson.dumps({"Records": [event(**members)]})
    (log,) = cloudtrail_records.decode(body, Request(JSON), LIMITS).logs
    assert log.event_name == members.get("eventName", "PutModelInvocationLoggingConfiguration")
    assert (log.attributes.get("change.kind"), log.attributes.get("change.target")) == (kind, target)
    assert "alice" in log.body
    assert log.severity_text == ("ERROR" if "errorCode" in members else "INFO")
    assert log.attributes["cloudtrail.eventID"] == "e-1"


def test_cloudtrails_record_of_a_call_belongs_to_the_span_of_its_invocation_log() -> None:
    body = orjson.dumps(event(eventName="Converse", readOnly=True, requestID=invocation()["requestId"]))
    (log,) = cloudtrail_records.decode(body, Request(JSON), LIMITS).logs
    (span,) = bedrock_logs.decode(orjson.dumps(invocation()), Request(JSON), LIMITS).spans
    assert (log.trace_id, log.span_id) == (span.trace_id, span.span_id)


@pytest.mark.supports("aws", "CloudWatch metric streams: JSON", "CloudWatch metric streams: OTLP 1.0")
def test_a_metric_stream_says_the_same_in_both_of_its_forms() -> None:
    (one,) = cloudwatch_metrics.decode(orjson.dumps(metric()) + b"\n", Request(JSON), LIMITS).metrics
    (two,) = cloudwatch_metrics.decode(otlp_metric(), Request("application/x-protobuf"), LIMITS).metrics
    assert one.name == two.name == "amazonaws.com/AWS/Bedrock/InvocationLatency"
    assert one.attributes == two.attributes
    assert (one.time_ns, one.values["count"], one.values["sum"], one.values["unit"]) == (
        two.time_ns,
        two.values["count"],
        two.values["sum"],
        two.values["unit"],
    )
    assert one.values["quantiles"] == [(0.0, 100.0), (0.99, 880.0), (1.0, 900.0)]
    assert two.values["quantiles"] == [(0.0, 100.0), (1.0, 900.0)]


def decode_firehose(body: bytes) -> RawBatch:
    return firehose_http.decode(body, Request(JSON), LIMITS)


@pytest.mark.supports("aws", "Firehose HTTP delivery: CloudWatch Logs, Bedrock, CloudTrail, metric streams")
def test_firehose_carries_whatever_is_in_its_records() -> None:
    lines = json.dumps(invocation()) + "\n" + json.dumps(event())
    together = json.dumps(metric()) + json.dumps(metric(metric_name="Invocations"))
    batch = decode_firehose(
        firehose(
            subscription(json.dumps(invocation(requestId="r-9")), "plain words", '{"level":"error","message":"no"}'),
            subscription("CWL CONTROL MESSAGE", messageType="CONTROL_MESSAGE"),
            lines.encode(),
            gzip.compress(together.encode()),
            otlp_metric() * 2,
            b"2026-11-20 a line of text",
        )
    )
    assert (len(batch.spans), len(batch.logs), len(batch.metrics), batch.refused) == (2, 4, 4, {})
    assert [log.body for log in batch.logs][:2] == ["plain words", "no"]
    words = batch.logs[0]
    assert (words.time_ns, words.origin.resource["aws.log.group.names"]) == (1_795_186_800_001_000_000, "/aws/bedrock")
    assert batch.receipt == "r-1"


@pytest.mark.supports("aws", "Firehose: project and other common attributes of a stream")
def test_the_common_attributes_of_a_stream_are_the_resource_of_its_records() -> None:
    headers = {
        "x-amz-firehose-common-attributes": '{"commonAttributes":{"nervure.project":"web","deployment.environment":"prod"}}',
        "x-amz-firehose-source-arn": "arn:aws:firehose:us-east-1:1:deliverystream/genai",
    }
    batch = firehose_http.decode(firehose(json.dumps(invocation()).encode()), Request(JSON, headers=headers), LIMITS)
    resource = batch.spans[0].origin.resource
    assert (resource["nervure.project"], resource["service.name"]) == ("web", "checkout-api")
    assert resource["aws.firehose.arn"].endswith("/genai")


def test_what_firehose_cannot_have_meant_is_refused_record_by_record() -> None:
    batch = decode_firehose(
        orjson.dumps(
            {
                "requestId": "r-2",
                "records": [
                    {"data": "?"},
                    {},
                    7,
                    {"data": base64.b64encode(b"\x1f\x8b broken").decode()},
                    {"data": base64.b64encode(gzip.compress(bytes(80 << 20))).decode()},
                    {"data": base64.b64encode(b"\xff\xfe\xfd").decode()},
                    {"data": base64.b64encode(json.dumps(invocation(timestamp="never")).encode()).decode()},
                    {"data": base64.b64encode(json.dumps(invocation()).encode()).decode()},
                ],
            }
        )
    )
    assert (len(batch.spans), sum(batch.refused.values())) == (1, 7)


@pytest.mark.parametrize("wrong", [b"", b"{", b"[]", b"{}", b'{"records": 3}'])
def test_a_request_that_is_none_is_an_error(wrong: bytes) -> None:
    with pytest.raises(DecodeError, match="records"):
        decode_firehose(wrong)


def test_the_answer_repeats_the_request_id_and_says_when_and_why() -> None:
    good = orjson.loads(firehose_http.answer(Outcome(receipt="r-1", answered_ns=5_000_000), JSON))
    assert good == {"requestId": "r-1", "timestamp": 5}
    bad = orjson.loads(firehose_http.answer(Outcome(503, message="later", echo="r-3"), JSON))
    assert (bad["requestId"], bad["errorMessage"]) == ("r-3", "later")


@pytest.mark.parametrize("wire", [bedrock_logs, cloudtrail_records, cloudwatch_metrics])
def test_a_body_without_any_record_is_an_error_and_a_bad_record_is_refused_alone(wire: Any) -> None:
    for wrong in (b"x", b"7", b"[1, 2]", b'"text"'):
        with pytest.raises(DecodeError, match="nothing was stored"):
            wire.decode(wrong, Request(JSON), LIMITS)
    good = {bedrock_logs: invocation(), cloudtrail_records: event(), cloudwatch_metrics: metric()}[wire]
    batch = wire.decode(b"\n".join([orjson.dumps(good), b'{"a":1}', b"rubbish"]), Request(JSON), LIMITS)
    assert (batch.received, sum(batch.refused.values())) == (3, 2)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.sampled_from(["invocation", "event", "metric"]), st.data())
def test_any_member_may_be_anything(which: str, data: st.DataObject) -> None:
    good = {"invocation": invocation, "event": event, "metric": metric}[which]()
    record = {**good, **data.draw(st.dictionaries(st.sampled_from(sorted(good)), ANY))}
    batch = decode_firehose(firehose(json.dumps(record).encode()))
    assert batch.received == 1
    for raw in batch.spans:
        assert NORMALISER.span(raw, "default", raw.end_ns + 10**9) is not None
