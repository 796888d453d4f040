"""What is looked at in every diagnosis: symptoms, each a share, a mean or a count over some of the spans."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nervure.detect.watched import hurts_upward
from nervure.model.finding import Finding
from nervure.query.slices import FAILURES

Form = Literal["share", "mean", "log", "count"]
RETRIEVING = ("retriever", "embedding", "reranker")


@dataclass(frozen=True, slots=True)
class Symptom:
    """One number of spans that can tell.

    top, base: sums of query.slices.SUMS; a share is top / base, a mean stands on `<top>.n`, `.sum`, `.squares` (log: of
    logarithms, told as a ratio), a count is top. kinds: of these spans only. roots: only roots (True), only others
    (False). bad: the direction that hurts. measure, where: the Query that tells nearly the same; "" when none does.
    least: the smallest change worth telling: of a share its difference, of a log the logarithm of the ratio, of a mean
    standard deviations.
    """

    name: str
    about: str
    form: Form
    top: str
    base: str = ""
    kinds: tuple[str, ...] = ()
    roots: bool | None = None
    bad: Literal["up", "down", "both"] = "up"
    measure: str = ""
    where: str = ""
    least: float = 0.05
    score: str = ""


def _share(name: str, about: str, top: str, base: str, kinds: Sequence[str] = (), **more: object) -> Symptom:
    return Symptom(name, about, "share", top, base, tuple(kinds), **more)  # type: ignore[arg-type]


def _log(name: str, about: str, top: str, kinds: Sequence[str] = (), **more: object) -> Symptom:
    return Symptom(name, about, "log", top, "", tuple(kinds), least=0.1, **more)  # type: ignore[arg-type]


CLASSES = {
    "rate": "refused as too many (429, quota)", "context": "refused as too long", "timeout": "timed out",
    "server": "failed on the other side (5xx, connection)", "filter": "stopped by a content filter",
    "auth": "refused for want of permission", "input": "refused as invalid", "other": "failed otherwise",
}  # fmt: skip


def _errors(place: str, about: str, kinds: Sequence[str], where: str) -> list[Symptom]:
    more = {"roots": None, "least": 0.02}
    made = [
        _share(
            f"{place}.error", f"{about} that failed", "failed", "n", kinds, measure="error_rate", where=where, **more
        )
    ]
    made += [
        _share(f"{place}.error.{name}", f"{about} that {CLASSES[name]}" if name in ("timeout", "server", "other")
               else f"{about} {CLASSES[name]}", f"failed.{name}", "n", kinds, measure="error_rate", where=where, **more)
        for name in (*FAILURES, "other")
    ]  # fmt: skip
    return made


def _kind(kind: str) -> str:
    return f'kind = "{kind}"'


PANEL: tuple[Symptom, ...] = (
    *_errors("llm", "model calls", ("llm",), _kind("llm")),
    *_errors("tool", "tool calls", ("tool",), _kind("tool")),
    *_errors("retrieval", "retrievals", RETRIEVING, 'kind in ("retriever", "embedding", "reranker")'),
    *_errors("other", "steps", ("agent", "workflow", "guardrail", "prediction", "other"), ""),
    _share("root.error", "requests that failed", "failed", "n", roots=True, measure="traces.error_rate", least=0.02),
    _share("root.own_error", "requests that failed by themselves", "own_failed", "n", roots=True, least=0.02),
    _share("root.recovered", "requests saved by a retry", "recovered", "n", roots=True, least=0.02),
    _log("llm.ms", "duration of model calls", "ms", ("llm",), measure="latency.p50", where=_kind("llm")),
    _log("llm.pace", "time a model takes for a token", "pace", ("llm",), measure="tokens_per_second.p50",
         where=_kind("llm")),
    _log("llm.ttft", "time to first token", "ttft", ("llm",), measure="ttft.p50", where=_kind("llm")),
    _log("llm.failed_ms", "duration of failed model calls", "failed_ms", ("llm",), bad="both"),
    _log("tool.ms", "duration of tool calls", "ms", ("tool",), measure="latency.p50", where=_kind("tool")),
    _log("retrieval.ms", "duration of retrievals", "ms", RETRIEVING, measure="latency.p50", where=_kind("retriever")),
    _log("root.ms", "duration of requests", "ms", roots=True, measure="latency.p50", where="is_root = true"),
    _log("llm.in_tokens", "input tokens of a call", "in_tokens", ("llm",), bad="both", measure="tokens.input",
         where=_kind("llm")),
    _log("llm.out_tokens", "output tokens of a call", "out_tokens", ("llm",), bad="both", measure="tokens.output",
         where=_kind("llm")),
    _log("llm.cost", "cost of a call", "cost", ("llm",), measure="cost.avg", where=_kind("llm")),
    _log("root.tokens", "tokens of a request", "trace_tokens", roots=True, measure="tokens.total"),
    _log("root.cost", "cost of a request", "trace_cost", roots=True, measure="cost.sum"),
    _log("root.spans", "steps of a request", "trace_spans", roots=True, measure="count"),
    _log("root.calls", "model calls of a request", "trace_calls", roots=True, measure="count", where=_kind("llm")),
    _log("root.tools", "tool calls of a request", "trace_tools", roots=True, measure="count", where=_kind("tool")),
    _share("llm.length", "answers cut off at the token limit", "finished.length", "finished", ("llm",), measure="count",
           where='finish_reason = "length"', least=0.02),
    _share("llm.filter", "answers stopped by a content filter", "finished.filter", "finished", ("llm",), measure="count",
           where='finish_reason = "content_filter"', least=0.02),
    Symptom("docs.score", "score of retrieved documents", "mean", "doc_score", bad="down", measure="documents.score.mean",
            least=0.15),
    Symptom("docs.count", "documents a retrieval returns", "mean", "docs", kinds=("retriever",), bad="down",
            measure="documents.mean", least=0.15),
    _share("docs.none", "retrievals without a document", "retrieved.none", "retrieved", measure="count",
           where='kind = "retriever" and documents = 0', least=0.03),
    Symptom("embed.dimensions", "length of vectors", "mean", "dimensions", bad="both", least=0.5),
    _share("asked.nothing", "empty inputs", "asked.nothing", "texts", least=0.02),
    _share("asked.injection", "inputs that try to override instructions", "asked.injection", "asked",
           measure="count", least=0.01),
    _share("asked.foreign", "inputs in other scripts", "asked.foreign", "asked", bad="both"),
    *(_share(f"asked.{name}", f"inputs with {language} words", f"asked.{name}", "asked", bad="both", least=0.08)
      for name, language in {"en": "English", "de": "German", "es": "Spanish", "fr": "French", "pt": "Portuguese",
                             "it": "Italian"}.items()),
    _log("root.in_chars", "length of what is asked", "in_chars", roots=True, bad="both"),
    _log("llm.in_chars", "length of what models are given", "in_chars", ("llm",), bad="both"),
    _share("answers.nothing", "empty answers", "answers.nothing", "answers", ("llm",), least=0.02),
    _share("answers.refused", "refusals", "answers.refused", "answers", ("llm",), least=0.03),
    _log("llm.out_chars", "length of answers", "out_chars", ("llm",), bad="both"),
    _share("untold.tokens", "model calls without token counts", "untold_tokens", "calls", ("llm",), least=0.1),
    _share("untold.model", "model calls that name no model", "untold_model", "n", ("llm",), least=0.1),
    _share("untold.finish", "model calls without a finish reason", "untold_finish", "calls", ("llm",), least=0.1),
    _share("untold.content", "spans without content", "untold_content", "n", least=0.1),
    _share("untold.tenant", "spans that name no tenant", "untold_tenant", "n", least=0.1),
    _share("unrooted", "spans whose trace has no root", "unrooted", "n", least=0.1),
    Symptom("volume", "spans", "count", "n", bad="both", measure="count", least=0.2),
    Symptom("volume.root", "requests", "count", "n", roots=True, bad="both", measure="traces", least=0.2),
    *(Symptom(f"volume.{kind}", f"{kind} spans", "count", "n", kinds=(kind,), bad="both", measure="count",
              where=_kind(kind), least=0.2) for kind in ("llm", "tool", "retriever", "embedding")),
)  # fmt: skip
BY_NAME = {symptom.name: symptom for symptom in PANEL}


def score_symptom(name: str, usual: float) -> Symptom:
    """The mean of a score by name. usual: what it was before, which tells of some whether more is worse."""
    return Symptom(
        f"score:{name}", f"score {name}", "mean", "score", bad="up" if hurts_upward(name, usual) else "down",
        measure=f"score:{name}.mean", least=0.15, score=name,
    )  # fmt: skip


# Which symptoms a finding's measure speaks of; the first pattern that fits.
_SPOKEN: tuple[tuple[str, tuple[str, ...]], ...] = (  # "features": of predictions, which have no spans
    (r"^score:", ()),
    (r"^prediction", ("features",)),
    (r"content_filter", ("llm.filter",)),
    (r"finish|truncat", ("llm.length", "llm.error.context", "llm.filter")),
    (r"usage|reported", ("untold.tokens",)),
    (r"document|retriev|doc_score", ("docs.score", "docs.none", "docs.count", "retrieval.error")),
    (r"dimension|embedding", ("embed.dimensions", "docs.score")),
    (r"tool.*err|err.*tool", ("tool.error", "other.error")),
    (r"error|fail|429|5xx|timeout", ("llm.error", "tool.error", "retrieval.error", "root.own_error", "root.error",
                                     "other.error")),
    (r"ttft|first_token", ("llm.ttft", "llm.ms", "llm.pace")),
    (r"latency|duration|slow|_ms", ("llm.ms", "root.ms", "tool.ms", "retrieval.ms", "llm.pace")),
    (r"tokens_per_second|pace", ("llm.pace", "llm.ms")),
    (r"steps|spans_per|calls_per|retries", ("root.spans", "root.calls", "root.tools")),
    (r"tokens\.output|output_tokens", ("llm.out_tokens", "llm.out_chars")),
    (r"tokens\.input|input_tokens", ("llm.in_tokens", "llm.in_chars")),
    (r"token|cost|usd", ("root.cost", "llm.cost", "root.tokens", "llm.out_tokens", "llm.in_tokens", "root.calls")),
    (r"refus", ("answers.refused",)),
    (r"empty|null|missing", ("asked.nothing", "answers.nothing")),
    (r"input|lang|topic|drift|chars", ("root.in_chars", "llm.in_chars", "llm.in_tokens", "asked.en", "asked.foreign")),
    (r"output", ("llm.out_chars", "llm.out_tokens")),
    (r"inject", ("asked.injection",)),
    (r"volume", ("volume.root", "volume", "volume.llm", "volume.tool")),
    (r"mix|fallback|routing|share", ("volume.llm",)),
    (r"count|rate|volume|traces|spans|absence|vanish|gap", ("volume.root", "volume", "volume.llm", "volume.tool")),
)  # fmt: skip


def spoken_of(measure: str) -> tuple[str, ...]:
    """Names of the symptoms a Query measure speaks of, e.g. error_rate; () for one nothing here speaks of."""
    if measure.startswith("metric:"):
        # Of machines; that requests wait shows in their calls.
        return ("llm.ttft", "llm.ms") if re.search(r"waiting|queue|pending", measure) else ()
    if measure.startswith("score:"):
        return (f"score:{measure[6:].rpartition('.')[0]}",)
    for pattern, names in _SPOKEN:
        if names and re.search(pattern, measure):
            return names
    return ()


# A finding's filter tells of which spans it speaks; failures of whole requests may come from any of them.
_OF_KIND = {
    "llm": ("llm.", "answers.", "untold.", "volume.llm"), "tool": ("tool.", "volume.tool"),
    "retriever": ("retrieval.", "docs.", "volume.retriever"), "embedding": ("retrieval.", "embed."),
}  # fmt: skip


def symptoms_of(finding: Finding) -> tuple[str, ...]:
    """Names of the symptoms a finding speaks of, by its measure and the kind of spans its filter names."""
    names = spoken_of(finding.measure)
    said = re.search(r'kind = "(\w+)"', finding.details.get("where", ""))
    own = tuple(name for name in names if said and name.startswith(_OF_KIND.get(said[1], ("",))))
    return own or names
