"""What is watched without being asked for: one table. A further measure is one entry (and its SQL in query.series_sql)."""

import re
from dataclasses import dataclass
from typing import Literal

from nervure.query.gpu_places import UTILISATION
from nervure.query.series_gauges import GAUGES

Form = Literal["ratio", "mean", "log", "share", "count"]


@dataclass(frozen=True, slots=True)
class Watched:
    """How one measure of one family is judged.

    form: ratio (values 0 and 1), mean, log (mean of logarithms, shown as geometric mean), share (of a larger scope's
    count), count. measure: the Query measure people see. where: the filter that makes it the same. up, down: the
    directions worth saying. slack: how far from its baseline a series may be for reasons that need nobody: in standard
    deviations of one observation (mean, log), in logits (ratio, share, count). least: the same in the unit of the values (of a logarithm: 0.1 is 10 %); the larger of
    the two counts. opens: whether it may open an incident alone; the others only join one.
    beyond: also one that only joins may, once its mean since it was found is so many times that of its highest hour before.
    tenants_fall: whether a tenant's going down may. by_level: which direction hurts is told by the usual level (`hurts_upward`).
    """

    form: Form
    measure: str
    unit: str = ""
    where: str = ""
    up: bool = True
    down: bool = False
    slack: float = 0.15
    least: float = 0.0
    opens: bool = True
    beyond: float | None = None
    tenants_fall: bool = True
    by_level: bool = False


_LLM, _TOOL, _RETRIEVER, _EMBEDDING = (f'kind = "{kind}"' for kind in ("llm", "tool", "retriever", "embedding"))
_TRACE = "not parent_id exists"
LOGIT = 0.5
FAR_QUEUE = 6.0


def _calls(where: str) -> dict[str, Watched]:
    return {
        "error": Watched("ratio", "error_rate", "ratio", where, slack=LOGIT),
        "latency": Watched("log", "latency.avg", "ms", where, slack=0.3, least=0.12),
    }


WATCHED: dict[tuple[str, str], Watched] = {
    **{("trace", name): watched for name, watched in _calls(_TRACE).items()},
    **{("llm", name): watched for name, watched in _calls(_LLM).items()},
    **{("tool", name): watched for name, watched in _calls(_TOOL).items()},
    **{("retriever", name): watched for name, watched in _calls(_RETRIEVER).items()},
    **{("embedding", name): watched for name, watched in _calls(_EMBEDDING).items()},
    ("trace", "steps"): Watched("log", "steps_per_trace", "spans", _TRACE, down=True, least=0.08),
    ("trace", "tool_calls"): Watched("log", "tool_calls_per_trace", "calls", _TRACE, least=0.08),
    ("trace", "cost"): Watched("log", "cost_per_trace", "USD", _TRACE, least=0.08),
    ("trace", "input_empty"): Watched("ratio", "empty_input_rate", "ratio", _TRACE, slack=LOGIT),
    ("trace", "input_length"): Watched(
        "log", "input_length", "characters", _TRACE, down=True, slack=0.3, least=0.15, opens=False
    ),
    ("trace", "input_english"): Watched(
        "ratio", "english_input_rate", "ratio", _TRACE, up=False, down=True, slack=LOGIT
    ),
    ("trace", "input_foreign"): Watched("mean", "non_ascii_input_share", "ratio", _TRACE),
    ("trace", "injection"): Watched("ratio", "injection_pattern_rate", "ratio", _TRACE, slack=1.0),
    ("trace", "output_empty"): Watched("ratio", "empty_output_rate", "ratio", _TRACE, slack=LOGIT),
    ("trace", "refused"): Watched("ratio", "refusal_rate", "ratio", _TRACE, slack=LOGIT),
    ("llm", "ttft"): Watched("log", "ttft.avg", "ms", _LLM, slack=0.3, least=0.12),
    ("llm", "input_tokens"): Watched("log", "tokens.input", "tokens", _LLM, down=True, least=0.08),
    ("llm", "output_tokens"): Watched("log", "tokens.output", "tokens", _LLM, down=True, least=0.08),
    # A tenant's calls cost less whenever it asks what cheap models answer, which is its own affair.
    ("llm", "cost"): Watched("log", "cost.avg", "USD", _LLM, down=True, least=0.08, tenants_fall=False),
    ("llm", "truncated"): Watched("ratio", "finish.length", "ratio", _LLM, slack=LOGIT),
    ("llm", "filtered"): Watched("ratio", "finish.content_filter", "ratio", _LLM, slack=LOGIT),
    ("llm", "reported"): Watched("ratio", "usage_reported_rate", "ratio", _LLM, up=False, down=True, slack=LOGIT),
    ("retriever", "document_score"): Watched("mean", "documents.score.mean", "score", _RETRIEVER, down=True),
    ("retriever", "nothing_found"): Watched("ratio", "no_documents_rate", "ratio", _RETRIEVER, slack=LOGIT),
    ("retriever", "documents"): Watched(
        "mean", "documents.mean", "documents", _RETRIEVER, down=True, slack=0.3, opens=False
    ),
    ("embedding", "dimensions"): Watched("mean", "embedding_dimensions", "dimensions", _EMBEDDING, down=True),
    ("embedding", "input_tokens"): Watched("log", "tokens.input", "tokens", _EMBEDDING, down=True, least=0.08),
    ("prediction", "confidence"): Watched("mean", "prediction.confidence.avg", "ratio", "", down=True),
    ("prediction", "value"): Watched("mean", "prediction.value.avg", "", "", down=True),
    ("prediction", "features"): Watched("mean", "prediction.features", "features", "", up=False, down=True),
    ("prediction", "broken"): Watched("ratio", "prediction.broken_features", "ratio", "", slack=LOGIT),
    ("mix", "share"): Watched("share", "mix.share", "ratio", _LLM, down=True, slack=0.7),
    ("volume", "share"): Watched("share", "volume.share", "ratio", _TRACE, slack=0.8),
    ("volume", "count"): Watched("count", "traces", "traces", _TRACE, up=False, down=True, slack=0.3),
}


# Names of what is bad.
BAD = re.compile(
    r"hallucin|toxic|bias|error|pii|leak|inject|refus|harm|violat|risk|unsafe|wrong|irrelevan|frustrat|jailbreak|failure"
    r"|contradict|ungrounded|unfaithful|perplexity|distance|deviation",
    re.I,
)


def names_harm(score: str) -> bool:
    """Whether a score's name says something bad, such as hallucination."""
    return bool(BAD.search(score))


def hurts_upward(score: str, usual: float) -> bool:
    """Whether more of a score is worse. usual: its mean when all is well.

    A score named after something bad measures how much of it there is, unless nearly all are usually near 1: then it is
    the share without it, as evaluators give it of which more is always better.
    """
    return names_harm(score) and not 0.5 < usual <= 1.0


def _gauge(name: str, value: str) -> Watched | None:
    """Of a GPU or a model server: faults open incidents, load joins what it explains.

    Queues fill at every day's peak, in bursts that no hourly mean foretells (`benchmarks/quiet_machines.py`). Whom that
    harms is told by the calls' own latency: one is woken by symptoms, not by causes. But for a queue that is far longer
    than at any peak before: at night it hardly slows the mean of a few calls, and by day it will.
    """
    measure = f"metric:{name}.avg"
    match GAUGES.get(name):
        case "queue":
            if value == "waits":
                return Watched("ratio", f"metric:{name}.max", "ratio", slack=LOGIT, opens=False)
            return Watched("mean", measure, "requests", slack=0.5, least=0.5, opens=False, beyond=FAR_QUEUE)
        case "fault":
            return Watched("ratio", f"metric:{name}.max", "ratio", slack=LOGIT)
        case "cache":
            return Watched("mean", measure, "ratio", slack=0.5, least=0.1, opens=False)
        case "busy":
            return Watched("mean", measure, "", down=True, slack=0.5, least=0.15 * UTILISATION[name], opens=False)
        case "memory":
            return Watched("log", measure, "", slack=0.5, least=0.15, opens=False)
    return None


def watched(family: str, measure: str) -> Watched | None:
    """How it is judged; None: it is not watched. Scores are watched under whatever name they come."""
    kind, _, name = family.partition(":")
    if kind == "gauge":
        return _gauge(name, measure)
    if kind == "score":
        either = names_harm(name)
        return Watched(
            "mean", f"score:{name}.mean", "score", up=either, down=True, slack=0.15, least=0.01, by_level=either
        )
    return WATCHED.get((family, measure))
