"""LangSmith's runs as parts of spans, with the attributes of its own OpenTelemetry export, so that one convention reads both.

Source: https://docs.smith.langchain.com/ (run data format) and the SDK's OTel exporter.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from nervure.base.clock import parse_iso
from nervure.base.ids import digest
from nervure.decode.formats import ids
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.values import cut
from nervure.decode.wire import DecodeLimits
from nervure.model.raw import Attributes, RawEvent, RawPart
from nervure.model.score import Score, Source, TargetType

OK, ERROR = 1, 2
# The SDK's settings, which it repeats in every run's metadata: they belong to the process.
NOISE = ("LANGSMITH_", "LANGCHAIN_", "revision_id")
# Facts of the process in `extra.runtime`; a count of threads, say, would make every run's resource another one.
RUNTIME = (
    "sdk", "sdk_version", "library", "library_version", "langchain_version", "langchain_core_version", "platform", "runtime",
    "runtime_version", "py_implementation",
)  # fmt: skip
# Members of a run that say where it belongs, kept so that it reads back as it was sent.
PLACES = {"dotted_order": "dotted_order", "parent_run_id": "parent_id", "reference_example_id": "reference_example_id",
          "session_id": "session_id", "manifest_id": "manifest_id"}  # fmt: skip
READ_ELSEWHERE = ("metadata", "runtime", "invocation_params")
DOTTED = re.compile(r"(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{6})Z")
CLASS = re.compile(r"([A-Za-z_][\w.]*)\(")
SOURCES: dict[str, Source] = {"model": "judge", "app": "human", "api": "code", "auto_eval": "judge"}
Run = Mapping[str, Any]


def part(run: Run, is_first: bool, origins: Origins, limits: DecodeLimits) -> RawPart | None:
    """A run, or what a later message says of it. None without an id.

    Programs that send runs by hand name the trace only by the run's parent, or not at all when they end it.
    """
    identity = run.get("id")
    order = run.get("dotted_order") if isinstance(run.get("dotted_order"), str) else ""
    trace = run.get("trace_id") or (str(order).partition(".")[0][22:] if order else "")
    if not identity:
        return None
    parent = run.get("parent_run_id")
    own = ids.trace_id(identity)
    flags: list[str] = []
    extra = run.get("extra") if isinstance(run.get("extra"), dict) else {}
    attributes = _attributes(run, extra or {}, limits, flags)
    error = run.get("error")
    ended = _ns(run.get("end_time"))
    return RawPart(
        origin=origins.of(_resource(run, extra or {})),
        trace_id=ids.trace_id(trace) if trace else own if is_first and not parent else "",
        own_trace=own,
        span_id=ids.span_id(identity),
        parent_id=ids.span_id(parent) if parent else ("" if is_first else None),
        name=cut(str(run["name"]), limits, flags) if run.get("name") else None,
        start_ns=_ns(run.get("start_time")) or _began(str(order)),
        end_ns=ended,
        status_code=ERROR if error else OK if ended else None,
        status_message=cut(_reason(str(error)), limits, flags) if error else None,
        attributes=attributes,
        events=_events(run.get("events")),
        flags=flags,
        is_first=is_first,
        about_ns=_made(identity),
    )


def _resource(run: Run, extra: Run) -> Attributes:
    """What the run says of its process."""
    resource: Attributes = {"telemetry.sdk.name": "langsmith"}
    runtime = extra.get("runtime")
    if isinstance(runtime, dict):
        if runtime.get("sdk_version"):
            resource["telemetry.sdk.version"] = str(runtime["sdk_version"])
        for name in RUNTIME:
            if isinstance(runtime.get(name), str | int | float):
                resource[f"langsmith.runtime.{name}"] = str(runtime[name])[:200]
    metadata = extra.get("metadata")
    if isinstance(metadata, dict):
        for key, value in metadata.items():
            if str(key).startswith(NOISE) and isinstance(value, str | int | float):
                resource[f"langsmith.process.{key}"] = str(value)[:200]
    if project := run.get("session_name"):
        resource["langsmith.project"] = str(project)
    return resource


def _attributes(run: Run, extra: Run, limits: DecodeLimits, flags: list[str]) -> Attributes:
    made: Attributes = {"langsmith.run.id": str(run["id"])}
    if run.get("run_type"):
        made["langsmith.span.kind"] = str(run["run_type"])
    for name, key in (("inputs", "gen_ai.prompt"), ("outputs", "gen_ai.completion")):
        # An empty object is the SDK's way to say that there is nothing yet.
        if run.get(name):
            made[key] = cut(_json(run[name]), limits, flags)
    if isinstance(run.get("tags"), list) and run["tags"]:
        made["langsmith.span.tags"] = [str(tag) for tag in run["tags"]]
    if run.get("session_name"):
        made["langsmith.trace.session_name"] = str(run["session_name"])
    for member, key in PLACES.items():
        if run.get(member):
            made[f"langsmith.run.{key}"] = str(run[member])[:8000]
    if more := {
        key: value for key, value in extra.items() if key not in READ_ELSEWHERE and value not in (None, {}, [])
    }:
        made["langsmith.run.extra"] = cut(_json(more), limits, flags)
    metadata = extra.get("metadata") if isinstance(extra.get("metadata"), dict) else {}
    for key, value in (metadata or {}).items():
        if not str(key).startswith(NOISE):
            made[f"langsmith.metadata.{key}"] = (
                value
                if isinstance(value, bool | int | float)
                else cut(value if isinstance(value, str) else _json(value), limits, flags)
            )
    if isinstance(settings := extra.get("invocation_params"), dict) and settings:
        # LangChain repeats them in the metadata without the tools.
        repeated = (metadata or {}).get("ls_invocation_params")
        whole = {**repeated, **settings} if isinstance(repeated, dict) else settings
        made["langsmith.metadata.ls_invocation_params"] = cut(_json(whole), limits, flags)
    if usage := _usage(run.get("outputs")):
        made["langsmith.metadata.usage_metadata"] = _json(usage)
    made |= _answered(run.get("outputs"))
    if error := run.get("error"):
        made["error.message"] = cut(str(error), limits, flags)
        if found := CLASS.match(str(error)):
            made["error.type"] = found[1]
    for name, held in (run.get("attachments") or {}).items() if isinstance(run.get("attachments"), dict) else ():
        made[f"langsmith.attachment.{name}"] = held
    return made


def _answered(outputs: Any) -> Attributes:
    """Which model answered, and why it stopped: as the provider's own answer says, or where LangChain puts it."""
    made: Attributes = {}
    if not isinstance(outputs, dict):
        return made
    choices = outputs.get("choices")
    told = _told(outputs)
    model = outputs.get("model") or told.get("model_name") or told.get("model")
    if isinstance(model, str) and model:
        made["gen_ai.response.model"] = model
    first = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    reason = first.get("finish_reason") or told.get("finish_reason") or told.get("stop_reason")
    if isinstance(reason, str) and reason:
        made["gen_ai.response.finish_reasons"] = [reason]
    return made


def _told(outputs: Any, depth: int = 0) -> Mapping[str, Any]:
    """`response_metadata` of LangChain's message, wherever it lies."""
    if isinstance(outputs, list):
        return _told(outputs[0], depth + 1) if outputs and depth < 8 else {}
    if not isinstance(outputs, dict) or depth > 8:
        return {}
    held = outputs.get("response_metadata")
    if isinstance(held, dict) and held:
        return held
    return next(
        (found for key in ("generations", "message", "kwargs") if (found := _told(outputs.get(key), depth + 1))), {}
    )


def _usage(outputs: Any, depth: int = 0) -> Any:
    """usage_metadata wherever a wrapper or LangChain puts it, or what the provider's own answer says."""
    if isinstance(outputs, list):
        return next((found for one in outputs[:1] if (found := _usage(one, depth + 1))), None)
    if not isinstance(outputs, dict) or depth > 8:
        return None
    for key in ("usage_metadata", "token_usage", "usage"):
        if isinstance(outputs.get(key), dict) and outputs[key]:
            return outputs[key]
    return next(
        (
            found
            for key in ("generations", "message", "kwargs", "llm_output")
            if (found := _usage(outputs.get(key), depth + 1))
        ),
        None,
    )


def _events(value: Any) -> list[RawEvent]:
    events = []
    for one in value if isinstance(value, list) else []:
        if isinstance(one, dict) and one.get("name") == "new_token" and (at := _ns(one.get("time"))):
            # Which tokens is in the answer; when the first came is all that is left to know.
            return [RawEvent("new_token", at, {})]
        if isinstance(one, dict) and one.get("name") and (at := _ns(one.get("time"))):
            events.append(
                RawEvent(str(one["name"]), at, {key: held for key, held in one.items() if key not in ("name", "time")})
            )
    return events


# What LangSmith's feedback says beyond a score, so that it reads back as it was sent.
TOLD = (
    "run_id", "trace_id", "session_id", "modified_at", "comparative_experiment_id", "feedback_group_id", "extra", "error",
    "feedback_config",
)  # fmt: skip


def score(feedback: Run) -> Score | None:
    """Feedback as a score; None without a key, a run, trace or session, and something said.

    Feedback of a session alone judges the experiment of that id. In the score's metadata `langsmith` holds what has no
    place in a score.
    """
    name, run, trace = feedback.get("key"), feedback.get("run_id"), feedback.get("trace_id")
    session = feedback.get("session_id")
    said, value = feedback.get("score"), feedback.get("value")
    if not isinstance(name, str) or not name or not (run or trace or session):
        return None
    number = float(said) if isinstance(said, int | float) else float(value) if isinstance(value, int | float) else None
    label = value if isinstance(value, str) else _json(value) if isinstance(value, dict | list) else ""
    comment = feedback.get("comment")
    if number is None and not label and not comment and not feedback.get("correction") and not feedback.get("error"):
        return None
    source = feedback.get("feedback_source")
    source = source if isinstance(source, dict) else {}
    metadata = source.get("metadata") if isinstance(source.get("metadata"), dict) else {}
    told = {key: held for key in TOLD if (held := feedback.get(key)) not in (None, {}, False)}
    kept = {"source": source.get("type") or "api", "source_metadata": metadata or {}, **told}
    if isinstance(value, bool | int | float) and said is not None:
        kept["value"] = value
    correction = {"correction": feedback["correction"]} if feedback.get("correction") else {}
    kind, target = _target(run, trace, session)
    return Score(
        id=str(feedback.get("id") or digest(repr((run, trace, session, name, said, value)).encode())[:32]),
        name=name,
        target_type=kind,
        target_id=target,
        trace_id=ids.trace_id(trace) if trace else "",
        data_type="boolean"
        if isinstance(said, bool)
        else "numeric"
        if number is not None
        else "categorical"
        if label
        else "text",
        value=number,
        label=label or (str(comment or "") if number is None else ""),
        explanation=str(comment or ""),
        source=SOURCES.get(str(source.get("type")), "code"),
        author=str(source.get("user_name") or source.get("user_id") or ""),
        time_ns=_ns(feedback.get("created_at")) or 0,
        metadata={**(metadata or {}), **correction, "langsmith": kept},
    )


def _target(run: Any, trace: Any, session: Any) -> tuple[TargetType, str]:
    """What is judged: a root run is its trace."""
    if not run and not trace:
        return "experiment_run", str(session)
    if not run or run == trace:
        return "trace", ids.trace_id(trace or run)
    return "span", ids.span_id(run)


def _reason(error: str) -> str:
    """The first line says what happened: the rest is the traceback, which `error.message` keeps."""
    return error.partition("\n")[0][:2000]


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _ns(value: Any) -> int | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        # JavaScript's clock: ms.
        return int(value * 1e6) if value < 1e15 else int(value)
    if not isinstance(value, str):
        return None
    try:
        return max(parse_iso(value.replace("Z", "+00:00")), 0)
    except (ValueError, OverflowError):
        return None


def _made(identity: Any) -> int:
    """When a version 7 UUID was made, to the ms; 0 for other ids."""
    text = str(identity).replace("-", "").lower()
    if not ids.UUID.fullmatch(text) or text[12] != "7":
        return 0
    return int(text[:12], 16) * 1_000_000


def _began(order: str) -> int | None:
    """Start of a run by its place in the tree: <time>Z<id> of itself stands last."""
    found = DOTTED.match(order.rpartition(".")[2])
    if not found:
        return None
    year, month, day, hour, minute, second, micro = found.groups()
    return _ns(f"{year}-{month}-{day}T{hour}:{minute}:{second}.{micro}+00:00")
