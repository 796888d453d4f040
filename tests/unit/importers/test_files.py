"""Export files: the same spans as a server of the product gives."""

import csv
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from nervure.base.errors import BadInput
from nervure.importers.files import rows_of
from nervure.importers.importer import (
    Asked,
    Found,
    FoundItem,
    FoundPrompt,
    FoundScore,
    FoundSpan,
    Importer,
    Misfit,
    Noun,
)
from nervure.importers.products.langfuse import IMPORTER as LANGFUSE
from nervure.importers.products.langsmith import IMPORTER as LANGSMITH
from nervure.importers.products.mlflow import IMPORTER as MLFLOW
from nervure.importers.products.opik import IMPORTER as OPIK
from nervure.importers.products.phoenix import IMPORTER as PHOENIX
from tests.unit.importers import fake_langfuse, fake_langsmith, fake_opik
from tests.unit.importers.fakes import serving

Rows = Sequence[dict[str, Any]]
RUN = "01a1f99f-e1aa-7dc5-acd2-7cd1aa0031b0"


def as_lines(path: Path, rows: Rows) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def as_list(path: Path, rows: Rows) -> Path:
    path.write_text(json.dumps(rows, indent=1))
    return path


def as_zipped(path: Path, rows: Rows) -> Path:
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    return path


def as_csv(path: Path, rows: Rows) -> Path:
    """Objects and lists as JSON in a cell."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, sorted({key for row in rows for key in row}))
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {key: json.dumps(held) if isinstance(held, dict | list) else held for key, held in row.items()}
            )
    return path


def as_parquet(path: Path, rows: Rows) -> Path:
    """Objects and lists as JSON in a column of text."""
    plain = [
        {key: json.dumps(held) if isinstance(held, dict | list) else held for key, held in row.items()} for row in rows
    ]
    parquet.write_table(pyarrow.Table.from_pylist(plain), path)
    return path


def spans(importer: Importer, *files: Path, noun: Any = "traces", **asked: Any) -> dict[tuple[str, str], Any]:
    source = importer.open(Asked(files=files, **asked))
    found = [one for page in source.read(noun, None) for one in page.found]
    source.close()
    assert not [one for one in found if isinstance(one, Misfit)]
    return {(one.span.trace_id, one.span.span_id): one.span for one in found if isinstance(one, FoundSpan)}


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (as_lines, "a.jsonl"),
        (as_list, "a.json"),
        (as_zipped, "a.ndjson.gz"),
        (as_csv, "a.csv"),
        (as_parquet, "a.parquet"),
    ],
)
def test_rows_are_the_same_in_every_form(tmp_path: Path, write: Any, name: str) -> None:
    rows = [{"id": "1", "metadata": {"a": [1, 2]}}, {"id": "2", "metadata": {"a": []}}]
    told = list(rows_of(write(tmp_path / name, rows)))
    if name.endswith("parquet"):
        told = [{**row, "metadata": json.loads(row["metadata"])} for row in told]
    assert told == rows


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", b"x", "none of the endings"),
        ("a.jsonl", b'{"id": 1}\n{"id": \n', "line 2 is not JSON"),
        ("a.jsonl", b'{"id": 1}\n[1]\n', "line 2 is a list"),
        ("a.json", b"[1, ", "neither JSON nor JSON lines"),
        ("a.jsonl", b"\xff\xfe\x00", "cannot be read"),
        ("a.csv.gz", b"no gzip", "cannot be read"),
        ("a.parquet", b"PAR1 and then nothing", "cannot be read as Parquet"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_told_in_words(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=words):
        list(rows_of(tmp_path / name))


def test_langfuse_files_say_the_same_as_its_server(tmp_path: Path) -> None:
    observations = as_csv(
        tmp_path / "observations.csv", [{**one, "version": "v2"} for one in fake_langfuse.observations()]
    )
    traces = as_lines(tmp_path / "traces.jsonl", fake_langfuse.traces())
    with serving(fake_langfuse.langfuse(is_new=False)) as fake:
        given = {"credentials": {"public-key": "pk-1", "secret-key": "sk-1"}, "media": False}
        source = LANGFUSE.open(Asked(url=fake.url, **given))  # type: ignore[arg-type]
        told = [one.span for page in source.read("traces", None) for one in page.found if isinstance(one, FoundSpan)]
        source.close()
    found = spans(LANGFUSE, observations, traces)
    assert found.keys() == {(span.trace_id, span.span_id) for span in told}
    for span in told:
        own = found[span.trace_id, span.span_id]
        assert (own.name, own.parent_id, own.start_ns, own.end_ns) == (
            span.name,
            span.parent_id,
            span.start_ns,
            span.end_ns,
        )
        for key in ("session.id", "user.id", "langfuse.observation.type", "langfuse.observation.usage_details"):
            assert own.attributes.get(key) == span.attributes.get(key), key


def test_langfuse_scores_in_a_file_are_scores(tmp_path: Path) -> None:
    file = as_csv(tmp_path / "scores.csv", fake_langfuse.scores_of_3())
    source = LANGFUSE.open(Asked(files=(file,)))
    found = [one.score for page in source.read("scores", None) for one in page.found if isinstance(one, FoundScore)]
    source.close()
    assert [(one.name, one.data_type, one.value, one.label, one.source) for one in found[3:6]] == [
        ("helpful", "numeric", 0.2, "", "human"), ("tone", "categorical", None, "kind", "judge"),
        ("safe", "boolean", 1.0, "", "code"),
    ]  # fmt: skip


def test_a_file_that_is_not_langfuses_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="its columns are a, b"):
        LANGFUSE.open(Asked(files=(as_lines(tmp_path / "a.jsonl", [{"a": 1, "b": 2}, {"a": 1, "b": 2}]),)))


def test_langsmiths_bulk_export_says_the_same_as_its_server(tmp_path: Path) -> None:
    file = as_parquet(tmp_path / "runs.parquet", fake_langsmith.runs())
    found = spans(LANGSMITH, file)
    with serving(fake_langsmith.langsmith) as fake:
        source = LANGSMITH.open(Asked(url=fake.url, credentials={"source-key": "ls-1"}, media=False))
        told = [one.span for page in source.read("traces", None) for one in page.found if isinstance(one, FoundSpan)]
        source.close()
    assert len(found) == len(told) == 47
    for span in told:
        own = found[span.trace_id, span.span_id]
        named = {key: held for key, held in span.attributes.items() if key != "langsmith.trace.session_name"}
        assert own.attributes == named
        assert (own.parent_id, own.start_ns, own.end_ns, own.status_code) == (
            span.parent_id, span.start_ns, span.end_ns, span.status_code,
        )  # fmt: skip


def test_only_what_lies_in_the_range_is_taken_of_a_file(tmp_path: Path) -> None:
    file = as_lines(tmp_path / "runs.jsonl", fake_langsmith.runs())
    noon = 1_795_168_800 * 10**9
    assert (
        len({trace for trace, _ in spans(LANGSMITH, file, since_ns=noon + 50 * 10**9, until_ns=noon + 70 * 10**9)}) == 2
    )


def test_opik_files_hold_traces_and_spans(tmp_path: Path) -> None:
    traces = as_list(tmp_path / "traces.json", fake_opik.traces())
    file = as_csv(tmp_path / "spans.csv", fake_opik.spans())
    found = spans(OPIK, traces, file)
    assert len(found) == 538
    assert len({trace for trace, _ in found}) == 180


def test_mlflow_traces_of_all_forms_are_read(tmp_path: Path) -> None:
    new = {
        "info": {
            "trace_id": "tr-" + "a" * 32, "request_time": "2026-11-20T10:00:00Z", "execution_duration_ms": 5, "state": "OK",
            "trace_metadata": {"mlflow.trace.session": "s1"}, "tags": {"tier": "gold"},
            "assessments": [{"assessment_id": "a-1", "assessment_name": "ok", "feedback": {"value": True},
                             "source": {"source_type": "HUMAN", "source_id": "ann"}, "create_time": "2026-11-20T10:00:01Z"}],
        },
        "data": {"spans": [{
            "trace_id": "qqqqqqqqqqqqqqqqqqqqqg==", "span_id": "fFulnBJfBtE=", "parent_span_id": None, "name": "chat",
            "start_time_unix_nano": 1795168800000000000, "end_time_unix_nano": 1795168801000000000,
            "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.spanType": '"AGENT"'}, "events": [],
        }]},
    }  # fmt: skip
    older = {
        "request_id": "f" * 32, "timestamp_ms": 1795168800000, "execution_time_ms": 1500, "status": "OK", "tags": {},
        "spans": [{"name": "old", "context": {"trace_id": "0x" + "1" * 32, "span_id": "0x" + "2" * 16}, "parent_id": None,
                   "start_time": 1795168800000000000, "end_time": 1795168801000000000, "status_code": "OK",
                   "status_message": "", "attributes": {"mlflow.spanType": '"LLM"'}, "events": []}],
    }  # fmt: skip
    bare = {
        "trace_id": "tr-" + "c" * 32, "request_time": 1795168800000, "execution_duration": 1500, "state": "ERROR",
        "request_preview": "hello", "spans": [], "tags": {"mlflow.traceName": "gone"},
    }  # fmt: skip
    file = as_lines(tmp_path / "traces.jsonl", [new, older, bare])
    found = {span.name: span for span in spans(MLFLOW, file).values()}
    assert (found["chat"].trace_id, found["chat"].span_id) == ("a" * 32, "7c5ba59c125f06d1")
    assert found["chat"].attributes["mlflow.trace.session"] == "s1"
    assert found["chat"].attributes["mlflow.traceTag.tier"] == "gold"
    assert (found["old"].span_id, found["old"].status_code) == ("2" * 16, 1)
    gone = found["gone"]
    assert (gone.end_ns - gone.start_ns, gone.status_code) == (1_500_000_000, 2)
    assert gone.attributes["mlflow.spanInputs"] == "hello"
    source = MLFLOW.open(Asked(files=(file,)))
    scores = [one.score for page in source.read("scores", None) for one in page.found if isinstance(one, FoundScore)]
    assert [(one.name, one.value, one.trace_id, one.author) for one in scores] == [("ok", 1.0, "a" * 32, "ann")]


def test_phoenix_spans_of_a_dataframe_are_as_they_were_sent(tmp_path: Path) -> None:
    row = {
        "name": "answer", "span_kind": "LLM", "parent_id": None, "start_time": "2026-11-20 10:00:00.123456+00:00",
        "end_time": "2026-11-20 10:00:01+00:00", "status_code": "OK", "status_message": "", "events": [],
        "context.trace_id": "a" * 32, "context.span_id": "b" * 16, "attributes.llm.model_name": "gpt-4o-mini",
        "attributes.llm.input_messages": [{"message.role": "user", "message.content": "hi"}],
        "attributes.metadata": {"tier": "gold", "plan": {"seats": 3}}, "attributes.llm.token_count.prompt": 7,
        "attributes.retrieval.documents": [{"document.content": "30 days", "document.metadata": {"page": 4}}],
    }  # fmt: skip
    file = tmp_path / "spans.parquet"
    parquet.write_table(pyarrow.Table.from_pylist([row]), file)
    (span,) = spans(PHOENIX, file).values()
    assert span.attributes == {
        "openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-mini", "llm.token_count.prompt": 7,
        "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "hi",
        "retrieval.documents.0.document.content": "30 days",
        "retrieval.documents.0.document.metadata": '{"page": 4}', "metadata": '{"tier": "gold", "plan": {"seats": 3}}',
    }  # fmt: skip
    assert (span.start_ns, span.status_code) == (1_795_168_800_123_456_000, 1)


def test_phoenix_annotations_and_evaluations_of_files_are_scores(tmp_path: Path) -> None:
    span = {"context": {"trace_id": "a" * 32, "span_id": "b" * 16}, "start_time": "2026-11-20T10:00:00Z", "name": "x"}
    told = {"annotator_kind": "HUMAN", "created_at": "2026-11-20T11:00:00Z"}
    rest = as_lines(
        tmp_path / "rest.jsonl",
        [
            {
                **told,
                "id": "1",
                "name": "good",
                "span_id": "b" * 16,
                "result": {"score": 0.5, "label": None},
                "identifier": "i",
            },
            {**told, "id": "2", "name": "solved", "session_id": "s", "result": {"label": "yes"}},
            {**told, "id": "3", "name": "lost", "result": {"label": "yes"}},
        ],
    )
    frame = tmp_path / "frame.parquet"
    row = {
        "span_id": "b" * 16,
        "annotation_name": "tone",
        "annotator_kind": "CODE",
        "result.score": float("nan"),
        "result.label": "calm",
        "id": "4",
        "metadata": {"by": "job"},
    }
    parquet.write_table(pyarrow.Table.from_pylist([row]), frame)
    saved = tmp_path / "evaluations.parquet"
    note = {b"arize": b'{"eval_id": "e1", "eval_name": "relevance", "eval_type": "DocumentEvaluations"}'}
    rows = [{"context.span_id": "b" * 16, "document_position": place, "score": place / 2} for place in range(2)]
    parquet.write_table(pyarrow.Table.from_pylist(rows).replace_schema_metadata(note), saved)
    source = PHOENIX.open(Asked(files=(as_lines(tmp_path / "spans.jsonl", [span]), rest, frame, saved)))
    assert source.nouns == ("traces", "scores")
    found = [one for page in source.read("scores", None) for one in page.found]
    assert [one.reason for one in found if isinstance(one, Misfit)] == [
        "a row without span_id, trace_id or session_id is no annotation"
    ]
    scores = [one.score for one in found if isinstance(one, FoundScore)]
    assert [(one.id, one.name, one.target_type, one.value, one.label, one.trace_id) for one in scores] == [
        ("phoenix:1", "good", "span", 0.5, "", "a" * 32),
        ("phoenix:2", "solved", "session", None, "yes", ""),
        ("phoenix:4", "tone", "span", None, "calm", "a" * 32),
        (f"phoenix:e1/{'b' * 16}/0", "relevance", "span", 0.0, "", "a" * 32),
        (f"phoenix:e1/{'b' * 16}/1", "relevance", "span", 0.5, "", "a" * 32),
    ]
    assert [one.metadata for one in scores if one.metadata] == [
        {"phoenix.identifier": "i"},
        {"by": "job"},
        {"phoenix.document_position": 0},
        {"phoenix.document_position": 1},
    ]
    # From the middle it goes on where it was.
    assert len([one for page in source.read("scores", [2, 1]) for one in page.found]) == 1
    source.close()
    assert PHOENIX.open(Asked(files=(tmp_path / "spans.jsonl",))).nouns == ("traces",)


def test_langsmith_feedback_of_files_is_scores(tmp_path: Path) -> None:
    runs = as_lines(tmp_path / "runs.jsonl", [{"id": RUN, "start_time": "2026-11-20T10:00:00Z", "name": "x"}])
    feedback = as_lines(
        tmp_path / "feedback.jsonl",
        [
            {"id": "f1", "key": "good", "run_id": RUN, "trace_id": RUN, "score": 1, "comment": "yes"},
            {"id": "f2", "key": "", "run_id": RUN, "score": 1},
        ],
    )
    source = LANGSMITH.open(Asked(files=(runs, feedback)))
    good, lost = (one for page in source.read("scores", None) for one in page.found)
    assert isinstance(good, FoundScore)
    assert (good.score.name, good.score.value, good.score.explanation) == ("good", 1.0, "yes")
    assert isinstance(lost, Misfit)
    assert [type(one) for page in source.read("traces", None) for one in page.found] == [FoundSpan]


def test_a_file_of_langsmiths_examples_is_a_dataset(tmp_path: Path) -> None:
    rows = [
        {"id": RUN, "inputs": {"q": 1}, "outputs": {"a": 2}, "metadata": {"dataset_split": ["test"], "by": "ann"}},
        {"inputs": {"q": 2}, "outputs": None},
        {"inputs": {"q": 3}, "metadata": "odd"},
    ]
    source = LANGSMITH.open(Asked(files=(as_lines(tmp_path / "capitals.jsonl", rows),)))
    assert source.nouns == ("datasets",)
    there, first, second, odd = (one for page in source.read("datasets", None) for one in page.found)
    assert there == FoundItem("capitals", None)
    assert isinstance(first, FoundItem)
    assert (first.dataset, first.id, first.splits) == ("capitals", RUN, ["test"])
    assert first.content == {"input": {"q": 1}, "expected": {"a": 2}, "metadata": {"by": "ann"}}
    # The same rows again are the same items.
    assert isinstance(second, FoundItem)
    assert second in [one for page in source.read("datasets", [0, 1]) for one in page.found]
    assert len(second.id or "") == 32
    assert isinstance(odd, Misfit)


def test_phoenix_otlp_files_are_read(tmp_path: Path) -> None:
    span = {"traceId": "a" * 32, "spanId": "b" * 16, "name": "x", "startTimeUnixNano": "5", "endTimeUnixNano": "6"}
    file = as_lines(tmp_path / "a.jsonl", [{"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}] * 2)
    assert list(spans(PHOENIX, file)) == [("a" * 32, "b" * 16)]


def test_both_apis_of_langsmith_make_the_same_spans() -> None:
    told = []
    for answer in (fake_langsmith.langsmith, fake_langsmith.langsmith_2):
        with serving(answer) as fake:
            source = LANGSMITH.open(Asked(url=f"{fake.url}", credentials={"source-key": "ls-1"}))
            pages = [one for noun in ("traces", "runs") for page in source.read(noun, None) for one in page.found]  # type: ignore[arg-type]
            told.append(pages)
            source.close()
    assert len(told[0]) == 47 + 5
    assert told[0] == told[1]


def found_in(importer: Importer, noun: Noun, *files: Path) -> list[Found]:
    """What is found of a noun in files; read again from each place it may have stopped at it is the same."""
    source = importer.open(Asked(files=files))
    assert noun in source.nouns
    pages = list(source.read(noun, None))
    found = [one for page in pages for one in page.found]
    at = 0
    for page in pages:
        at += len(page.found)
        assert [one for later in source.read(noun, page.cursor) for one in later.found] == found[at:]
    source.close()
    return found


def test_langfuse_exports_hold_items_and_versions_of_prompts(tmp_path: Path) -> None:
    items = as_csv(tmp_path / "items.csv", fake_langfuse.ITEMS)
    with serving(fake_langfuse.langfuse(is_new=False)) as fake:
        source = LANGFUSE.open(Asked(url=fake.url, credentials={"public-key": "pk-1", "secret-key": "sk-1"}))
        told = {
            noun: [one for page in source.read(noun, None) for one in page.found] for noun in ("datasets", "prompts")
        }  # type: ignore[arg-type]
        source.close()
    assert found_in(LANGFUSE, "datasets", items) == [one for one in told["datasets"] if one.id is not None]  # type: ignore[union-attr]
    # Newest first, one as the API tells it and others as the webhook does: they come oldest first all the same.
    event = {"id": "e", "type": "prompt-version", "apiVersion": "v1", "action": "created"}
    newest_first = sorted(fake_langfuse.PROMPTS, key=lambda one: (one["name"], -one["version"]))
    one = as_lines(tmp_path / "api.jsonl", newest_first[:1])
    gone = {**event, "action": "deleted", "prompt": newest_first[0]}
    rest = as_lines(tmp_path / "events.jsonl", [*({**event, "prompt": held} for held in newest_first[1:]), gone])
    lost, *found = found_in(LANGFUSE, "prompts", one, rest)
    assert isinstance(lost, Misfit)
    assert found == told["prompts"]
    runs = as_lines(
        tmp_path / "runs.jsonl", [{"id": "1", "datasetItemId": "i", "traceId": "t", "datasetName": "d"}] * 2
    )
    with pytest.raises(BadInput, match="do not say their run"):
        LANGFUSE.open(Asked(files=(runs,)))


def test_opiks_own_export_holds_traces_datasets_and_prompts(tmp_path: Path) -> None:
    def written(name: str, document: dict[str, Any]) -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(document, indent=2))
        return path

    lone, whole = fake_opik.traces()[0], fake_opik.traces()[1]
    inner = [one for one in fake_opik.spans() if one["trace_id"] == whole["id"]]
    traces = [
        written(
            "trace_1.json", {"trace": {**lone, "span_count": 0}, "spans": [], "downloaded_at": "2026-11-20T10:00:00"}
        ),
        written("trace_2.json", {"trace": whole, "spans": inner, "project_name": "support"}),
    ]
    rows = as_list(tmp_path / "traces.json", [lone, whole]), as_csv(tmp_path / "spans.csv", inner)
    assert {
        (one.span.trace_id, one.span.span_id) for one in found_in(OPIK, "traces", *traces) if isinstance(one, FoundSpan)
    } == set(spans(OPIK, *rows))
    assert len(found_in(OPIK, "scores", *traces)) == len(found_in(OPIK, "scores", *rows)) > 0
    items = [{"input": {"q": 1}, "expected_output": "a"}, {"question": "q2", "expected_output": "b", "tags": ["x"]}]
    saved = written(
        "dataset_1.json", {"id": "d1", "name": "returns", "description": "About.", "tags": None, "items": items}
    )
    head, first, second = found_in(OPIK, "datasets", saved)
    assert head == FoundItem("returns", None, description="About.", dataset_id="d1")
    assert isinstance(first, FoundItem)
    assert isinstance(second, FoundItem)
    assert first.content == {"input": {"q": 1}, "expected": "a"}
    assert second.content == {"input": {"question": "q2", "tags": ["x"]}, "expected": "b"}
    assert len({first.id, second.id}) == 2
    of_experiment = written("dataset_2.json", {"dataset": {"name": "returns", "id": "d1"}, "items": items})
    assert found_in(OPIK, "datasets", of_experiment)[1:] == [first, second]
    versions = [
        {
            "prompt": text,
            "metadata": None,
            "type": "MUSTACHE",
            "commit": commit,
            "template_structure": "text",
            "tags": ["t"],
        }
        for commit, text in (("c2", "Answer {{q}} briefly."), ("c1", "Answer {{q}}."))
    ]
    prompt = written(
        "prompt_1.json", {"id": "p1", "name": "answer", "current_version": versions[0], "history": versions}
    )
    assert [(one.number, one.content, one.tags, one.config) for one in found_in(OPIK, "prompts", prompt)] == [  # type: ignore[union-attr]
        ("c1", "Answer {{q}}.", ["t"], {"template_type": "mustache"}),
        ("c2", "Answer {{q}} briefly.", ["t"], {"template_type": "mustache"}),
    ]
    with pytest.raises(BadInput, match="import runs from the server"):
        OPIK.open(
            Asked(files=(written("experiment_1.json", {"experiment": {"id": "e"}, "items": [{"trace_id": "t"}]}),))
        )


def test_mlflow_files_hold_datasets_and_prompts(tmp_path: Path) -> None:
    record = {
        "dataset_id": "d-1", "dataset_record_id": "dr-1", "inputs": {"q": 1}, "outputs": None, "expectations": {"a": 2},
        "tags": {"hard": "no"}, "source": {"source_type": "TRACE", "source_data": {"trace_id": "tr-" + "a" * 32}},
        "source_type": "TRACE", "source_id": "tr-" + "a" * 32, "created_time": 1,
    }  # fmt: skip
    whole = {"dataset_id": "d-1", "name": "returns", "digest": "x", "tags": '{"team": "a"}', "records": [record]}
    wrapped = tmp_path / "evaluation_dataset.json"
    wrapped.write_text(
        json.dumps({"system": {"package_version": "1"}, "mlflow": {"evaluation_dataset": whole}}, indent=2)
    )
    head, item = found_in(MLFLOW, "datasets", wrapped)
    assert head == FoundItem("returns", None, metadata={"team": "a"}, dataset_id="d-1")
    content = {"input": {"q": 1}, "expected": {"a": 2}, "metadata": {"hard": "no"}}
    assert item == FoundItem("returns", "dr-1", content, trace_id="a" * 32)
    # The same as to_dict tells it, and as rows of to_df in a file with the dataset's name.
    assert found_in(MLFLOW, "datasets", as_list(tmp_path / "saved.json", [whole])) == [head, item]
    rows = as_csv(tmp_path / "returns.csv", [record, {"inputs": {"q": 2}}, {"inputs": "no object"}])
    named, first, second, odd = found_in(MLFLOW, "datasets", rows)
    assert (named, first) == (FoundItem("returns", None), item)
    assert isinstance(second, FoundItem)
    assert len(second.id or "") == 32
    assert isinstance(odd, Misfit)
    files = []
    for version, template in (
        (10, [{"role": "user", "content": "{{q}}?"}]),
        (9, [{"role": "user", "content": "{{q}}"}]),
    ):
        said = {
            "name": "answer", "version": version, "template": template, "commit_message": f"change {version}",
            "tags": {"team": "a", "mlflow.prompt.is_prompt": "true"}, "creation_timestamp": 1_795_168_800_000,
        }  # fmt: skip
        folder = tmp_path / f"answer_v{version}"
        folder.mkdir()
        files.append(folder / "prompt.json")
        files[-1].write_text(json.dumps({"system": {}, "mlflow": {"prompt": said}}, indent=2))
    ninth, tenth = found_in(MLFLOW, "prompts", *files)
    assert isinstance(ninth, FoundPrompt)
    assert isinstance(tenth, FoundPrompt)
    assert (ninth.number, ninth.tags, ninth.message) == ("9", ["team:a"], "change 9")
    assert (tenth.number, tenth.created_ns) == ("10", 1_795_168_800 * 10**9)
    assert tenth.content == [{"role": "user", "content": "{{q}}?"}]


def test_phoenix_files_hold_datasets_and_prompts(tmp_path: Path) -> None:
    row = {
        "id": "e-1", "node_id": "RGF0YXNldEV4YW1wbGU6MQ==", "input": {"q": {"text": "a"}}, "output": {"a": "b"},
        "metadata": {"hard": "no"}, "splits": ["test"],
    }  # fmt: skip
    item = FoundItem(
        "returns",
        "e-1",
        {"input": row["input"], "expected": row["output"], "metadata": row["metadata"]},
        splits=("test",),
    )
    assert found_in(PHOENIX, "datasets", as_lines(tmp_path / "returns.jsonl", [row, {"id": "e-2", "input": 3}]))[:2] == [
        FoundItem("returns", None), item,
    ]  # fmt: skip
    flat = {
        "id": "e-1", "node_id": row["node_id"], "input.q.text": "a", "output.a": "b", "metadata.hard": "no",
        "splits": ["test"],
    }  # fmt: skip
    assert found_in(PHOENIX, "datasets", as_csv(tmp_path / "returns.csv", [flat])) == [FoundItem("returns", None), item]
    whole = {
        "id": "d1",
        "name": "returns",
        "description": "About.",
        "metadata": {},
        "version_id": "v",
        "examples": [row],
    }
    saved = tmp_path / "anything.json"
    saved.write_text(json.dumps(whole, indent=2))
    assert found_in(PHOENIX, "datasets", saved) == [
        FoundItem("returns", None, description="About.", dataset_id="d1"), item,
    ]  # fmt: skip
    versions = [
        {"id": identity, "template": {"type": "string", "template": text}, "template_type": "STR", "model_name": "m"}
        for identity, text in (("UHJvbXB0VmVyc2lvbjoxMA==", "briefly"), ("UHJvbXB0VmVyc2lvbjo5", "answer"))
    ]
    prompts = tmp_path / "answer.json"
    prompts.write_text(json.dumps({"data": versions, "next_cursor": None}))
    ninth, tenth = found_in(PHOENIX, "prompts", prompts)
    assert ninth == FoundPrompt(
        "answer", "UHJvbXB0VmVyc2lvbjo5", "answer", config={"model_name": "m"}, labels=[], message="version 1"
    )
    assert isinstance(tenth, FoundPrompt)
    assert (tenth.content, tenth.message) == ("briefly", "version 2")
