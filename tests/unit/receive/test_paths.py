"""Which wire takes what at which path, and what the path says."""

import pytest

from nervure.base.plugins import discover
from nervure.decode import wires as folder
from nervure.decode.wire import Outcome, Wire
from nervure.model.raw import RawBatch
from nervure.receive.paths import Paths


def wire(name: str, *paths: str, methods: tuple[str, ...] = ("POST",)) -> Wire:
    return Wire(
        name=name,
        signal="traces",
        paths=paths,
        decode=lambda body, request, limits: RawBatch(),
        answer=lambda outcome, kind: str(Outcome).encode(),
        content_types=("application/json",),
        methods=methods,
    )


PATHS = Paths(
    [
        wire("traces", "/v1/traces"),
        wire("longer", "/api/x/v1/traces"),
        wire("runs", "/runs", "/runs/batch"),
        wire("run", "/runs/{run}", methods=("PATCH",)),
        wire("bulk", "/_bulk", "/{index}/_bulk", methods=("POST", "PUT")),
        wire("calls", "/v2/{entity}/{project}/calls/complete"),
        wire("scores", "/spans/feedback-scores", methods=("PUT",)),
        wire("span", "/spans/{id}", methods=("PATCH", "PUT")),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "name", "said"),
    [
        pytest.param("POST", "/v1/traces", "traces", {}, id="as it stands"),
        pytest.param("POST", "/any/prefix/v1/traces", "traces", {}, id="with a prefix"),
        pytest.param("POST", "/api/x/v1/traces", "longer", {}, id="the longer pattern"),
        pytest.param("POST", "/xv1/traces", "", {}, id="whole segments only"),
        pytest.param("POST", "/traces", "", {}, id="shorter than the pattern"),
        pytest.param("PATCH", "/runs/7f", "run", {"run": "7f"}, id="a name in the last place"),
        pytest.param("POST", "/runs/batch", "runs", {}, id="a word goes before a name"),
        pytest.param("PATCH", "/runs/batch", "run", {"run": "batch"}, id="the method decides"),
        pytest.param("POST", "/runs/7f", "", {}, id="a path of another method"),
        pytest.param("POST", "/_bulk", "bulk", {}, id="without the name"),
        pytest.param("PUT", "/logs/_bulk", "bulk", {"index": "logs"}, id="a name in the first place"),
        pytest.param("POST", "//_bulk", "bulk", {}, id="an empty segment is no name"),
        pytest.param("POST", "/p/v2/a/b/calls/complete", "calls", {"entity": "a", "project": "b"}, id="several names"),
        pytest.param("PUT", "/spans/feedback-scores", "scores", {}, id="a word before a name of the same method"),
        pytest.param("GET", "/runs/7f", "", {}, id="questions are for the API"),
        pytest.param("POST", "", "", {}, id="the root"),
    ],
)
def test_the_most_particular_path_of_a_wire_with_the_method_is_found(
    method: str, path: str, name: str, said: dict[str, str]
) -> None:
    found = PATHS.find(path, method)
    assert (found.wire.name if found else "", dict(found.said) if found else {}) == (name, said)
    assert found is None or found.pattern in found.wire.paths


def test_a_path_tells_the_methods_of_all_its_wires() -> None:
    methods, first = PATHS.methods("/runs/batch")
    assert (methods, first and first.name) == (["POST", "PATCH"], "runs")
    assert PATHS.methods("/nothing") == ([], None)


def test_every_wire_is_found_at_each_of_its_paths() -> None:
    wires = discover(folder, "WIRE").values()
    paths = Paths(wires)
    for one in wires:
        for path in one.paths:
            for method in one.methods:
                filled = path.replace("{", "a-").replace("}", "")
                found = paths.find("/prefix" + filled, method)
                assert found, path
                assert found.wire.name == one.name
