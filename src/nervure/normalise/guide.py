"""The dialects as a page for people: which there are, how each is told, what each gives. Made from the registry."""

import importlib
import inspect
from collections.abc import Iterable

from nervure.normalise import conventions as folder
from nervure.normalise.convention import Convention
from nervure.normalise.plan import split

BEGIN, END = "<!-- dialects: generated from the registry -->", "<!-- end of dialects -->"


def dialects_of(conventions: Iterable[Convention]) -> str:
    """Markdown: a table of dialects in the order they are asked, then the keys behind each field."""
    listed = sorted(conventions, key=lambda convention: (convention.order, convention.name))
    lines = ["| order | dialect | what it is | told by |", "| ---: | --- | --- | --- |"]
    for convention in listed:
        lines.append(
            f"| {convention.order} | [`{convention.name}`](#{convention.name}) | {_purpose(convention)} "
            f"| {_first_line(convention.speaks)} |"
        )
    for convention in listed:
        lines.extend(["", f"### {convention.name}", "", *_fields(convention)])
    return "\n".join(lines)


def page_with(text: str, conventions: Iterable[Convention]) -> str:
    """The page with its generated part made anew. Raises ValueError when the marks around that part are missing."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page needs the lines {BEGIN} and {END}")
    return f"{head}{BEGIN}\n\n{dialects_of(conventions)}\n\n{END}{tail}"


def _fields(convention: Convention) -> list[str]:
    lines = ["| field | keys, first usable one wins |", "| --- | --- |"]
    for rule in convention.rules:
        keys = " · ".join(f"`{key}`" for key in rule.keys)
        field, name = split(rule.field)
        lines.append(f"| `{field}.{name}` | {keys} |" if name else f"| `{field}` | {keys} |")
    if convention.read is not None:
        lines.extend(["", f"And by function: {_first_line(convention.read)}"])
    if convention.read_log is not None:
        lines.extend(["", f"From log records: {_first_line(convention.read_log)}"])
    return lines


def _purpose(convention: Convention) -> str:
    module = importlib.import_module(convention.speaks.__module__)
    inside = module.__name__.startswith(folder.__name__)
    return _cell(inspect.getdoc(module) or "") if inside else "from another package"


def _first_line(function: object) -> str:
    return _cell(inspect.getdoc(function) or "")


def _cell(text: str) -> str:
    return text.partition("\n")[0].replace("|", "\\|")
