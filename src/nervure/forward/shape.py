"""What a record looks like when it leaves: attributes set, removed and redacted, content left out, the way it came."""

import re
from collections.abc import Callable
from typing import Any

from nervure.decode.formats.origin import build_origin
from nervure.forward.rules import Rules
from nervure.model.destination import VIA, via_of
from nervure.model.raw import Attributes, Origin, RawEvent, RawLink, RawLog, RawMetricPoint, RawSpan

REDACTED = "[redacted]"
MOST_HOPS = 8
NERVURE, PROJECT = "nervure", "nervure.project"

# Attributes that hold what people and models said, or what tools and retrievers were given and gave: those of the
# dialects in `normalise.conventions`. Whatever is long is left out besides, because dialects are invented every month.
CONTENT = re.compile(
    r"""gen_ai\.(input|output)(\.|_)messages|gen_ai\.system_instructions|gen_ai\.tool\.(definitions|call\.(arguments|result))
    |gen_ai\.(prompt|completion)(\..*)?|gen_ai\.(content|event|request\.messages|response\.messages).*
    |gen_ai\.(retrieval|data_source)\..*(query|documents?|content).*
    |llm\.(input_messages|output_messages|prompts|prompt_template|tools|function_call|invocation_parameters|completions)(\..*)?
    |(input|output)\.value|(input|output)|(embedding|embeddings)\..*(text|vector).*|embedding\.(text|vector)
    |retrieval\.documents.*|reranker\..*(query|documents?).*|document\.content|message\.contents?.*|tool\.(parameters|json_schema)
    |(tool|tool_call)\..*(arguments|input|output|result|parameters).*
    |traceloop\.entity\.(input|output)|traceloop\.prompt\..*
    |langfuse\.(observation|trace)\.(input|output)|langsmith\.(inputs|outputs).*|mlflow\.span(Inputs|Outputs)|mlflow\.chat\.(messages|tools)
    |ai\.(prompt|response|toolCall|value|values|embedding|embeddings|result)(\..*)?|ai\.toolCall\.(args|result)
    |braintrust\.(input|output|expected)(_json)?|openai\.(request|response)\.(input|output|messages|prompt).*
    |(request|response)_data|all_messages(_events)?|final_result|prompt|completion|prompts|completions|messages|events
    |lk\..*(text|ctx|input|output|transcript|instructions|function_tools).*|gcp\.vertex\.agent\.(llm_request|llm_response|tool_call_args|tool_response|data)
    |(lmnr\.span|weave|opik|trulens|ai\.observability|ragas|smolagents|crewai|meta|inputs?|outputs?)\.?.*(input|output|messages|prompt|query|contexts?|content|question|answer)s?(\..*)?
    |user_prompt|tool_input|tool_parameters|full_command|db\.(statement|query\.text)|http\.(request|response)\.body.*""",
    re.VERBOSE | re.IGNORECASE,
).fullmatch
LONG = 1024
# What errors say is needed for operating and is no content.
KEPT_LONG = re.compile(r"exception\.(stacktrace|message|type)|error\..*").fullmatch
CONTENT_EVENT = re.compile(
    r"gen_ai\..*|claude_code\.(user_prompt|tool_result|api_request_body).*|.*\.message|.*\.choice"
).match


class Shaper:
    """For one destination. instance: id of this server."""

    def __init__(self, rules: Rules, instance: str) -> None:
        self._rules, self._instance = rules, instance
        self._to = rules.destination
        self._origins: dict[tuple[str, str, str], Origin] = {}
        self._is_plain = not (
            self._to.set_attributes or rules.removed or rules.redacted or not self._to.content
        )  # fmt: skip

    def span(self, span: RawSpan, project: str) -> RawSpan:
        """The span as it leaves."""
        origin = self._origin(span.origin, project)
        if self._is_plain:
            return RawSpan(
                origin, span.trace_id, span.span_id, span.parent_id, span.name, span.kind, span.start_ns, span.end_ns,
                span.status_code, span.status_message, span.attributes, span.events, span.links, span.flags,
            )  # fmt: skip
        events = [
            RawEvent(event.name, event.time_ns, self._edited(event.attributes))
            for event in span.events
            if self._to.content or not CONTENT_EVENT(event.name)
        ]
        links = [RawLink(link.trace_id, link.span_id, self._edited(link.attributes)) for link in span.links]
        attributes = {**self._edited(span.attributes), **self._to.set_attributes}
        return RawSpan(
            origin, span.trace_id, span.span_id, span.parent_id, span.name, span.kind, span.start_ns, span.end_ns,
            span.status_code, span.status_message, attributes, events, links, span.flags,
        )  # fmt: skip

    def log(self, log: RawLog, project: str) -> RawLog:
        """The record as it leaves. Without content the body of an event that carries it is left out, too."""
        body, attributes = log.body, log.attributes
        if not self._is_plain:
            attributes = {**self._edited(attributes), **self._to.set_attributes}
            if not self._to.content and CONTENT_EVENT(log.event_name or str(log.attributes.get("event.name", ""))):
                body = None
        return RawLog(
            self._origin(log.origin, project), log.time_ns, log.observed_ns, log.trace_id, log.span_id, log.severity,
            log.severity_text, log.event_name, body, attributes, log.flags,
        )  # fmt: skip

    def point(self, point: RawMetricPoint, project: str) -> RawMetricPoint:
        """The point as it leaves."""
        attributes = point.attributes
        if not self._is_plain:
            attributes = {**self._edited(attributes), **self._to.set_attributes}
        return RawMetricPoint(
            self._origin(point.origin, project), point.name, point.type, point.time_ns, point.start_ns, attributes, point.values,
            point.flags,
        )  # fmt: skip

    def _edited(self, attributes: Attributes) -> Attributes:
        removed, redacted = self._rules.removed, self._rules.redacted
        made: Attributes = {}
        for name, value in attributes.items():
            if removed is not None and removed.fullmatch(name):
                continue
            if not self._to.content and _is_content(name, value):
                continue
            made[name] = REDACTED if redacted is not None and redacted.fullmatch(name) else value
        return made

    def _origin(self, origin: Origin, project: str) -> Origin:
        """The origin with this server among those that passed it on; built once per resource and scope."""
        key = (origin.resource_json, origin.scope_json, project)
        found = self._origins.get(key)
        if found is None:
            resource = origin.resource
            if not self._is_plain:
                resource = self._edited(resource)
            if self._to.preset == NERVURE:
                # Another Nervure puts it into the project of the same name, however that was told here.
                resource = {**resource, PROJECT: project}
            resource = {**resource, **self._to.set_resource, VIA: [*via_of(origin.resource), self._instance]}
            found = self._origins[key] = build_origin(
                resource, origin.scope_name, origin.scope_version, origin.scope_attributes, origin.schema_url
            )
        return found


def is_loop(instance: str) -> Callable[[dict[str, Any]], bool]:
    """Whether records of a resource have been here before, or went round too often."""

    def test(resource: dict[str, Any]) -> bool:
        via = via_of(resource)
        return instance in via or len(via) >= MOST_HOPS

    return test


def _is_content(name: str, value: Any) -> bool:
    if CONTENT(name):
        return True
    return isinstance(value, str) and len(value) > LONG and not KEPT_LONG(name)
