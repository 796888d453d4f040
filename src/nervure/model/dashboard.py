"""A dashboard: widgets, each an answer to one or more Queries, and variables that narrow them all."""

from dataclasses import dataclass
from dataclasses import field as member
from typing import Any, ClassVar, Literal

WidgetKind = Literal["timeseries", "bar", "stat", "table", "heatmap", "text"]
VariableType = Literal["text", "number", "duration", "bool"]
# A member nobody knows is a mistake, not something to lose in silence.
STRICT = {"extra": "forbid"}
COLUMNS = 12


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice of who looks; stands in filters as ${name}.

    field: the field its values are of, and what ${name} alone compares. options: the values there are to choose from;
    without them they are asked for. type: how values are written into a filter. default: chosen at first; nothing
    chosen leaves conditions out. multi: whether several may be chosen.
    """

    __pydantic_config__: ClassVar[Any] = STRICT

    name: str
    label: str = ""
    field: str = ""
    type: VariableType = "text"
    options: list[str] = member(default_factory=list)
    default: list[str] = member(default_factory=list)
    multi: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Place on a grid of 12 columns: x from 0, y from 0 in rows of 40 px; w columns wide, h rows high."""

    __pydantic_config__: ClassVar[Any] = STRICT

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """From this value on (when "above") or down from it (when "below") a number needs attention."""

    __pydantic_config__: ClassVar[Any] = STRICT

    value: float
    level: Literal["warning", "critical"] = "warning"
    when: Literal["above", "below"] = "above"


@dataclass(frozen=True, slots=True)
class WidgetQuery:
    """query: a Query as JSON; where and by may hold ${variable}.

    Without from and to it is asked in the dashboard's range, without every a chart chooses the width of its points.
    label: names its series in the legend.
    """

    __pydantic_config__: ClassVar[Any] = STRICT

    query: dict[str, Any]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Widget:
    """id: unique in its dashboard. unit: written after numbers instead of the measure's own. text: Markdown, of a text.

    draw: how a timeseries is drawn; areas and bars are stacked. compare: whether a stat shows the change since the previous period.
    """

    __pydantic_config__: ClassVar[Any] = STRICT

    id: str
    kind: WidgetKind
    layout: Layout
    title: str = ""
    description: str = ""
    queries: list[WidgetQuery] = member(default_factory=list)
    text: str = ""
    unit: str = ""
    draw: Literal["line", "area", "bar"] = "line"
    compare: bool = True
    thresholds: list[Threshold] = member(default_factory=list)


@dataclass(frozen=True, slots=True)
class DashboardSpec:
    """What a dashboard shows."""

    __pydantic_config__: ClassVar[Any] = STRICT

    variables: list[Variable] = member(default_factory=list)
    widgets: list[Widget] = member(default_factory=list)


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Belongs to a project; a shipped one is in every project and cannot be changed. Times are ns since the epoch."""

    id: str
    project: str
    name: str
    description: str
    spec: DashboardSpec
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0
    is_shipped: bool = False
