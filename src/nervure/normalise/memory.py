"""What the engine remembers: resources and scopes seen, and the plans of spans that look alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nervure.model.raw import Origin, RawSpan
from nervure.normalise.apply import Plan
from nervure.normalise.convention import Convention
from nervure.normalise.plan import Fixed, Phase, compile_phase, fixed_of, speakers
from nervure.normalise.records import scope_of
from nervure.normalise.scores import carries_annotations

# Plans are remembered for so many kinds of spans; a sender of ever new keys makes us forget all and begin again.
MOST_PLANS = 20_000
# Spans with more attributes, or longer keys, are rare, alike to none, and would fill the memory of plans.
MOST_KEYS_REMEMBERED = 256
MOST_KEY_CHARACTERS = 16_384
# The same of a resource and scope, as JSON text.
MOST_SOURCE_CHARACTERS = 16_384


@dataclass(slots=True)
class Source:
    """What is remembered about one resource and scope. scope: as a canonical record holds it, shared by all."""

    scope: dict[str, Any]
    plans: dict[tuple[str, tuple[str, ...]], Plan] = field(default_factory=dict)
    fixed: dict[int, tuple[Fixed, ...]] = field(default_factory=dict)


class Memory:
    """Plans for one set of conventions, in order of precedence. Shared by threads: at worst two make the same plan."""

    def __init__(self, conventions: Sequence[Convention]) -> None:
        self.conventions = conventions
        self._sources: dict[tuple[str, str, str, str], Source] = {}
        self._phases: dict[tuple[int, tuple[str, ...]], Phase] = {}
        self._last: tuple[Origin | None, Source | None] = (None, None)
        self._remembered = 0

    def plan(self, raw: RawSpan, source: Source) -> Plan:
        """The plan for spans that look like this one."""
        keys = tuple(raw.attributes)
        plan = source.plans.get((raw.name, keys))
        return plan if plan is not None else self._compile(raw, keys, source)

    def source(self, origin: Origin) -> Source:
        """What is known of a resource and scope. Records of one request share their origin, so the last one is asked first."""
        last_origin, last_source = self._last
        if last_origin is origin and last_source is not None:
            return last_source
        scope = scope_of(origin)
        identity = (
            origin.resource_json if origin.resource_json != "{}" else repr(origin.resource),
            origin.scope_json if origin.scope_json != "{}" else repr(origin.scope_attributes),
            origin.scope_name,
            origin.scope_version,
        )
        source = self._sources.get(identity)
        if source is None:
            source = Source(scope)
            if len(identity[0]) + len(identity[1]) <= MOST_SOURCE_CHARACTERS:
                if len(self._sources) >= MOST_PLANS:
                    self._forget()
                self._sources[identity] = source
        self._last = (origin, source)
        return source

    def _compile(self, raw: RawSpan, keys: tuple[str, ...], source: Source) -> Plan:
        is_kept = len(keys) <= MOST_KEYS_REMEMBERED and len(raw.name) + sum(map(len, keys)) <= MOST_KEY_CHARACTERS
        phases: list[tuple[Phase, tuple[Fixed, ...]]] = []
        name = "plain"
        for position in speakers(self.conventions, raw):
            convention = self.conventions[position]
            if name == "plain":
                name = convention.name
            phase = self._phases.get((position, keys))
            if phase is None:
                phase = compile_phase(convention, keys)
                if is_kept:
                    self._phases[(position, keys)] = phase
            fixed = source.fixed.get(position)
            if fixed is None:
                fixed = source.fixed[position] = fixed_of(convention, raw.origin)
            if phase.steps or phase.gathers or phase.read or fixed:
                phases.append((phase, fixed))
        plan = Plan(name, tuple(phases), carries_annotations(keys))
        if is_kept:
            self._remembered += 1
            if self._remembered > MOST_PLANS:
                self._forget()
            source.plans[(raw.name, keys)] = plan
        return plan

    def _forget(self) -> None:
        # Whole dicts are replaced, not cleared: another thread may be reading the old ones.
        self._sources, self._phases, self._last, self._remembered = {}, {}, (None, None), 0
