"""How numbers, tables and trees look in a terminal."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

KIND_COLOURS = {
    "llm": "cyan", "embedding": "blue", "retriever": "magenta", "reranker": "magenta", "tool": "yellow",
    "agent": "green", "workflow": "green", "guardrail": "red", "evaluator": "red",
}  # fmt: skip


def console() -> Console:
    """Where answers go: stdout, as wide as the terminal; 160 columns when it is a file or a pipe."""
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False)


def print_json(value: Any) -> None:
    """For programs: compact lines for lists, indented otherwise."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def money(usd: float | None) -> str:
    """$1,234.56; more digits for small amounts; a dash for unknown, which is not zero."""
    if usd is None:
        return "-"
    return f"${usd:,.2f}" if abs(usd) >= 1 or usd == 0 else f"${usd:.4g}"


def duration(ms: float | None) -> str:
    """1.2 ms, 3.4 s, 2 min 5 s."""
    if ms is None:
        return "-"
    if ms < 1000:
        return f"{ms:.1f} ms" if ms < 10 else f"{ms:.0f} ms"
    if ms < 120_000:
        return f"{ms / 1000:.2f} s"
    minutes, seconds = divmod(round(ms / 1000), 60)
    return f"{minutes} min {seconds} s"


def size(count: float) -> str:
    """Bytes in binary units."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:,.0f} {unit}" if unit == "B" else f"{count:,.1f} {unit}"
        count /= 1024
    return f"{count:,.1f} TiB"


def number(value: Any) -> str:
    """Counts with separators, fractions with five digits, a dash for nothing."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.5g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def when(text: str | None) -> str:
    """An ISO time in the local time zone, to the second."""
    if not text:
        return "-"
    # Python keeps six digits of a second; the API writes nine.
    whole, _, rest = text.partition(".")
    at = datetime.fromisoformat(f"{whole}.{rest.rstrip('Z')[:6]}+00:00" if rest else whole.replace("Z", "+00:00"))
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], right: Iterable[str] = ()) -> Table:
    """A table; columns named in `right` are aligned there."""
    made, aligned = Table(box=None, header_style="bold", pad_edge=False), set(right)
    for column in columns:
        made.add_column(column, justify="right" if column in aligned else "left", overflow="ellipsis")
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    return made


def print_items(
    items: Any,
    as_json: bool,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    empty: str,
    right: Iterable[str] = (),
) -> None:
    """What a list answered: as it is for programs, as a table for people, and `empty` in words when there is nothing."""
    if as_json:
        print_json(items)
        return
    listed = list(rows)
    console().print(table(columns, listed, right) if listed else empty)


def trace_tree(trace: Mapping[str, Any]) -> Tree:
    """The spans of a trace as a tree, in order of start; spans without a known parent stand at the top."""
    spans = sorted(trace.get("spans", []), key=lambda span: str(span.get("start") or ""))
    known = {span["span_id"] for span in spans}
    children: dict[str, list[Mapping[str, Any]]] = {}
    for span in spans:
        parent = span.get("parent_id") or ""
        children.setdefault(parent if parent in known and parent != span["span_id"] else "", []).append(span)
    root = Tree(Text(f"trace {trace.get('trace_id', '')}", style="bold"))
    # An explicit stack: traces may be deeper than Python's recursion limit.
    waiting = [(root, span) for span in reversed(children.get("", []))]
    while waiting:
        place, span = waiting.pop()
        branch = place.add(_line(span))
        waiting += [(branch, child) for child in reversed(children.get(span["span_id"], []))]
    return root


def _line(span: Mapping[str, Any]) -> Text:
    kind = str(span.get("kind") or "other")
    line = Text.assemble((f"{kind} ", KIND_COLOURS.get(kind, "dim")), (str(span.get("name") or ""), "bold"))
    model = span.get("model") or span.get("response_model") or span.get("request_model")
    facts = [str(model)] if model and str(model) not in str(span.get("name")) else []
    facts.append(duration(span.get("duration_ms")))
    if span.get("input_tokens") is not None or span.get("output_tokens") is not None:
        facts.append(f"{number(span.get('input_tokens'))} + {number(span.get('output_tokens'))} tokens")
    if span.get("cost_total") is not None:
        facts.append(money(span["cost_total"]))
    elif span.get("cost_source") == "unpriced":
        facts.append("unpriced")
    line.append(f"  {', '.join(facts)}", style="dim")
    if span.get("status") == "error":
        line.append(
            f"  {span.get('error_type') or 'error'}: {span.get('status_message') or ''}".rstrip(": "), style="red"
        )
    return line
