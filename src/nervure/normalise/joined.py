"""What one span of a request knows of another: the names of a tool's arguments.

LangChain's tracer writes a tool's only argument as bare text, without its name. The call that asked for the tool
names it; both carry the call's id.
"""

from collections.abc import Sequence

from nervure.model.span import Span


def name_arguments(spans: Sequence[Span]) -> None:
    """Give bare arguments of tools their names, where the same request holds the model's call with the same value."""
    bare = [
        span for span in spans if span.kind == "tool" and span.tool_call_id and isinstance(span.tool_arguments, str)
    ]
    if not bare:
        return
    wanted = {(span.trace_id, span.tool_call_id): span for span in bare}
    for span in spans:
        if span.kind == "llm" and span.output:
            _name_from(span, wanted)


def _name_from(call: Span, wanted: dict[tuple[str, str], Span]) -> None:
    for part in (part for message in call.output for part in message["parts"] if part.get("type") == "tool_call"):
        tool, arguments = wanted.get((call.trace_id, part.get("id") or "")), part.get("arguments")
        if tool is None or not isinstance(arguments, dict):
            continue
        if [str(value) for value in arguments.values()] == [tool.tool_arguments]:
            tool.tool_arguments = arguments
