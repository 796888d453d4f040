"""Azure Monitor's resource logs, Google Cloud's logs, LiteLLM's logger, OpenRouter's broadcast."""

import base64
import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervure.base.errors import DecodeError
from nervure.decode.wire import DecodeLimits, Outcome, Request
from nervure.decode.wires import azure_logs, gcp_logs, litellm_logs
from nervure.model.raw import Origin, RawBatch, RawSpan
from nervure.model.span import Span
from nervure.normalise.engine import Normaliser

JSON = "application/json"
LIMITS = DecodeLimits()
NORMALISER = Normaliser()
RESOURCE = "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.COGNITIVESERVICES/ACCOUNTS/SHOP-OPENAI"


def canonical(raw: RawSpan) -> Span:
    span = NORMALISER.span(raw, "default", raw.end_ns + 10**9)
    assert span is not None
    return span


def azure(*records: Any) -> RawBatch:
    return azure_logs.decode(orjson.dumps({"records": list(records)}), Request(JSON), LIMITS)


def request_response(**members: Any) -> dict[str, Any]:
    """A record of the category RequestResponse; its properties come as JSON text from some services."""
    return {
        "Tenant": "eastus", "callerIpAddress": "81.2.69.***", "category": "RequestResponse", "location": "eastus",
        "correlationId": "d427a391-2bc7-4f38-9cbc-6560600e0981", "durationMs": 1021, "event": "ShoeboxCallResult",
        "operationName": "ChatCompletions_Create", "resultSignature": "200", "resourceId": RESOURCE,
        "properties": {
            "apiName": "Azure OpenAI API version 2024-10-21", "requestTime": 638515262815394150, "requestLength": 128,
            "responseTime": 638515262825606520, "responseLength": 1411, "objectId": "", "streamType": "Non-Streaming",
            "modelDeploymentName": "chat-pilot", "modelName": "gpt-4o", "modelVersion": "2024-08-06",
        },
        "time": "2024-05-24T12:23:02.4350000Z", **members,
    }  # fmt: skip


def gateway(**properties: Any) -> dict[str, Any]:
    """A record of API Management's category GatewayLogs."""
    answer = {
        "id": "chatcmpl-1", "model": "gpt-4o-2024-08-06", "object": "chat.completion",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Chennai."}}],
        "usage": {"prompt_tokens": 14, "completion_tokens": 8, "total_tokens": 22},
    }  # fmt: skip
    return {
        "category": "GatewayLogs", "correlationId": "99789635-18d0-480f-8182-a3a3c477a6a4", "durationMs": 176, "Level": 4,
        "isRequestSuccess": True, "location": "East US", "operationName": "Microsoft.ApiManagement/GatewayLogs",
        "resourceId": "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.APIMANAGEMENT/SERVICE/SHOP-APIM",
        "time": "2024-07-02T06:31:31.4465902Z",
        "properties": {
            "apiId": "azure-openai", "operationId": "ChatCompletions_Create", "responseCode": 200, "backendTime": 176,
            "backendUrl": "https://shop.openai.azure.com/openai/deployments/chat-pilot/chat/completions?api-version=1",
            "backendRequestBody": json.dumps({"messages": [{"role": "user", "content": "capital of Tamil Nadu?"}],
                                              "temperature": 0.2, "user": "u-7"}),
            "backendResponseBody": json.dumps(answer), **properties,
        },
    }  # fmt: skip


@pytest.mark.supports("azure", "Azure OpenAI RequestResponse records as calls: model, deployment, latency, status")
@pytest.mark.parametrize("as_text", [False, True])
def test_a_request_response_record_is_a_call_without_texts_and_tokens(as_text: bool) -> None:
    record = request_response()
    if as_text:
        record["properties"] = json.dumps(record["properties"])
    (raw,) = azure(record).spans
    span = canonical(raw)
    assert (span.kind, span.provider, span.request_model, span.response_model) == (
        "llm",
        "azure.ai.openai",
        "gpt-4o",
        "gpt-4o-2024-08-06",
    )
    assert (span.start_ns, span.duration_ns) == (1_715_929_481_539_415_000, 1021 * 10**6)
    assert (span.streaming, span.metadata, span.service, span.region) == (
        False,
        {"deployment": "chat-pilot"},
        "shop-openai",
        "eastus",
    )
    assert (span.status, span.input_tokens, span.attributes["azure.callerIpAddress"]) == ("ok", None, "81.2.69.***")
    (failed,) = azure(request_response(resultSignature="429")).spans
    assert (canonical(failed).status, canonical(failed).status_message) == ("error", "HTTP 429")


@pytest.mark.supports("azure", "API Management GatewayLogs as calls: messages, tokens, cost")
def test_the_gateways_log_has_the_whole_call() -> None:
    span = canonical(azure(gateway()).spans[0])
    assert (span.input_text, span.output_text, span.user) == ("capital of Tamil Nadu?", "Chennai.", "u-7")
    assert (span.input_tokens, span.output_tokens, span.response_model) == (14, 8, "gpt-4o-2024-08-06")
    assert (span.params, span.duration_ns, span.request_model) == ({"temperature": 0.2}, 176 * 10**6, "chat-pilot")
    streamed = (
        'data: {"id":"c","model":"gpt-4o","choices":[{"index":0,"delta":{"content":"Chen"}}]}\n\n'
        'data: {"choices":[{"index":0,"delta":{"content":"nai."},"finish_reason":"stop"}]}\n\n'
        'data: {"choices":[],"usage":{"prompt_tokens":14,"completion_tokens":8}}\n\ndata: [DONE]\n'
    )
    span = canonical(azure(gateway(backendResponseBody=streamed)).spans[0])
    assert (span.output_text, span.output_tokens, span.finish_reasons) == ("Chennai.", 8, ["stop"])
    refused = json.dumps({"error": {"code": "content_filter", "message": "filtered"}})
    span = canonical(azure(gateway(backendResponseBody=refused, responseCode=400)).spans[0])
    assert (span.status, span.error_type, span.status_message) == ("error", "content_filter", "filtered")


@pytest.mark.supports(
    "azure", "Audit, Trace and other categories as logs", "changes of deployments found by change.kind"
)
def test_other_categories_are_logs() -> None:
    audit = {"category": "Audit", "operationName": "ListKey", "Tenant": "eastus", "resourceId": RESOURCE,
             "properties": {"objectId": "b610ab05"}, "time": "2024-04-17T06:03:30.0000000Z"}  # fmt: skip
    write = {**audit, "operationName": "Microsoft.CognitiveServices/accounts/deployments/write", "level": "Information"}
    batch = azure(audit, write, request_response(operationName="Create_Thread"))
    assert [log.event_name for log in batch.logs] == [audit["operationName"], write["operationName"], "Create_Thread"]
    assert [log.attributes.get("change.kind") for log in batch.logs] == [None, "model_version", None]
    assert batch.logs[0].attributes["azure.properties.objectId"] == "b610ab05"
    assert batch.logs[0].origin.resource["service.name"] == "shop-openai"


@pytest.mark.supports("azure", "Application Insights export: AppDependencies, AppRequests, AppTraces")
def test_rows_of_application_insights_keep_their_trace_and_their_genai_attributes() -> None:
    row = {
        "time": "2026-11-20T15:00:00Z", "resourceId": "/x/components/web", "Type": "AppDependencies", "Name": "chat gpt-4o",
        "OperationId": "ab" * 16, "ParentId": "12" * 8, "Id": "cd" * 8, "DurationMs": 250, "Success": True, "ResultCode": "0",
        "AppRoleName": "shop", "DependencyType": "GenAI | openai",
        "Properties": {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": "7"},
    }  # fmt: skip
    batch = azure(row, {**row, "Type": "AppTraces", "Message": "hello", "SeverityLevel": 3})
    (raw,) = batch.spans
    span = canonical(raw)
    assert (span.kind, span.request_model, span.input_tokens, span.service) == ("llm", "gpt-4o", 7, "shop")
    assert (span.trace_id, span.span_id, span.parent_id, span.duration_ns) == (
        "ab" * 16,
        "cd" * 8,
        "12" * 8,
        250 * 10**6,
    )
    assert (batch.logs[0].body, batch.logs[0].trace_id, batch.logs[0].severity_text) == ("hello", "ab" * 16, "WARN")


@pytest.mark.supports("azure", "Event Grid delivery with its validation handshake", "lines and {records} from files")
def test_event_grid_is_answered_with_its_code_and_its_events_are_opened() -> None:
    code = [{"id": "1", "eventType": azure_logs.VALIDATION, "eventTime": "2026-11-20T15:00:00Z", "subject": "",
             "topic": "/t", "data": {"validationCode": "512d38b6"}, "dataVersion": "1"}]  # fmt: skip
    batch = azure_logs.decode(orjson.dumps(code), Request(JSON), LIMITS)
    assert (batch.received, batch.receipt) == (0, "512d38b6")
    assert orjson.loads(azure_logs.answer(Outcome(receipt="512d38b6"), JSON)) == {"validationResponse": "512d38b6"}
    event = {**code[0], "eventType": "custom", "data": {"records": [request_response(), gateway(), 7]}}
    batch = azure_logs.decode(orjson.dumps([event]), Request(JSON), LIMITS)
    assert (len(batch.spans), batch.refused) == (2, {azure_logs.NO_RECORD: 1})
    lines = b"\n".join(orjson.dumps(record) for record in (request_response(), gateway())) + b"\nrubbish"
    batch = azure_logs.decode(lines, Request(JSON), LIMITS)
    assert (len(batch.spans), batch.received) == (2, 3)


def row(**members: Any) -> dict[str, Any]:
    """A row of Vertex AI's request-response log."""
    return {
        "endpoint": "", "deployed_model_id": "", "logging_time": "2025-09-08T21:04:22.248Z", "request_id": "5374205265901353984",
        "model": "publishers/google/models/gemini-2.5-pro", "model_version": "default", "api_method": "GenerateContent",
        "metadata": {"request_latency": 11225.994},
        "full_request": {
            "model": "projects/shop/locations/us-central1/publishers/google/models/gemini-2.5-pro",
            "system_instruction": {"parts": [{"text": "Be brief."}]},
            "contents": [{"role": "user", "parts": [{"text": "Hello world!"}]}],
            "generation_config": {"max_output_tokens": 8192, "temperature": 0},
            "tools": [{"function_declarations": [{"name": "find", "parameters": {"type": "OBJECT"}}]}],
        },
        "full_response": {
            "candidates": [{"finish_reason": "STOP", "content": {"role": "model", "parts": [{"text": "Hello there!"}]}}],
            "model_version": "gemini-2.5-pro", "response_id": "y0S_aM",
            "usage_metadata": {"prompt_token_count": 3, "candidates_token_count": 29, "thoughts_token_count": 901,
                               "total_token_count": 933},
        }, **members,
    }  # fmt: skip


def google(*records: Any) -> RawBatch:
    return gcp_logs.decode(b"\n".join(orjson.dumps(record) for record in records), Request(JSON), LIMITS)


@pytest.mark.supports("google", "Vertex AI request-response logs as calls: messages, tokens, cost, latency")
@pytest.mark.parametrize("form", ["row", "LogEntry", "JSON in text"])
def test_a_row_of_the_request_response_log_is_a_call(form: str) -> None:
    record = row()
    if form == "LogEntry":
        record = {"logName": "projects/shop/logs/x", "timestamp": "2025-09-08T21:04:23Z", "insertId": "i",
                  "resource": {"type": "aiplatform.googleapis.com/Endpoint", "labels": {"project_id": "shop", "location": "us-central1"}},
                  "jsonPayload": record}  # fmt: skip
    elif form == "JSON in text":
        record |= {name: json.dumps(record[name]) for name in ("full_request", "full_response", "metadata")}
        record["logging_time"] = "2025-09-08 21:04:22.248 UTC"
    span = canonical(google(record).spans[0])
    assert (span.kind, span.provider, span.request_model, span.region) == (
        "llm",
        "gcp.vertex_ai",
        "gemini-2.5-pro",
        "us-central1",
    )
    assert (span.input_text, span.output_text, span.system_prompt) == ("Hello world!", "Hello there!", "Be brief.")
    assert (span.input_tokens, span.output_tokens, span.reasoning_tokens, span.total_tokens) == (3, 930, 901, 933)
    assert (span.duration_ns, span.end_ns) == (11_225_994_000, 1_757_365_462_248_000_000)
    assert (span.finish_reasons, span.params, span.response_id) == (
        ["stop"],
        {"temperature": 0, "max_tokens": 8192},
        "y0S_aM",
    )
    assert [tool["name"] for tool in span.tool_definitions] == ["find"]


@pytest.mark.supports("google", "streamed answers, Claude on Vertex AI, predictions of own models")
def test_streams_claude_and_own_models() -> None:
    pieces = [{"candidates": [{"content": {"parts": [{"text": "Hel"}]}}]},
              {"candidates": [{"content": {"parts": [{"text": "lo"}]}, "finish_reason": "STOP"}],
               "usage_metadata": {"prompt_token_count": 3, "candidates_token_count": 2}}]  # fmt: skip
    span = canonical(google(row(api_method="StreamGenerateContent", full_response=pieces)).spans[0])
    assert (span.streaming, span.output_tokens, span.finish_reasons) == (True, 2, ["stop"])
    assert [part["content"] for part in span.output[0]["parts"]] == ["Hel", "lo"]
    claude = row(model="publishers/anthropic/models/claude-sonnet-4-5",
                 full_request={"anthropic_version": "vertex-2023-10-16", "max_tokens": 9, "system": "Be brief.",
                               "messages": [{"role": "user", "content": "Hi"}]},
                 full_response={"id": "msg_1", "model": "claude-sonnet-4-5", "content": [{"type": "text", "text": "Hello"}],
                                "stop_reason": "end_turn", "usage": {"input_tokens": 5, "output_tokens": 2}})  # fmt: skip
    span = canonical(google(claude).spans[0])
    assert (span.input_text, span.output_text, span.input_tokens, span.system_prompt) == ("Hi", "Hello", 5, "Be brief.")
    own = {"endpoint": "projects/shop/locations/europe-west4/endpoints/42", "deployed_model_id": "77",
           "logging_time": "2025-09-08T21:04:22Z", "request_id": "9", "request_payload": ['{"age": 42}'],
           "response_payload": ['{"churn": 0.7}']}  # fmt: skip
    span = canonical(google(own).spans[0])
    assert (span.kind, span.request_model, span.region) == ("prediction", "77", "europe-west4")
    assert ("42" in span.input_text, "0.7" in span.output_text) == (True, True)


def audit(method: str, **members: Any) -> dict[str, Any]:
    return {
        "logName": "projects/shop/logs/cloudaudit.googleapis.com%2Factivity", "insertId": "1tif", "severity": "NOTICE",
        "timestamp": "2025-05-06T05:52:00.360468025Z", "receiveTimestamp": "2025-05-06T05:52:01Z",
        "resource": {"type": "audited_resource", "labels": {"service": "aiplatform.googleapis.com", "project_id": "shop"}},
        "protoPayload": {"@type": "type.googleapis.com/google.cloud.audit.AuditLog", "methodName": method,
                         "serviceName": "aiplatform.googleapis.com", "resourceName": "projects/shop/locations/us-central1/endpoints/42",
                         "authenticationInfo": {"principalEmail": "ann@example.com"}, **members},
    }  # fmt: skip


@pytest.mark.supports(
    "google", "audit logs and other entries as logs", "changes of endpoints and models found by change.kind"
)
@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("google.cloud.aiplatform.v1.EndpointService.DeployModel", "routing"),
        ("google.cloud.aiplatform.v1beta1.EndpointService.SetPublisherModelConfig", "config"),
        ("google.cloud.aiplatform.v1.ModelService.UploadModel", "model_version"),
        ("google.cloud.aiplatform.v1.EndpointService.GetEndpoint", None),
    ],
)
def test_an_audit_log_says_who_changed_what(method: str, kind: str | None) -> None:
    (log,) = google(audit(method)).logs
    assert (log.event_name, log.attributes.get("change.kind")) == (method, kind)
    assert log.body == f"{method} by ann@example.com"
    assert (log.severity, log.time_ns) == (10, 1_746_510_720_360_468_025)
    (failed,) = google(audit(method, status={"code": 7, "message": "denied"})).logs
    assert ("change.kind" in failed.attributes, failed.body.endswith("failed: denied")) == (False, True)


@pytest.mark.supports("google", "Pub/Sub push delivery")
def test_a_push_of_pub_sub_is_opened() -> None:
    entry = {"logName": "projects/shop/logs/run", "timestamp": "2025-05-06T05:52:00Z", "severity": "ERROR",
             "textPayload": "boom", "trace": f"projects/shop/traces/{'ab' * 16}", "spanId": "cd" * 8,
             "labels": {"event.name": "app.failed"}, "resource": {"type": "cloud_run_revision", "labels": {"service_name": "api"}}}  # fmt: skip
    push = {"message": {"data": base64.b64encode(orjson.dumps(entry)).decode(), "messageId": "1",
                        "publishTime": "2025-05-06T05:52:01Z", "attributes": {}}, "subscription": "projects/shop/subscriptions/s"}  # fmt: skip
    (log,) = google(push).logs
    assert (log.body, log.trace_id, log.span_id, log.severity_text) == ("boom", "ab" * 16, "cd" * 8, "ERROR")
    assert (log.event_name, log.origin.resource["service.name"]) == ("app.failed", "api")
    broken = google({"message": {"data": "?"}}, {"message": {"data": base64.b64encode(b"{").decode()}})
    assert (broken.received, broken.refused) == (2, {gcp_logs.NOT_BASE64: 2})


def payload(**members: Any) -> dict[str, Any]:
    """A StandardLoggingPayload."""
    return {
        "id": "chatcmpl-1", "trace_id": "6a2f3c1e-0b1d-4b9c-9d7b-3a5b8e0f1c2d", "session_id": "s-9", "call_type": "acompletion",
        "litellm_call_id": "0d9f1c52-6c1e-4b9c-8f9e-0a1b2c3d4e5f", "stream": True, "status": "success",
        "response_cost": 0.00042, "cost_breakdown": {"input_cost": 0.0001, "output_cost": 0.00032, "total_cost": 0.00042},
        "custom_llm_provider": "openai", "total_tokens": 22, "prompt_tokens": 14, "completion_tokens": 8,
        "startTime": 1795186800.25, "endTime": 1795186801.5, "completionStartTime": 1795186800.75, "response_time": 0.5,
        "model": "gpt-4o-mini", "model_id": "m-1", "model_group": "cheap", "api_base": "https://api.openai.com/v1",
        "metadata": {"user_api_key_alias": "web-key", "user_api_key_team_alias": "growth", "user_api_key_org_alias": "acme",
                     "user_api_key_user_id": "u-7", "requester_metadata": {"plan": "gold"},
                     "usage_object": {"prompt_tokens": 14, "completion_tokens": 8, "prompt_tokens_details": {"cached_tokens": 4}}},
        "cache_hit": None, "saved_cache_cost": 0.0, "request_tags": ["blue"], "end_user": "",
        "messages": [{"role": "user", "content": "Hi"}], "model_parameters": {"temperature": 0.1, "stream": True},
        "response": {"id": "chatcmpl-1", "model": "gpt-4o-mini-2024-07-18", "object": "chat.completion",
                     "choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": "Hello"}}]},
        "error_str": None, "error_information": {"error_code": "", "error_class": ""}, "hidden_params": {}, **members,
    }  # fmt: skip


def lite(*payloads: Any) -> RawBatch:
    return litellm_logs.decode(orjson.dumps(list(payloads)), Request(JSON), LIMITS)


@pytest.mark.supports(
    "litellm", "calls with messages, tokens and LiteLLM's own cost", "user, team, organisation and key alias"
)
def test_a_payload_is_a_call_with_the_senders_cost_and_its_people() -> None:
    span = canonical(lite(payload()).spans[0])
    assert (span.kind, span.provider, span.request_model, span.response_model) == (
        "llm",
        "openai",
        "gpt-4o-mini",
        "gpt-4o-mini-2024-07-18",
    )
    assert (span.input_text, span.output_text, span.params) == ("Hi", "Hello", {"temperature": 0.1})
    assert (span.input_tokens, span.output_tokens, span.cached_input_tokens) == (14, 8, 4)
    assert (span.reported_cost_total, span.reported_cost_input, span.reported_cost_output) == (0.00042, 0.0001, 0.00032)
    assert (span.user, span.team, span.tenant, span.session, span.tags) == ("u-7", "growth", "acme", "s-9", ["blue"])
    assert (span.streaming, span.ttft_ns, span.duration_ns) == (True, 500_000_000, 1_250_000_000)
    assert (span.metadata["plan"], span.metadata["key_alias"], span.metadata["model_group"]) == (
        "gold",
        "web-key",
        "cheap",
    )


@pytest.mark.supports("litellm", "failed attempts, retries and fallbacks in one trace", "cache hits cost nothing")
def test_attempts_share_a_trace_and_a_cache_hit_uses_no_tokens() -> None:
    failed = payload(status="failure", startTime=1795186799.0, endTime=1795186799.5, prompt_tokens=0, completion_tokens=0,
                     total_tokens=0, response_cost=0, response=None, metadata={}, error_str="429 slow down",
                     error_information={"error_class": "RateLimitError", "error_message": "slow down"})  # fmt: skip
    one, two = (canonical(raw) for raw in lite(failed, payload()).spans)
    assert one.trace_id == two.trace_id
    assert one.span_id != two.span_id
    assert (one.status, one.error_type, one.status_message, one.input_tokens) == (
        "error",
        "RateLimitError",
        "slow down",
        None,
    )
    hit = canonical(lite(payload(cache_hit=True, response_cost=0.0, saved_cache_cost=0.00042)).spans[0])
    assert (hit.input_tokens, hit.output_tokens, hit.reported_cost_total) == (0, 0, 0.0)
    assert (hit.metadata["cache_hit"], hit.metadata["saved_cost_usd"]) == (True, 0.00042)


@pytest.mark.supports("litellm", "embeddings, rerankers and MCP tools", "single payloads, lists and lines")
def test_types_of_calls_and_forms_of_bodies() -> None:
    kinds = {"aembedding": "embedding", "arerank": "reranker", "call_mcp_tool": "tool", "aresponses": "llm", "atext_completion": "llm"}  # fmt: skip
    batch = lite(*(payload(call_type=name, startTime=1795186800.0 + n) for n, name in enumerate(kinds)))
    assert [canonical(raw).kind for raw in batch.spans] == list(kinds.values())
    lines = b"\n".join(orjson.dumps(payload(startTime=1.0 + n)) for n in range(3)) + b"\nrubbish"
    batch = litellm_logs.decode(lines, Request(JSON), LIMITS)
    assert (len(batch.spans), batch.refused) == (3, {litellm_logs.NO_CALL: 1})
    assert len(litellm_logs.decode(orjson.dumps(payload()), Request(JSON), LIMITS).spans) == 1


@pytest.mark.supports(
    "openrouter", "broadcast over OTLP: model, provider, tokens", "OpenRouter's own cost, user, session, metadata"
)
def test_openrouters_broadcast() -> None:
    attributes = {
        "gen_ai.operation.name": "chat", "gen_ai.request.model": "openai/gpt-4o-mini", "gen_ai.response.model": "openai/gpt-4o-mini",
        "gen_ai.provider.name": "OpenAI", "gen_ai.usage.input_tokens": 14, "gen_ai.usage.output_tokens": 8,
        "gen_ai.usage.total_cost": 0.0004, "gen_ai.usage.input_cost": 0.0001, "gen_ai.usage.output_cost": 0.0003,
        "gen_ai.prompt": '{"messages":[{"role":"user","content":"Hi"}]}', "gen_ai.completion": '{"completion":"Hello"}',
        "gen_ai.response.finish_reason": "stop", "user.id": "u-7", "session.id": "s-9",
        "trace.metadata.environment": "staging", "trace.metadata.feature": "chat",
        "trace.metadata.openrouter.provider_slug": "openai", "trace.metadata.openrouter.api_key_name": "web",
    }  # fmt: skip
    raw = RawSpan(
        Origin({"service.name": "openrouter"}),
        "1" * 32,
        "1" * 16,
        "",
        "chat",
        3,
        10**18,
        10**18 + 10**9,
        0,
        "",
        attributes,
    )
    span = canonical(raw)
    assert (span.convention, span.kind, span.provider, span.request_model) == (
        "openrouter",
        "llm",
        "openai",
        "openai/gpt-4o-mini",
    )
    assert (span.reported_cost_total, span.reported_cost_input, span.reported_cost_output) == (0.0004, 0.0001, 0.0003)
    assert (span.input_tokens, span.output_tokens, span.input_text, span.output_text) == (14, 8, "Hi", "Hello")
    assert (span.user, span.session, span.tenant, span.environment, span.feature) == (
        "u-7",
        "s-9",
        "web",
        "staging",
        "chat",
    )
    assert span.metadata["openrouter.provider_slug"] == "openai"


@pytest.mark.parametrize("wire", [azure_logs, gcp_logs, litellm_logs])
def test_a_body_without_any_object_is_an_error(wire: Any) -> None:
    for wrong in (b"x", b"7", b"[1, 2]", b'"text"', b"<html>"):
        with pytest.raises(DecodeError, match="nothing was stored"):
            wire.decode(wrong, Request(JSON), LIMITS)
    assert wire.decode(b"", Request(JSON), LIMITS).received == 0


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
GOOD = {"request_response": (azure_logs, request_response()), "gateway": (azure_logs, gateway()), "row": (gcp_logs, row()),
        "audit": (gcp_logs, audit("m")), "payload": (litellm_logs, payload())}  # fmt: skip


@given(st.sampled_from(sorted(GOOD)), st.data())
def test_any_member_may_be_anything(which: str, data: st.DataObject) -> None:
    wire, good = GOOD[which]
    changed = data.draw(st.dictionaries(st.sampled_from(sorted(good)), ANY))
    batch = wire.decode(json.dumps({**good, **changed}).encode(), Request(JSON), LIMITS)
    assert batch.received == 1
    for raw in batch.spans:
        assert NORMALISER.span(raw, "default", raw.end_ns + 10**9) is not None
