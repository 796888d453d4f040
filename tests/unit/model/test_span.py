"""A span made of what was said about it is like one made by the constructor."""

from dataclasses import fields, replace

import pytest

from nervure.model.span import Span

SAID = {"trace_id": "t" * 32, "span_id": "s" * 16, "name": "chat", "start_ns": 5, "tags": ["a"]}


def made() -> Span:
    return Span.of(dict(SAID))


def test_what_was_not_said_has_the_default_of_the_constructor() -> None:
    assert made() == Span("t" * 32, "s" * 16, "chat", 5, tags=["a"])
    assert replace(made(), tags=[]) == Span("t" * 32, "s" * 16, "chat", 5)


@pytest.mark.parametrize("field", [field.name for field in fields(Span) if field.default_factory in (list, dict)])
def test_an_empty_default_is_shared_and_so_cannot_be_changed(field: str) -> None:
    span = Span.of({"trace_id": "t", "span_id": "s", "name": "n", "start_ns": 1})
    empty = getattr(span, field)
    change = empty.append if isinstance(empty, list) else empty.update
    with pytest.raises(TypeError, match="shared by all spans"):
        change({"mine": 1})
    assert not getattr(Span.of({}), field)
