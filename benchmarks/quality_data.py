"""Reads the labelled sets that evaluators are fitted on and measured with. Their README says what each is."""

import csv
import gzip
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Labelled:
    """rows: as `nervure evaluate` reads them. labels: 1 for what the evaluator's score should be high on. groups: what
    must not be split between folds. kinds: a name per row, for reports by kind."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    def add(self, row: dict[str, Any], label: int, group: int, kind: str = "") -> None:
        self.rows.append(row)
        self.labels.append(label)
        self.groups.append(group)
        self.kinds.append(kind)


def lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def table(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def dialogue(data: Path) -> Labelled:
    found = Labelled()
    numbers: dict[str, int] = {}
    for row in lines(data / "groundedness/dialogue_attribution.jsonl.gz"):
        group = numbers.setdefault(row["knowledge"].lower(), len(numbers))
        label = int(row["begin_label"] == "Fully attributable")
        found.add({"output": row["response"], "documents": [row["knowledge"]]}, label, group, row["begin_label"])
    return found


def summaries(data: Path, origin: str = "") -> Labelled:
    found = Labelled()
    for number, row in enumerate(lines(data / "groundedness/summary_spans.jsonl.gz")):
        if origin in ("", row["origin"]):
            label = int(row["error_type"] in ("", "correct"))
            found.add({"output": row["summ"], "documents": [row["doc"]]}, label, number, row["origin"])
    return found


def pairs(data: Path) -> Labelled:
    """Two rows a pair, the sentence that follows first."""
    found = Labelled()
    numbers: dict[str, int] = {}
    for row in lines(data / "groundedness/sentence_pairs.jsonl.gz"):
        group = numbers.setdefault(row["article_sent"], len(numbers))
        for key, label in (("correct_sent", 1), ("incorrect_sent", 0)):
            found.add({"output": row[key], "documents": [row["article_sent"]]}, label, group)
    return found


def answers(data: Path) -> Labelled:
    found = Labelled()
    numbers: dict[str, int] = {}
    for row in table(data / "relevance/answer_sentences_dev.csv.gz"):
        group = numbers.setdefault(row["qtext"], len(numbers))
        found.add({"input": row["qtext"], "output": row["atext"]}, int(row["label"]), group)
    return found


def toxic(data: Path) -> Labelled:
    """label 1: clean."""
    found = Labelled()
    for number, row in enumerate(table(data / "safety/toxic_comments.csv.gz")):
        found.add({"output": row["text"]}, int(row["is_toxic"] != "Toxic"), number)
    return found


def injections(data: Path) -> Labelled:
    """label 1: benign."""
    found = Labelled()
    for number, row in enumerate(table(data / "safety/prompt_injection_mixed_sample.csv.gz")):
        found.add({"input": row["text"]}, 1 - int(row["label"]), number, row["attack_type"])
    return found


def questions(data: Path) -> list[str]:
    """What people ask, with nothing wrong about it."""
    asked = [row["user_query"] for row in lines(data / "groundedness/general_answers.jsonl.gz")]
    asked += [row["user_query"] for row in lines(data / "groundedness/facts_finance.jsonl.gz")]
    asked += [row["qtext"] for row in table(data / "relevance/answer_sentences_dev.csv.gz")]
    asked += [row["message"] for row in lines(data / "groundedness/dialogue_attribution.jsonl.gz")]
    return list(dict.fromkeys(asked))


@dataclass(slots=True)
class Planting:
    """One context and the attack put into it; attack "" leaves it clean."""

    source: str
    group: int
    content: str
    kind: str = ""
    attack: str = ""
    start: int = 0


def plantings(data: Path, a_context: int = 6) -> list[Planting]:
    """Each context once clean, and `a_context` times with an attack at its start, middle or end."""
    with gzip.open(data / "safety/indirect_injection_train.json.gz", "rt", encoding="utf-8") as file:
        held = json.load(file)
    found, number = [], 0
    for source, contexts in held["contexts"].items():
        part = "code_attacks" if source == "code" else "text_attacks"
        attacks = [(kind, text) for kind, texts in held[part].items() for text in texts]
        for group, context in enumerate(contexts):
            content = context["context"]
            content = content if isinstance(content, str) else "\n".join(content)
            found.append(Planting(source, group, content))
            for turn in range(a_context):
                kind, attack = attacks[number % len(attacks)]
                number += 7
                cuts = [0, *(match.end() for match in re.finditer(r"\n|(?<=[.!?])\s", content)), len(content)]
                at = (0, cuts[len(cuts) // 2], len(content))[turn % 3]
                before, after = content[:at], content[at:]
                lead = before + ("\n" if before and not before.endswith("\n") else "")
                found.append(Planting(source, group, lead + attack + "\n" + after, kind, attack, len(lead)))
    return found


def personal(data: Path) -> list[dict[str, Any]]:
    return lines(data / "safety/pii_spans_sample.jsonl.gz")
