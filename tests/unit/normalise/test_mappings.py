"""A user's mapping file is a dialect; a wrong one says what to change."""

from pathlib import Path

import pytest

from nervure.base.errors import MappingError
from nervure.normalise.engine import Normaliser
from nervure.normalise.mappings import load_mappings, parse_mapping
from tests.unit.normalise.raws import RECEIVED_NS, raw_span

ACME = """
[mapping]
name = "acme"
order = 50
[mapping.when]
attributes = ["acme.*"]
scope = "acme-*"

[[rule]]
field = "kind"
keys = ["acme.type"]
values = { GEN = "llm", FIND = "retriever", "*" = "other" }

[[rule]]
field = "ttft_ns"
keys = ["acme.first_token_s"]
transform = "seconds"

[[rule]]
field = "params.temperature"
keys = ["acme.temp"]

[[rule]]
field = "metadata"
keys = ["acme.meta.*"]

[[rule]]
field = "request_model"
keys = ["acme.model", "resource:acme.model"]
transform = "lower"
"""


def test_a_mapping_reads_what_it_describes() -> None:
    normaliser = Normaliser(mappings=[parse_mapping(ACME, "acme.toml")])
    raw = raw_span(
        {"acme.type": "GEN", "acme.first_token_s": "0.5", "acme.temp": 0.2, "acme.meta.plan": "gold"},
        scope="acme-sdk",
        resource={"acme.model": "Big-1"},
    )
    span = normaliser.span(raw, "default", RECEIVED_NS)
    assert span is not None
    assert (span.convention, span.kind, span.ttft_ns, span.params, span.metadata, span.request_model) == (
        "acme", "llm", 500_000_000, {"temperature": 0.2}, {"plan": "gold"}, "big-1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("attributes", "scope"), [({"other": 1}, "acme-sdk"), ({"acme.type": "GEN"}, "else"), ({}, "acme-sdk")]
)
def test_all_conditions_must_hold(attributes: dict[str, object], scope: str) -> None:
    assert not parse_mapping(ACME, "acme.toml").speaks(raw_span(attributes, scope=scope))


def test_a_mapping_may_take_the_place_of_a_built_in_dialect() -> None:
    text = ACME.replace('name = "acme"', 'name = "openlit"')
    names = [convention.name for convention in Normaliser(mappings=[parse_mapping(text, "x.toml")]).conventions]
    assert names.count("openlit") == 1
    assert names[0] == "openlit"


HEAD = '[mapping]\nname = "a"\n[mapping.when]\nattributes = ["a.*"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("[[[", "x.toml is not valid TOML", id="no TOML"),
        pytest.param("", r"x.toml: begin with a \[mapping\] table", id="empty"),
        pytest.param('[mapping]\nname = "a"\n', "there is no rule", id="no rules"),
        pytest.param('[mapping]\nname = ""\n[[rule]]\n', "name must be text", id="no name"),
        pytest.param(
            '[mapping]\nname = "a"\n[[rule]]\nfield = "user"\nkeys = ["a"]', "say when", id="applies to nothing"
        ),
        pytest.param(HEAD + '[[rule]]\nfield = "usr"\nkeys = ["a"]', "rule 1: 'usr' .* mean 'user'", id="misspelt field"),
        pytest.param(HEAD + '[[rule]]\nfield = "user"', r"rule 1 \(user\): keys must be a list", id="no keys"),
        pytest.param(
            HEAD + '[[rule]]\nfield = "user"\nkeys = ["a"]\n[[rule]]\nfield = "team"\nkeys = ["a"]\ntransform = "lowr"',
            r"rule 2 \(team\): .*'lowr'; did you mean 'lower'",
            id="misspelt transform",
        ),
        pytest.param(
            HEAD + '[[rule]]\nfield = "kind"\nkeys = ["a"]\nvalues = { x = "lmm" }', "'lmm' is not a kind", id="no kind"
        ),
        pytest.param(HEAD + '[[rule]]\nfield = "user"\nkeys = ["a.*"]', "gathers many keys", id="star in a text field"),
        pytest.param(HEAD + '[[rule]]\nfield = "user"\nkey = "a"', "'key' means nothing .* mean 'keys'", id="misspelt key"),
        pytest.param(HEAD.replace("attributes", "atributes") + '[[rule]]\nfield = "user"\nkeys = ["a"]',
                     "'atributes' means nothing", id="misspelt condition"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_names_the_place_and_the_remedy(text: str, message: str) -> None:
    with pytest.raises(MappingError, match=message):
        parse_mapping(text, "x.toml")


def test_a_folder_of_mappings_is_read_by_name(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(ACME)
    (tmp_path / "a.toml").write_text(ACME.replace('"acme"', '"first"'))
    (tmp_path / "notes.txt").write_text("no mapping")
    assert [convention.name for convention in load_mappings(tmp_path)] == ["first", "acme"]
    with pytest.raises(MappingError, match="is not a folder"):
        load_mappings(tmp_path / "missing")
