"""`@nervure.observe`: a span around a function, with its arguments and its result."""

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, overload

from opentelemetry import trace
from opentelemetry.trace import Span, Status, StatusCode

import nervure
from nervure.base.errors import BadInput
from nervure.client import attributes
from nervure.client.setup import setup_in_force
from nervure.model.span import KINDS, Kind

Function = TypeVar("Function", bound=Callable[..., Any])
# Items of a stream that are kept to show what came out; the rest is only counted.
MAX_ITEMS = 10_000


@overload
def observe(function: Function) -> Function: ...
@overload
def observe(
    *, kind: Kind = "other", name: str | None = None, capture_input: bool = True, capture_output: bool = True
) -> Callable[[Function], Function]: ...
def observe(
    function: Callable[..., Any] | None = None,
    *,
    kind: Kind = "other",
    name: str | None = None,
    capture_input: bool = True,
    capture_output: bool = True,
) -> Any:
    """Traces calls of a function, coroutine function, generator or asynchronous generator.

    kind: what it is (agent, workflow, tool, retriever, ...). name: of the span; the function's own by default.
    Arguments and result are recorded unless turned off here or by `init(capture_content=False)`. An exception marks
    the span as failed and goes on. Works before `init()` too: without it nothing is recorded.
    """
    if kind not in KINDS:
        raise BadInput(f"observe(kind={kind!r}) is not a kind: choose one of {', '.join(KINDS)}")

    def decorate(inner: Callable[..., Any]) -> Callable[..., Any]:
        return _wrap(inner, _Watch(inner, kind, name or inner.__name__, capture_input, capture_output))

    return decorate(function) if function is not None else decorate


class _Watch:
    """What is recorded of one function."""

    def __init__(self, function: Callable[..., Any], kind: Kind, name: str, has_input: bool, has_output: bool) -> None:
        self._kind, self._name = kind, name
        self._has_input, self._has_output = has_input, has_output
        self._signature = inspect.signature(function)

    def begin(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Span:
        """A started span. Its end is the caller's business."""
        span = trace.get_tracer("nervure", nervure.__version__).start_span(self._name)
        if not span.is_recording():
            return span
        span.set_attribute(attributes.KIND, self._kind)
        operation = attributes.OPERATIONS.get(self._kind)
        if operation:
            span.set_attribute(attributes.OPERATION, operation)
        if self._kind in ("tool", "agent", "workflow"):
            span.set_attribute(f"gen_ai.{self._kind}.name", self._name)
        if self._has_input and setup_in_force().captures_content:
            self._record_input(span, args, kwargs)
        return span

    def end(self, span: Span, value: Any) -> None:
        """Records what came out and ends the span, unless an exception has ended it already."""
        if not span.is_recording():
            return
        if self._has_output and setup_in_force().captures_content and value is not None:
            key = {"tool": "gen_ai.tool.call.result", "retriever": "gen_ai.retrieval.documents"}.get(self._kind)
            span.set_attribute(key or attributes.OUTPUT, attributes.as_text(value))
        span.end()

    @contextmanager
    def active(self, span: Span) -> Iterator[None]:
        """The span is the current one inside; an exception marks it as failed and ends it."""
        try:
            with trace.use_span(span, end_on_exit=False, record_exception=False, set_status_on_exception=False):
                yield
        except (StopIteration, StopAsyncIteration, GeneratorExit):
            raise
        except BaseException as error:
            span.record_exception(error)
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(Status(StatusCode.ERROR, str(error)))
            span.end()
            raise

    def _record_input(self, span: Span, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        try:
            bound = dict(self._signature.bind(*args, **kwargs).arguments)
        except TypeError:
            # The call is about to fail by itself, with the message Python has for it.
            return
        bound = {name: value for name, value in bound.items() if name not in ("self", "cls")}
        if not bound:
            return
        # One argument of text is what was asked; several are shown with their names.
        only = next(iter(bound.values()))
        asked = only if len(bound) == 1 and isinstance(only, str) else bound
        if self._kind == "tool":
            span.set_attribute("gen_ai.tool.call.arguments", attributes.as_text(bound))
        elif self._kind == "retriever" and isinstance(only, str):
            span.set_attribute("gen_ai.retrieval.query.text", only)
        else:
            span.set_attribute(attributes.INPUT, attributes.as_text(asked))


def _wrap(function: Callable[..., Any], watch: _Watch) -> Callable[..., Any]:
    if inspect.isasyncgenfunction(function):
        return _wrap_async_generator(function, watch)
    if inspect.isgeneratorfunction(function):
        return _wrap_generator(function, watch)
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            span = watch.begin(args, kwargs)
            with watch.active(span):
                value = await function(*args, **kwargs)
            watch.end(span, value)
            return value

        return awaited

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        span = watch.begin(args, kwargs)
        with watch.active(span):
            value = function(*args, **kwargs)
        watch.end(span, value)
        return value

    return called


def _wrap_generator(function: Callable[..., Any], watch: _Watch) -> Callable[..., Any]:
    # The span is current only while the generator runs: between two items the caller's own span is.
    @functools.wraps(function)
    def streamed(*args: Any, **kwargs: Any) -> Generator[Any, None, Any]:
        span, kept = watch.begin(args, kwargs), _Kept()
        items = function(*args, **kwargs)
        try:
            while True:
                with watch.active(span):
                    try:
                        item = next(items)
                    except StopIteration as end:
                        return end.value
                kept.add(span, item)
                yield item
        finally:
            items.close()
            watch.end(span, kept.value)

    return streamed


def _wrap_async_generator(function: Callable[..., Any], watch: _Watch) -> Callable[..., Any]:
    @functools.wraps(function)
    async def streamed(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        span, kept = watch.begin(args, kwargs), _Kept()
        items = function(*args, **kwargs)
        try:
            while True:
                with watch.active(span):
                    try:
                        item = await anext(items)
                    except StopAsyncIteration:
                        return
                kept.add(span, item)
                yield item
        finally:
            await items.aclose()
            watch.end(span, kept.value)

    return streamed


class _Kept:
    """Items of a stream; joined to one text if all are text."""

    def __init__(self) -> None:
        self._items: list[Any] = []

    def add(self, span: Span, item: Any) -> None:
        if not self._items:
            span.add_event("first item")
        if len(self._items) < MAX_ITEMS:
            self._items.append(item)

    @property
    def value(self) -> Any:
        if not self._items:
            return None
        return "".join(self._items) if all(isinstance(item, str) for item in self._items) else self._items
