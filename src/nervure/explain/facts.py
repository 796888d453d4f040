"""Facts: shifts with what several causes read out of them."""

import re
from collections.abc import Sequence

import numpy as np

from nervure.base.clock import iso
from nervure.explain.leaves import AFTER
from nervure.explain.routes import balance
from nervure.explain.shifts import Attribute, Near, Reading, Shift, Shifts
from nervure.explain.words import percent
from nervure.query.filter import quote

SLOW = ("llm.pace", "llm.ms", "llm.ttft", "tool.ms", "retrieval.ms", "root.ms")
ROUTES = ("model", "provider", "region")
HURT = (
    "llm.error",
    "root.own_error",
    "answers.refused",
    "answers.nothing",
    "llm.out_tokens",
    "llm.in_tokens",
    "llm.cost",
)
VOLUMES = ("volume", "volume.root", "volume.llm", "volume.tool", "volume.retriever", "volume.embedding")
LANGUAGES = ("foreign", "en", "de", "es", "fr", "pt", "it")
# A flood is here when that share of its further requests is; fewer requests than that tell nothing.
HERE, FEWEST_REQUESTS = 0.25, 10
TOPICS = re.compile(r"topic|lang|locale|intent|categor|subject|domain|question", re.I)
VECTORS = re.compile(r"embed|vector|dimension|norm|index", re.I)


class Facts(Shifts):
    """What causes are weighed by."""

    # One symptom out of several

    def worst_quality(self) -> Shift | None:
        """The score that fell most."""
        found = self.quality()
        return found[0] if found else None

    def slowest(self) -> Shift:
        """The duration that grew most clearly; those nearer to the model first when several say the same."""
        return max((self.get(name) for name in SLOW), key=lambda shift: round(shift.worse, 1))

    def retrieved(self) -> Shift:
        """What tells most of worse retrieval."""
        return max(
            (self.get(name) for name in ("docs.score", "docs.none", "docs.count")), key=lambda shift: shift.worse
        )

    def cut_off(self) -> Shift:
        """Finish reasons `length` or inputs beyond the context window."""
        return max((self.get(name) for name in ("llm.length", "llm.error.context")), key=lambda shift: shift.worse)

    def hurt(self) -> Shift:
        """What a new version may have made worse: quality, refusals, errors of its own, lengths, cost."""
        others = [self.get(name) for name in HURT]
        return max([*self.quality(), *others], key=lambda shift: round(shift.worse, 2))

    def vanished(self) -> Shift:
        """The volume that fell most."""
        return max((self.get(name) for name in VOLUMES), key=lambda shift: (shift.fell, -shift.effect))

    def input_length(self) -> Shift:
        """The length of what is asked; of what models are given where requests have no text."""
        asked = self.get("root.in_chars")
        return asked if asked.n1 >= 10 else max(
            (self.get(name) for name in ("llm.in_chars", "llm.in_tokens")), key=lambda shift: abs(shift.strength)
        )  # fmt: skip

    # Where

    def siblings(self, parent: str, child: str, names: Sequence[str]) -> tuple[int, int] | None:
        """Of the children (e.g. models) beside each other in the scope's parent: (how many show a symptom, how many there are)."""
        if parent not in self.scope:
            shares = [value for value, _, after in self.mix(parent) if value and after > 0.5] if parent != child else []
            if not shares:
                return None
            parents = {parent: shares[0]}
        else:
            parents = {parent: self.scope[parent]}
        rows = self.leaves.mask(parents) & (self.leaves.period == AFTER)
        codes = np.unique(self.leaves.codes[child][rows])
        hit = total = 0
        for code in codes:
            if not code:
                continue
            facts = self.about({**parents, child: self.leaves.values[child][code]})
            shifts = [facts.get(name) for name in names]
            if shifts[0].n1 >= 5:
                total += 1
                hit += any(shift.worse > 0.3 for shift in shifts)
        return (hit, total) if total else None

    def confined(self) -> float:
        """0 to 1: how far the change belongs to one model wherever it is used; 0.4 where that cannot be told."""
        base = {name: value for name, value in self.scope.items() if name not in ("prompt", "prompt_version")}
        if set(base) <= {"model", "provider", "region"} and "model" in base:
            return 1.0
        shares = self.mix("model")
        if "model" not in base and (not shares or max(after for _, _, after in shares) < 0.97):
            return 0.0
        model = base.get("model") or max(shares, key=lambda one: one[2])[0]
        inside = self.leaves.mask({"model": model}) & (self.leaves.codes["kind"] == self.leaves.code("kind", "llm"))
        outside = inside & ~self.leaves.mask(self.scope) & (self.leaves.period == AFTER)
        if float(self.leaves.sums["n"][outside].sum()) < 20:
            return 0.4
        whole = self.about({"model": model})
        for name in ("llm.out_tokens", *(f"score:{score}" for score in self.score_names)):
            mine, wide = self.get(name), whole.get(name)
            if abs(mine.strength) > 0.4:
                return 1.0 if wide.effect * mine.effect > 0 and abs(wide.effect) > 0.7 * abs(mine.effect) else 0.0
        return 0.0

    def inside_new(self, name: str, begun: Near) -> float | None:
        """Share of a symptom's change that is confined to what began: 1 all, 0 as much elsewhere in its service."""
        scope = {key: value for key, value in begun.change.scope.items() if key in self.leaves.codes}
        inside = self.about(scope).get(name)
        service = {key: value for key, value in scope.items() if key in ("service", "prompt")}
        codes = self.view(name)
        rows = codes.leaves.mask(service)[codes.rows] & ~codes.leaves.mask(scope)[codes.rows]
        period = codes.period
        if float(codes.n[rows & (period == AFTER)].sum()) < 8 or inside.n1 < 5 or not inside.effect:
            return None
        found = self.field(name)
        n1, r1, n0, r0 = (float(column[rows].sum()) for column in (found.n1, found.r1, found.n0, found.r0))
        outside = r1 / n1 - (r0 / n0 if n0 else 0.0)
        raw = float(found.r1[codes.leaves.mask(scope)[codes.rows]].sum()) / inside.n1
        return 1.0 - min(max(outside / raw if raw else 0.0, 0.0), 1.0)

    # What began

    def begun(self) -> Near | None:
        """The prompt version or release that began near the onset and concerns the scope."""
        return self.change("prompt", "release")

    def begun_text(self, near: Near) -> str:
        change = near.change
        minutes = round((self.window.onset_ns - change.time_ns) / 6e10)
        when = (
            f"{minutes} minutes before"
            if minutes > 0
            else f"{-minutes} minutes after"
            if minutes < 0
            else "at the time of"
        )
        what = {"prompt": "prompt", "release": "service"}.get(change.kind, change.kind)
        came = (
            f"{change.before} became {change.after}" if change.before and change.after else change.after or change.name
        )
        return f"{what} {change.name}: {came}, {when} the onset"

    def change_text(self, *kinds: str) -> str:
        near = self.change(*kinds)
        return self.begun_text(near) if near else ""

    def version_text(self) -> str:
        near = self.begun()
        if near is None:
            return "the new version"
        return f"{'version' if near.change.kind == 'prompt' else 'release'} {near.change.after or near.change.name}"

    def response_changed(self) -> str:
        """`another version`: what answers requests for the same model since the onset, "" when nothing else does."""
        return self.replaced()[1]

    def replaced(self) -> tuple[str, str]:
        """(the model asked for, what answers to its name since the onset and did not before); empty when none."""
        rows = self.leaves.mask({name: value for name, value in self.scope.items() if name != "release"})
        rows = (
            rows & (self.leaves.codes["kind"] == self.leaves.code("kind", "llm")) & (self.leaves.codes["answered"] > 0)
        )
        n, period = self.leaves.sums["n"], self.leaves.period
        for model in np.unique(self.leaves.codes["model"][rows & (period == AFTER)]):
            mine = rows & (self.leaves.codes["model"] == model)
            old, new = mine & (period != AFTER), mine & (period == AFTER)
            if n[old].sum() < 10 or n[new].sum() < 5:
                continue
            known = set(self.leaves.codes["answered"][old].tolist())
            came: set[int] = set(self.leaves.codes["answered"][new].tolist()) - known
            for code in sorted(came):
                share = float(n[new & (self.leaves.codes["answered"] == code)].sum() / n[new].sum())
                if share > 0.1:
                    return self.leaves.values["model"][model], self.leaves.values["answered"][code]
        return "", ""

    def balance(self) -> float | None:
        """Of the calls that stay away at some model, provider or region: the share that came at another from the same senders.

        1: they moved. 0: they vanished, or nobody hears of them. None: nothing clear stays away, or no day before tells.
        """
        senders = {name: value for name, value in self.scope.items() if name not in ROUTES}
        dimension = self.routed()[2]
        return balance(self.leaves, self.leaves.mask(senders), dimension) if dimension else None

    def routed(self) -> tuple[float, float, str, str]:
        """The dimension over which most traffic moved: share moved, its standard errors, the dimension, in words."""
        best, told = (0.0, 0.0, "", ""), 0.0
        senders = self.about({name: value for name, value in self.scope.items() if name not in ROUTES})
        for dimension in ROUTES:
            found = senders.moved(dimension)
            # By what it tells, not by how much moved: among a few calls much moves by chance.
            if found.told > told + 0.01 and found.z > 2.5:
                told = found.told
                text = ", ".join(
                    f"{value} {percent(before)} to {percent(after)}"
                    for value, before, after in found.shares[:3]
                    if value
                )
                best = (found.share, found.z, dimension, f"calls moved between {dimension}s: {text}")
        return best

    def route(self) -> str:
        moved, _, _, text = self.routed()
        return f"{text[0].upper()}{text[1:]}." if moved else "Calls are sent elsewhere than before."

    # Inputs

    def drift_text(self) -> tuple[float, str]:
        """0 to 1: how much of what is asked changed, and what shows it."""
        found: list[tuple[float, str]] = []
        words = self.material.words
        if words is not None:
            told = ", ".join(self.material.new_words[:6]) or "none"
            found.append((min(1.0, max(0, words - 2) / 10), f"{words} words are asked more or less often; new: {told}"))
        for name in LANGUAGES:
            shift = self.get(f"asked.{name}")
            found.append(
                (
                    abs(shift.strength),
                    f"{shift.symptom.about}: {percent(shift.before or 0)} to {percent(shift.after or 0)}",
                )
            )
        length = self.input_length()
        if length.before and length.after:
            sure = 0.8 * abs(length.strength)
            found.append((sure, f"{length.symptom.about}: {length.before:.0f} to {length.after:.0f}"))
        for one in self.material.attributes:
            if TOPICS.search(one.key) and one.what == "value":
                text = f"{one.key} = {one.value}: {percent(one.before)} to {percent(one.after)}"
                found.append((min(1.0, abs(one.z) / 8), text))
        if not found:
            return 0.0, "no inputs were captured"
        best = max(found)
        return best if best[0] > 0.15 else (best[0], "what is asked is as before: words, languages and lengths")

    def drifted(self) -> float:
        """0 to 1: how much of what is asked changed."""
        return self.drift_text()[0]

    def topics_text(self) -> str:
        words = ", ".join(self.material.new_words[:5])
        return f" (more often: {words})" if words else ""

    # Vectors, features, attributes, gauges

    def vectors(self) -> str:
        """What tells that vectors changed: dimension, model or norm; "" when nothing does."""
        length = self.get("embed.dimensions")
        if abs(length.strength) > 0.3 and length.before and length.after:
            return f"vectors have {length.after:.0f} dimensions, before {length.before:.0f}"
        rows = self.leaves.codes["kind"] == self.leaves.code("kind", "embedding")
        n, period = self.leaves.sums["n"], self.leaves.period
        for dimension in ("model", "answered"):
            codes = self.leaves.codes[dimension]
            for service in np.unique(self.leaves.codes["service"][rows & (period == AFTER)]):
                here = (
                    rows
                    & (self.leaves.codes["service"] == service)
                    & self.leaves.mask(
                        {
                            name: value
                            for name, value in self.scope.items()
                            if name in ("service", "environment", "region")
                        }
                    )
                )
                old = set(codes[here & (period != AFTER)].tolist())
                new = set(codes[here & (period == AFTER)].tolist()) - old - {0}
                if old and new and n[here & (period != AFTER)].sum() >= 20:
                    return f"texts are embedded by {self.leaves.values[dimension][min(new)]}, which was not used before"
        for one in self.material.attributes:
            if VECTORS.search(one.key) and one.kind in ("embedding", "retriever", "reranker"):
                now = one.value or f"{one.before:.3g} to {one.after:.3g}"
                return f"{one.key} of {one.kind} spans changed: {now}"
        return ""

    def saturation(self) -> Reading | None:
        """The gauge of load that rose most clearly."""
        return next((one for one in self.material.readings if one.z > 3 and one.after > 1.1 * one.before), None)

    def reading_query(self, reading: Reading) -> dict[str, object]:
        """The Query that shows a gauge from well before the onset."""
        made: dict[str, object] = {
            "measure": f"metric:{reading.name}.avg", "every": self.window.every, "from": iso(self.window.from_ns),
            "to": iso(self.window.to_ns),
        }  # fmt: skip
        return made | ({"where": f"service = {quote(reading.service)}"} if reading.service else {})

    def attribute(self, pattern: str, fell: bool = False, what: str = "") -> Attribute | None:
        """The clearest shift of an attribute whose key fits. fell: also where it is said less often."""
        for one in self.material.attributes:
            if re.search(pattern, one.key, re.I) and (not what or one.what == what) and (fell or one.what == "mean"):
                return one
        return None

    def features(self) -> tuple[str, float] | None:
        """The feature of predictions that is missing more often or out of range, in words, with its strength."""
        best: tuple[str, float] | None = None
        for name, (before, after, shift) in self.material.features.items():
            gone, far = min(1.0, max(0.0, after - before) / 0.15), min(1.0, abs(shift) / 1.5)
            text = f"feature {name} is missing in {percent(after)} (before {percent(before)})"
            if far > gone:
                text = f"feature {name} moved by {shift:.1f} standard deviations"
            if best is None or max(gone, far) > best[1]:
                best = (text, max(gone, far))
        return best if best and best[1] > 0.2 else None

    def crowd(self) -> tuple[str, str, float, float] | None:
        """The user or tenant that sends far more than usual, here: a flood elsewhere explains nothing."""
        crowd = self.material.crowd
        if crowd is None or not self.scope:
            return crowd
        requests = self.leaves.sums["n"] * self.leaves.sums["is_root"]
        rows, period, hours = self.leaves.mask(self.scope), self.leaves.period, self.leaves.hours
        if crowd[0] == "tenant":
            rows = rows & self.leaves.mask({"tenant": crowd[1]})
        now = float(requests[rows & (period == AFTER)].sum())
        length = max(hours.get(AFTER, 0.0), 1e-9)
        was = float(requests[rows & (period != AFTER)].sum())
        usual = was / max(sum(hours.values()) - length, 1e-9) * length
        # Of what is not seen to begin with a request (a tool of another service) nothing can be told.
        if now + usual < FEWEST_REQUESTS:
            return crowd
        sent = crowd[3] * float(requests[period == AFTER].sum())
        return crowd if now - usual >= HERE * (sent - sent / crowd[2]) else None

    def flood(self) -> float:
        """0 to 1: how much one sender floods; a newcomer's few requests are no flood."""
        crowd = self.crowd()
        if crowd is None:
            return 0.0
        _, _, ratio, share = crowd
        return float(min(1.0, max(0.0, ratio - 1.3) / 2.0) * min(1.0, (share / 0.1) ** 1.5))

    def abuse_text(self) -> str:
        crowd = self.crowd()
        if crowd is not None and crowd[2] > 1.8:
            return f"sends {crowd[2]:.1f} times as many requests as usual, {percent(crowd[3])} of all"
        return "asks in ways that try to override instructions or draw out secrets"

    def gap_text(self) -> str:
        gone = self.vanished()
        if gone.fell > 0.4:
            return f"has fallen from {gone.before:,.0f} to {gone.after:,.0f} {gone.symptom.about} an hour"
        return "lacks fields it had before"
