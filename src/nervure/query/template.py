"""Filters with variables: ${name} stands where a value or a whole condition stands.

    ${service}             service = "shop", or service in ("shop", "desk"): the variable's own field
    model = ${model}       model = "gpt-4.1", or model in ("gpt-4.1", "o3")
    model in (${model})    model in ("gpt-4.1", "o3")

A condition whose variable has no value is left out, with the `not` before it. Values become literals of the filter
language, so that no value can say more than a value; within quotes ${name} is ordinary text.
The web application does the same in `ui/src/features/dashboards/template.ts`; both are held to one table of cases.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nervure.base.errors import FilterError
from nervure.model.dashboard import Variable
from nervure.query.filter import quote

TOKEN = re.compile(
    r"""(?P<lead>\s*)(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}"""
    r"""|[()\[\],]|<=|>=|!=|<>|==|[=<>]|[^\s()\[\],=<>!"'$]+|.)""",
    re.S,
)
PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
LITERALS = {
    "number": re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"),
    "duration": re.compile(r"-?[0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h|d|w)"),
    "bool": re.compile(r"true|false"),
}
EQUAL = {"=": "in", "==": "in", "!=": "not in", "<>": "not in"}

Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Filled:
    """A filter and where its pieces come from: (place in the filter, place in the template), rising."""

    text: str
    places: tuple[tuple[int, int], ...] = ()

    def place(self, position: int) -> int:
        """The character of the template that a character of the filter comes from."""
        at, origin = next((pair for pair in reversed(self.places) if pair[0] <= position), (0, 0))
        return origin + position - at


def fill(template: str, variables: Sequence[Variable], values: Values) -> Filled:
    """The filter of a template. values: by variable's name; a variable left out has none.

    Raises FilterError, with the position in the template, for a variable that does not exist, several values where
    one must stand and a value that is not of its variable's type.
    """
    if not PLACEHOLDER.search(template):
        return Filled(template, ((0, 0),))
    kept = _Filler(template, {variable.name: variable for variable in variables}, values).all()
    text, places = "", []
    for piece in kept:
        lead = "" if text[-1:] in ("", "(") else piece.lead
        # Where a piece was put in the place of another its beginning is what can be pointed at.
        places.append((len(text) + len(lead), piece.start))
        text += lead + piece.text
    return Filled(text.rstrip(), tuple(places))


def fill_fields(by: Sequence[str], values: Values) -> list[str]:
    """Fields to group by; ${name} stands for the fields chosen in a variable, none of them twice."""
    made: list[str] = []
    for field in by:
        found = PLACEHOLDER.fullmatch(field)
        made += list(values.get(found[1], ())) if found else [field]
    return list(dict.fromkeys(made))


@dataclass(frozen=True, slots=True)
class _Token:
    """lead: the white space before it. name: of a placeholder."""

    lead: str
    text: str
    start: int
    name: str = ""

    def is_word(self, *words: str) -> bool:
        return self.text.lower() in words


class _Filler:
    """Follows only the outline of a filter: and, or, not and parentheses. What it does not know it leaves as it is."""

    def __init__(self, template: str, variables: Mapping[str, Variable], values: Values) -> None:
        self.template, self.variables, self.values = template, variables, values
        self.tokens = [
            _Token(found["lead"], found["text"], found.start("text"), found["name"] or "")
            for found in TOKEN.finditer(template)
        ]
        self.at = 0

    def all(self) -> list[_Token]:
        kept = self.chain("or")
        # A parenthesis too many: the parser will say so, in its place.
        while self.at < len(self.tokens):
            kept = [*(kept or []), self.take(), *(self.chain("or") or [])]
        return kept or []

    def chain(self, word: str) -> list[_Token] | None:
        """Conditions joined by a word; None when each was left out."""
        kept: list[_Token] | None = None
        joint: list[_Token] = []
        while True:
            part = self.chain("and") if word == "or" else self.one()
            if part is not None:
                kept = part if kept is None else [*kept, *joint, *part]
            if not self.next_is(word):
                return kept
            joint = [self.take()]

    def one(self) -> list[_Token] | None:
        if self.next_is("not"):
            word, inner = self.take(), self.one()
            return None if inner is None else [word, *inner]
        if not self.next_is("("):
            return self.condition()
        opening, inner = self.take(), self.chain("or")
        closing = [self.take()] if self.next_is(")") else []
        return None if inner is None else [opening, *inner, *closing]

    def condition(self) -> list[_Token] | None:
        """One condition, up to and, or or a closing parenthesis that is not its own."""
        held: list[_Token] = []
        depth = 0
        while self.at < len(self.tokens):
            if depth == 0 and self.next_is("and", "or", ")"):
                break
            token = self.take()
            depth += (token.text in "([") - (token.text in ")]")
            held.append(token)
        names = [token for token in held if token.name]
        for token in names:
            if token.name not in self.variables:
                known = ", ".join(self.variables) or "none"
                raise self.error(f"there is no variable {token.name}; those of this dashboard: {known}", token)
        if any(not self.values.get(token.name) for token in names):
            return None
        return self.filled(held) if names else held

    def filled(self, held: list[_Token]) -> list[_Token]:
        if len(held) == 1:
            return [self.alone(held[0])]
        made: list[_Token] = []
        for token in held:
            if not token.name:
                made.append(token)
                continue
            literals = self.literals(token)
            before = made[-1] if made else token
            text = ", ".join(literals)
            if before.is_word("in"):
                text = f"({text})"
            elif len(literals) > 1 and before.text in EQUAL:
                made[-1] = _Token(before.lead or " ", EQUAL[before.text], before.start)
                text = f"({text})"
            elif len(literals) > 1 and before.text not in ("(", ","):
                raise self.error(f"{token.name} has several values here: write = ${{{token.name}}} or in", token)
            lead = token.lead or (" " if made[-1].is_word("in", "not in") else "")
            made.append(_Token(lead, text, token.start))
        return made

    def alone(self, token: _Token) -> _Token:
        field, literals = self.variables[token.name].field, self.literals(token)
        if not field:
            raise self.error(f"{token.name} has no field of its own: write <field> = ${{{token.name}}}", token)
        value = f"= {literals[0]}" if len(literals) == 1 else f"in ({', '.join(literals)})"
        return _Token(token.lead, f"{field} {value}", token.start)

    def literals(self, token: _Token) -> list[str]:
        variable, values = self.variables[token.name], self.values[token.name]
        if variable.type == "text":
            return [quote(value) for value in values]
        for value in values:
            if not LITERALS[variable.type].fullmatch(value):
                raise self.error(f"{value!r} is no {variable.type}, as the variable {variable.name} takes", token)
        return list(values)

    def next_is(self, *words: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].is_word(*words)

    def take(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def error(self, problem: str, token: _Token) -> FilterError:
        return FilterError(problem, self.template, token.start)
