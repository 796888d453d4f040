"""Texts and vectors: found, explained by topics, and quiet when nothing changed."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from nervure.detect import drift
from nervure.detect.drift.vectors import cloud_of, cloud_tests
from nervure.evaluate.embeddings.embedder import static

ASKED = {
    "password": "how can I reset the password of my account {0}",
    "parcel": "where is my parcel, the delivery of order {0} is late",
    "refund": "please send the money back, the item of order {0} is broken",
    "weather": "will it rain in the mountains tomorrow or is it sunny {0}",
}


def questions(random: np.random.Generator, shares: dict[str, float], n: int = 300) -> list[str]:
    chosen = random.choice(list(shares), n, p=list(shares.values()))
    return [ASKED[one].format(random.integers(1000)) + " " + " ".join(random.choice(["thanks", "urgent", "again", "today", "please"], 2)) for one in chosen]  # fmt: skip


USUAL = {"password": 0.4, "parcel": 0.3, "refund": 0.3}


def test_a_topic_that_appeared_is_found_with_its_words_and_an_example() -> None:
    random = np.random.default_rng(1)
    reference, current = (
        questions(random, USUAL),
        questions(random, {"password": 0.4, "parcel": 0.3, "refund": 0.1, "weather": 0.2}),
    )
    column = drift({"q": reference}, {"q": current}).columns[0]
    assert (column.kind, column.verdict) == ("text", "drift")
    moved = {topic["change"]: topic for topic in column.details["topics"] if topic["change"] != "steady"}
    assert {"rain", "sunny", "mountains"} & set(moved["appeared"]["terms"])
    assert "rain" in moved["appeared"]["examples"][0]
    assert moved["appeared"]["low"] > 0.02
    assert {"refund", "money", "broken", "item"} & set(moved["shrank"]["terms"])


def test_the_same_questions_are_no_drift() -> None:
    random = np.random.default_rng(2)
    column = drift({"q": questions(random, USUAL)}, {"q": questions(random, USUAL)}).columns[0]
    assert column.verdict == "stable"
    assert column.details["embedder"] == "wordllama-l2-256"
    assert all(topic["change"] == "steady" for topic in column.details["topics"])


def mixture(random: np.random.Generator, centres: np.ndarray, share: float, n: int = 400) -> np.ndarray:
    topic = np.where(random.random(n) < share, len(centres) - 1, random.integers(0, len(centres) - 1, n))
    return (centres[topic] + random.normal(size=(n, centres.shape[1]))).astype(np.float32)


def test_a_tenth_of_another_topic_is_seen_in_vectors_and_nothing_is_not() -> None:
    random = np.random.default_rng(3)
    centres = random.normal(size=(6, 64)) * 0.9
    seen = [cloud_tests(cloud_of(mixture(random, centres, 0), mixture(random, centres, 0.1)), True).p for _ in range(2)]
    quiet = [cloud_tests(cloud_of(mixture(random, centres, 0), mixture(random, centres, 0)), True).p for _ in range(4)]
    assert max(seen) < 0.05
    assert sum(p < 0.05 for p in quiet) <= 2


def test_topics_of_vectors_are_told_in_the_texts_beside_them_or_by_rows() -> None:
    random = np.random.default_rng(5)
    asked = questions(random, USUAL), questions(random, {"password": 0.4, "parcel": 0.3, "refund": 0.1, "weather": 0.2})
    notes = [
        ["an unrelated remark of a person about nothing in particular " + str(n) for n in range(len(one))]
        for one in asked
    ]
    tables = [
        {"note": note, "prompt": one, "prompt_embedding": static().embed(one)}
        for note, one in zip(notes, asked, strict=True)
    ]  # fmt: skip
    column = next(one for one in drift(*tables).columns if one.kind == "embedding")
    assert column.details["texts_of"] == "prompt"
    appeared = next(one for one in column.details["topics"] if one["change"] == "appeared")
    assert {"rain", "sunny", "mountains"} & set(appeared["terms"])
    assert "rain" in appeared["examples"][0]
    alone = drift(*({"v": table["prompt_embedding"]} for table in tables)).columns[0]
    appeared = next(one for one in alone.details["topics"] if one["change"] == "appeared")
    assert all("rain" in asked[1][row] for row in appeared["examples"])
    assert "texts_of" not in alone.details


def test_a_table_without_rows_is_too_little_and_no_failure() -> None:
    full = pa.table(
        {
            "s": ["a", "b"] * 50,
            "f": [0.5] * 100,
            "when": [datetime(2026, 1, 1, tzinfo=UTC)] * 100,
            "v": [[1.0, 2.0]] * 100,
        }
    )
    for tables in ((full, full.slice(0, 0)), (full.slice(0, 0), full), (full.slice(0, 0), full.slice(0, 0))):
        assert drift(*tables).verdict in ("not enough data", "not compared")


def test_vectors_come_as_lists_texts_arrays_or_numbered_columns() -> None:
    random = np.random.default_rng(4)
    one, other = random.normal(size=(200, 16)), random.normal(0.5, 1, (200, 16))
    as_lists = drift({"v": one.tolist()}, {"v": other.tolist()})
    as_texts = drift(
        {"v": [str(list(map(float, row))) for row in one]}, {"v": [str(list(map(float, row))) for row in other]}
    )
    as_arrays = drift({"v": one}, {"v": other})
    as_columns = drift(*({f"emb_{i}": side[:, i] for i in range(16)} for side in (one, other)))
    for found in (as_lists, as_texts, as_arrays, as_columns):
        assert [(column.kind, column.verdict) for column in found.columns] == [("embedding", "drift")]
    assert as_columns.columns[0].name == "emb"


def test_another_dimension_is_said_to_be_another_model() -> None:
    random = np.random.default_rng(5)
    column = drift({"v": random.normal(size=(50, 8))}, {"v": random.normal(size=(50, 12))}).columns[0]
    assert column.verdict == "drift"
    assert "another model" in column.reason
