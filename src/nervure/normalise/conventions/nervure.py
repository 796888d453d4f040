"""What our own client writes beside OpenTelemetry's keys: `@nervure.observe` and `nervure.context`."""

from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Rule

RULES = (
    Rule("kind", ("nervure.kind",)),
    Rule("input", ("nervure.input",)),
    Rule("output", ("nervure.output",)),
    Rule("tenant", ("nervure.tenant",)),
    Rule("team", ("nervure.team",)),
    Rule("feature", ("nervure.feature",)),
    Rule("tags", ("nervure.tags",)),
    Rule("metadata", ("nervure.metadata.*",)),
    Rule("prompt_label", ("nervure.prompt.label",)),
    Rule("prompt_variables", ("nervure.prompt.variables",)),
)


def speaks(raw: RawSpan) -> bool:
    """Any attribute of ours."""
    return any(key.startswith("nervure.") for key in raw.attributes)


CONVENTION = Convention("nervure", 950, speaks, RULES)
