"""Filters with variables, and dashboards that are checked before they are kept."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervure.base.errors import BadInput, FilterError, QueryError
from nervure.model.dashboard import DashboardSpec, Layout, Variable, Widget, WidgetQuery
from nervure.query.dashboards import check_dashboard, fill_query
from nervure.query.filter import Among, And, Compare, Ref, parse
from nervure.query.template import fill, fill_fields

from .conftest import NOW_NS

TABLE = json.loads(Path(__file__).with_name("template_cases.json").read_text(encoding="utf-8"))
VARIABLES = [Variable(**held) for held in TABLE["variables"]]
SERVICE = Variable("service", field="service", multi=True)


def named(case: dict[str, Any]) -> str:
    about: str = case["about"]
    return about


@pytest.mark.parametrize("case", TABLE["cases"], ids=named)
def test_variables_are_put_into_filters(case: dict[str, Any]) -> None:
    if "error" not in case:
        assert fill(case["template"], VARIABLES, case["values"]).text == case["filter"]
        return
    with pytest.raises(FilterError) as raised:
        fill(case["template"], VARIABLES, case["values"])
    assert case["error"] in raised.value.problem
    assert raised.value.position == case["position"]


VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(values=st.lists(VALUES, min_size=1, max_size=4))
def test_no_value_can_say_more_than_a_value(values: list[str]) -> None:
    filled = fill('kind = "llm" and service in ${service}', [SERVICE], {"service": values})
    assert parse(filled.text).root == And((Compare(Ref("kind"), "=", "llm"), Among(Ref("service"), tuple(values))))


@given(text=st.text(st.sampled_from(list("${service} and or not ()[],\"'\\= \n")), max_size=60))
def test_any_text_is_filled_or_refused_with_its_place(text: str) -> None:
    def place() -> int:
        try:
            return fill(text, [SERVICE], {"service": ["a", "b"]}).place(0)
        except FilterError as error:
            return error.position

    assert 0 <= place() <= len(text)


def test_fields_to_group_by_may_be_a_variable() -> None:
    assert fill_fields(["model", "${by}"], {"by": ["tenant", "model"]}) == ["model", "tenant"]
    assert fill_fields(["${by}"], {}) == []
    query = fill_query(
        {"measure": "count", "where": "${service}", "by": ["${by}"]},
        [SERVICE, Variable("by", options=["model"])],
        {"service": ["shop"], "by": ["model"]},
    )
    assert (query.where, query.by) == ('service = "shop"', ("model",))


def widget(where: str = "", **changed: Any) -> Widget:
    made = Widget(
        "w1", "timeseries", Layout(0, 0, 6, 6), "Calls", queries=[WidgetQuery({"measure": "count", "where": where})]
    )
    return replace(made, **changed)


def spec(*widgets: Widget) -> DashboardSpec:
    return DashboardSpec([SERVICE], list(widgets))


def test_a_mistake_in_a_filter_is_told_by_widget_and_place_in_what_was_written() -> None:
    where = '${service} and kind = "llm" and modle = "x"'
    with pytest.raises(FilterError) as raised:
        check_dashboard(spec(widget(where)), NOW_NS)
    assert raised.value.problem.startswith("widget 'Calls': there is no field modle: did you mean model?")
    assert (raised.value.text, raised.value.position) == (where, where.index("modle"))


def test_a_condition_with_a_variable_is_checked_though_nothing_is_chosen() -> None:
    with pytest.raises(FilterError) as raised:
        check_dashboard(spec(widget("cost > 1 and srvice = ${service}")), NOW_NS)
    assert raised.value.position == len("cost > 1 and ")
    check_dashboard(DashboardSpec([Variable("kind", field="kind")], [widget("${kind}")]), NOW_NS)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        pytest.param(spec(widget(), widget()), "two widgets have the id 'w1'", id="one id twice"),
        pytest.param(spec(widget(kind="text")), "a text asks nothing", id="a text with a query"),
        pytest.param(spec(widget(queries=[])), "it needs a query", id="a chart without a query"),
        pytest.param(spec(widget(layout=Layout(8, 0, 6, 6))), "x=8 y=0 w=6 h=6 lies outside", id="beyond the grid"),
        pytest.param(spec(widget(layout=Layout(0, 0, 6, 0))), "lies outside", id="without height"),
        pytest.param(spec(widget(id="a b")), "an id has", id="an id that is none"),
        pytest.param(spec(widget(title="x" * 300)), "its title has 300 characters", id="a long title"),
        pytest.param(
            spec(widget(kind="stat", queries=[WidgetQuery({"measure": "count"})] * 2)), "shows one query", id="two queries"
        ),
        pytest.param(spec(widget(queries=[WidgetQuery({"measure": "cuont"})])), "did you mean 'count'", id="no measure"),
        pytest.param(
            spec(widget(queries=[WidgetQuery({"measure": "count", "by": "${group}"})])), "does not exist", id="no group"
        ),
        pytest.param(DashboardSpec([Variable("a b", field="model")]), "a name is made of", id="a name that is none"),
        pytest.param(DashboardSpec([Variable("a")]), "give the field", id="a variable without values"),
        pytest.param(DashboardSpec([Variable("a", field="modle")]), "did you mean model", id="a field that is none"),
        pytest.param(
            DashboardSpec([Variable("a", field="cost", type="number", default=["x"])]), "is no number", id="a default"
        ),
        pytest.param(DashboardSpec([Variable("a", field="model", default=["x", "y"])]), "set multi", id="two defaults"),
        pytest.param(DashboardSpec([SERVICE, SERVICE]), "two variables have the name", id="one name twice"),
        pytest.param(spec(*[widget(id=f"w{n}") for n in range(61)]), "at most 60", id="too many widgets"),
    ],
)  # fmt: skip
def test_a_dashboard_that_cannot_be_shown_is_refused_in_words(wrong: DashboardSpec, words: str) -> None:
    with pytest.raises((BadInput, QueryError)) as raised:
        check_dashboard(wrong, NOW_NS)
    assert words in str(raised.value)


def test_options_to_group_by_must_all_be_fields() -> None:
    by = WidgetQuery({"measure": "count", "by": ["${group}"]})
    check_dashboard(DashboardSpec([Variable("group", options=["model", "tenant"])], [widget(queries=[by])]), NOW_NS)
    with pytest.raises(QueryError, match="widget 'Calls': 'colour'"):
        check_dashboard(DashboardSpec([Variable("group", options=["model", "colour"])], [widget(queries=[by])]), NOW_NS)
