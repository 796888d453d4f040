"""How good the evaluators without a language model are, beside simpler methods on the same rows.

    python benchmarks/quality.py DATA_DIR [--write benchmarks/quality.md]

Every figure of ours on a set that its weights were fitted on comes from cross-validation: the weights are fitted again
without the rows, questions, articles or contexts they are measured on. "Fitted elsewhere" leaves the whole set out.
Average precision counts ties as random order.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import quality_baselines as simple
import quality_data as sets
import quality_fit as made
from functional_cases import cases
from injection_cases import ATTACKS, BENIGN
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, ndcg_score

from nervure.evaluate import evaluate_rows, evaluators
from nervure.evaluate.text.personal import find_personal
from nervure.stats.classification import auroc

FOLDS = 5
FOLDINGS = 10
Matrix = made.Matrix
Table = list[tuple[str, ...]]


def folds(groups: Iterable[int], seed: int = 0) -> Matrix:
    """Fold of each row; rows of a group share one."""
    held = np.array(list(groups))
    names = np.unique(held)
    fold = dict(
        zip(names.tolist(), (np.random.default_rng(seed).permutation(len(names)) % FOLDS).tolist(), strict=True)
    )
    return np.array([fold[group] for group in held.tolist()])


def shown(truth: Any, scores: Any) -> str:
    found = auroc(truth, scores)
    return "-" if found is None else f"{found.estimate:.3f} ({found.low:.3f}-{found.high:.3f})"


def best_f1(truth: Matrix, scores: Matrix) -> float:
    """F1 at the threshold that is best on these rows: kind to every method alike."""
    return max(f1_score(truth, scores >= cut) for cut in np.unique(np.quantile(scores, np.linspace(0, 1, 101))))


def crossed(X: Matrix, y: Matrix, fold: Matrix, fit: Callable[[Matrix, Matrix], Matrix]) -> Matrix:
    out = np.zeros(len(y))
    for number in range(FOLDS):
        found = fit(X[fold != number], y[fold != number])
        out[fold == number] = X[fold == number] @ found[:-1] + found[-1]
    return out


def plain_lr(X: Matrix, y: Matrix) -> Matrix:
    """Of standardised features, with the library's own penalty."""
    centre, spread = X.mean(axis=0), X.std(axis=0) + 1e-9
    model = LogisticRegression(max_iter=2000).fit((X - centre) / spread, y)
    weights = model.coef_[0] / spread
    return np.append(weights, model.intercept_[0] - weights @ centre)


def right_of_pairs(scores: Matrix) -> float:
    return float(np.mean((scores[0::2] > scores[1::2]) + 0.5 * (scores[0::2] == scores[1::2])))


def fitted_here(X: Matrix, y: Matrix, groups: Sequence[int]) -> tuple[str, str, float]:
    """AUROC with its interval, F1 and what is right of pairs: means over foldings, which matter where rows are few."""
    found = [crossed(X, y, folds(groups, seed), plain_lr) for seed in range(FOLDINGS)]
    areas = [area for area in (auroc(y, scores) for scores in found) if area is not None]
    estimate, low, high = (float(np.mean([getattr(one, end) for one in areas])) for end in ("estimate", "low", "high"))
    f1 = np.mean([best_f1(y, scores) for scores in found])
    pairs = float(np.mean([right_of_pairs(scores) for scores in found]))
    return f"{estimate:.3f} ({low:.3f}-{high:.3f})", f"{f1:.3f}", pairs


def map_of(groups: Matrix, truth: Matrix, scores: Matrix, draws: int = 20) -> float:
    """Mean average precision over questions with both kinds of sentences, ties in random order."""
    random, found = np.random.default_rng(0), []
    for group in np.unique(groups):
        inside = np.flatnonzero(groups == group)
        if not 0 < truth[inside].sum() < len(inside):
            continue
        for _ in range(draws):
            order = random.permutation(inside)
            ranked = truth[order][np.argsort(-scores[order], kind="stable")]
            found.append(float((np.cumsum(ranked) / np.arange(1, len(ranked) + 1))[ranked == 1].mean()))
    return float(np.mean(found))


def ndcg_of(groups: Matrix, truth: Matrix, scores: Matrix, k: int = 10) -> float:
    """Mean nDCG@k (Jarvelin and Kekalainen 2002) over questions with both kinds of sentences; of ties the mean (sklearn)."""
    found = [
        ndcg_score([truth[inside]], [scores[inside]], k=k)
        for inside in (np.flatnonzero(groups == group) for group in np.unique(groups))
        if 0 < truth[inside].sum() < len(inside)
    ]
    return float(np.mean(found))


def groundedness(data: Path) -> Table:
    named = {
        "dialogue": sets.dialogue(data),
        "summaries": sets.summaries(data),
        "summaries (xsum)": sets.summaries(data, "xsum"),
        "sentence pairs": sets.pairs(data),
    }
    X = {name: np.array([made.ground_features(row) for row in one.rows]) for name, one in named.items()}
    y = {name: np.array(one.labels, float) for name, one in named.items()}
    fold = {name: folds(one.groups) for name, one in named.items()}
    fitted = ("dialogue", "summaries (xsum)", "sentence pairs")
    rows: Table = [("set", "n", "method", "AUROC (95 %)", "best F1", "right of pairs")]
    for name, one in named.items():
        ours, elsewhere = np.zeros(len(y[name])), np.zeros(len(y[name]))
        for number in range(FOLDS):
            parts = [(X[k][fold[k] != number], y[k][fold[k] != number]) for k in fitted]
            found = made.ground_fit(parts)
            ours[fold[name] == number] = (X[name] @ found[:-1] + found[-1])[fold[name] == number]
        found = made.ground_fit([(X[k], y[k]) for k in fitted if k.split()[0] != name.split()[0]])
        elsewhere = X[name] @ found[:-1] + found[-1]
        nine = np.array([simple.nine_features(row["output"], row["documents"][0]) for row in one.rows])
        methods = {
            "token precision": nine[:, 0], "bigram precision": nine[:, 1], "static embedding": nine[:, 8],
            "**groundedness**": ours, "**groundedness**, fitted elsewhere": elsewhere,
        }  # fmt: skip
        for method, scores in methods.items():
            pairs = f"{right_of_pairs(scores):.3f}" if "pairs" in name else ""
            rows.append(
                (name, str(len(scores)), method, shown(y[name], scores), f"{best_f1(y[name], scores):.3f}", pairs)
            )
        for method, features in (("9 features", nine), ("**groundedness**, its features", X[name])):
            area, f1, held = fitted_here(features, y[name], one.groups)
            pairs = f"{held:.3f}" if "pairs" in name else ""
            rows.append((name, str(len(nine)), f"{method}, fitted on this set alone", area, f1, pairs))
    return rows


def relevance(data: Path) -> Table:
    labelled = sets.answers(data)
    y, groups = np.array(labelled.labels, float), np.array(labelled.groups)
    X = np.array([made.relevance.relevance(row["input"], row["output"])[0] for row in labelled.rows])
    fold = folds(labelled.groups)
    ours = np.zeros(len(y))
    for number in range(FOLDS):
        found = made.relevance_fit(X[fold != number], y[fold != number], groups[fold != number])
        ours[fold == number] = (X @ found[:-1] + found[-1])[fold == number]
    corpus = [row["output"] for row in labelled.rows]
    okapi = np.zeros(len(y))
    for group in np.unique(groups):
        inside = np.flatnonzero(groups == group)
        okapi[inside] = simple.bm25(labelled.rows[inside[0]]["input"], [corpus[place] for place in inside], corpus)
    overlap = np.array(
        [
            len(set(simple.tokens(r["input"])) & set(simple.tokens(r["output"]))) / len(set(simple.tokens(r["input"])))
            for r in labelled.rows
        ]
    )
    near = np.array([simple.embedding(row["input"], row["output"]) for row in labelled.rows])
    rows: Table = [("set", "n", "method", "MAP", "nDCG@10", "AUROC (95 %)")]
    for method, scores in {
        "token overlap": overlap,
        "BM25": okapi,
        "static embedding": near,
        "**answer_relevance**": ours,
    }.items():
        ranked = f"{map_of(groups, y, scores):.3f}", f"{ndcg_of(groups, y, scores):.3f}"
        rows.append(("answer sentences", str(len(y)), method, *ranked, shown(y, scores)))
    return rows


def toxicity(data: Path) -> Table:
    real, artificial = sets.toxic(data), list(cases())
    texts = [row["output"] for row in real.rows]
    said = [text for text, _, _ in artificial]
    X, Z = made.toxic_features(texts), made.toxic_features(said)
    y, z = np.array(real.labels, float), np.array([1 - label for _, label, _ in artificial], float)
    templates = sorted({template for _, _, template in artificial})
    fold, other = folds(real.groups), folds([templates.index(template) for _, _, template in artificial])
    ours, functional, grams, gram_functional = np.zeros(len(y)), np.zeros(len(z)), np.zeros(len(y)), np.zeros(len(z))
    for number in range(FOLDS):
        keep, kept = fold != number, other != number
        weights = np.concatenate([np.ones(keep.sum()), np.full(kept.sum(), 0.5)])
        found = made.toxic_fit(sparse.vstack([X[keep], Z[kept]], "csr"), np.concatenate([y[keep], z[kept]]), weights)
        ours[~keep], functional[~kept] = X[~keep] @ found[:-1] + found[-1], Z[~kept] @ found[:-1] + found[-1]
        model: Any = simple.ngram_model()
        model.fit([texts[place] for place in np.flatnonzero(keep)], y[keep])
        grams[~keep] = model.decision_function([texts[place] for place in np.flatnonzero(~keep)])
        gram_functional += model.decision_function(said) / FOLDS
    words = np.array([-sum(token in simple.BAD_WORDS for token in simple.tokens(text)) for text in texts], float)
    word_functional = np.array(
        [-sum(token in simple.BAD_WORDS for token in simple.tokens(text)) for text in said], float
    )
    rows: Table = [("set", "n", "method", "AUROC (95 %)", "best F1")]
    # F1 is of the toxic class.
    for method, scores in {"word list": words, "character n-grams": grams, "**toxicity**": ours}.items():
        rows.append(("comments", str(len(y)), method, shown(1 - y, -scores), f"{best_f1(1 - y, -scores):.3f}"))
    for method, scores in {
        "word list": word_functional,
        "character n-grams": gram_functional,
        "**toxicity**, templates left out": functional,
    }.items():
        rows.append(
            (
                "templates of mood and target",
                str(len(z)),
                method,
                shown(1 - z, -scores),
                f"{best_f1(1 - z, -scores):.3f}",
            )
        )
    return rows


def injection(data: Path) -> Table:
    labelled, asked = sets.injections(data), sets.questions(data)
    texts, y = [row["input"] for row in labelled.rows], 1 - np.array(labelled.labels, float)
    hand, truth = [*ATTACKS, *BENIGN], np.array([1.0] * len(ATTACKS) + [0.0] * len(BENIGN))
    X, Q, H = (made.injection_features(one) for one in (texts, asked, hand))
    big = ("DIRECT_INJECTION", "ADVERSARIAL", "JAILBREAK", "ENCODING")
    half = np.random.default_rng(0).permutation(len(y)) % FOLDS
    family = np.array(
        [
            number if label == 0 else big.index(kind) if kind in big else 4
            for number, label, kind in zip(half, y, labelled.kinds, strict=True)
        ]
    )

    def parts(own: Matrix, by_hand: bool) -> Matrix:
        count = len(hand) if by_hand else 0
        design = sparse.vstack([X[own], Q, H[:count]], "csr")
        return made.injection_fit(
            design,
            np.concatenate([y[own], np.zeros(len(asked)), truth[:count]]),
            np.concatenate([np.ones(own.sum()), np.full(len(asked), 0.5), np.full(count, 8.0)]),
        )

    rows: Table = [("set", "n", "method", "AUROC (95 %)", "F1 at its threshold", "false positives")]

    def add(name: str, t: Matrix, method: str, scores: Matrix, cut: float = 0.0) -> None:
        rows.append(
            (
                name,
                str(len(t)),
                method,
                shown(t, scores),
                f"{f1_score(t, scores > cut):.3f}",
                f"{(scores[t == 0] > cut).mean():.1%}",
            )
        )

    regexes = np.array([float(any(pattern.search(text) for pattern in simple.REGEXES)) for text in texts])
    for name, fold in (("mixed attacks, rows left out", half), ("mixed attacks, whole families left out", family)):
        ours, grams = np.zeros(len(y)), np.zeros(len(y))
        for number in range(FOLDS):
            keep = fold != number
            found = parts(keep, by_hand=True)
            ours[~keep] = X[~keep] @ found[:-1] + found[-1]
            model: Any = simple.ngram_model()
            model.fit([texts[place] for place in np.flatnonzero(keep)], y[keep])
            grams[~keep] = model.decision_function([texts[place] for place in np.flatnonzero(~keep)])
        add(name, y, "15 regexes", regexes, 0.5)
        add(name, y, "character n-grams", grams)
        add(name, y, "**prompt_injection**", ours)
    found = parts(np.ones(len(y), bool), by_hand=False)
    model = simple.ngram_model()
    model.fit(texts, y)
    add(
        "another collection (by hand, hard)",
        truth,
        "15 regexes",
        np.array([float(any(p.search(text) for p in simple.REGEXES)) for text in hand]),
        0.5,
    )
    add("another collection (by hand, hard)", truth, "character n-grams", model.decision_function(hand))
    add(
        "another collection (by hand, hard)",
        truth,
        "**prompt_injection**, fitted without it",
        H @ found[:-1] + found[-1],
    )
    return rows


def indirect(data: Path) -> Table:
    shared, more = sets.plantings(data), made.more_plantings(data)
    kinds = sorted({one.kind for one in shared if one.kind})
    X, y, owner = made.planted_rows(shared)
    H, z, host = made.planted_rows(more)
    context, attack = (
        np.array([one.group % FOLDS for one in shared]),
        np.array([kinds.index(one.kind) % FOLDS if one.kind else -1 for one in shared]),
    )
    hosts = np.array([one.group % FOLDS for one in more])
    ours, theirs = np.full(len(shared), np.nan), np.full(len(more), np.nan)
    for number in range(FOLDS):
        keep, kept = ((context != number) & (attack != number))[owner], (hosts != number)[host]
        found = made.planted_fit(np.vstack([X[keep], H[kept]]), np.concatenate([y[keep], z[kept]]))
        risk, other = X @ found[:-1] + found[-1] - 2, H @ found[:-1] + found[-1] - 2
        # Neither the context nor the kind of attack was seen.
        for place in np.flatnonzero((context == number) & ((attack == number) | (attack == -1))):
            ours[place] = risk[owner == place].max(initial=-20)
        for place in np.flatnonzero(hosts == number):
            theirs[place] = other[host == place].max(initial=-20)
    rows: Table = [("set", "n", "AUROC (95 %)", "found", "false positives")]
    for found_in, scores in ((shared, ours), (more, theirs)):
        truth, source = np.array([bool(one.attack) for one in found_in]), np.array([one.source for one in found_in])
        for name in dict.fromkeys(source.tolist()):
            inside = (source == name) & ~np.isnan(scores)
            t, s = truth[inside], scores[inside]
            rows.append((name, str(len(t)), shown(t, s), f"{(s[t] > 0).mean():.1%}", f"{(s[~t] > 0).mean():.1%}"))
    return rows


def personal(data: Path) -> Table:
    same = {"DATE_OF_BIRTH": "DATE_TIME", "URL": "DOMAIN_NAME"}
    total: dict[str, int] = {}
    hits: dict[str, int] = {}
    wrong: dict[str, int] = {}
    documents = sets.personal(data)
    began = time.process_time()
    found_in = [find_personal(row["full_text"]) for row in documents]
    rate = len(documents) / (time.process_time() - began)
    for row, found in zip(documents, found_in, strict=True):
        for span in row["spans"]:
            kind = span["entity_type"]
            total[kind] = total.get(kind, 0) + 1
            hits[kind] = hits.get(kind, 0) + any(
                same.get(one.kind, one.kind) == kind
                and one.start < span["end_position"]
                and span["start_position"] < one.end
                for one in found
            )
        for one in found:
            if not any(one.start < span["end_position"] and span["start_position"] < one.end for span in row["spans"]):
                wrong[same.get(one.kind, one.kind)] = wrong.get(same.get(one.kind, one.kind), 0) + 1
    rows: Table = [("kind", "n", "recall", "findings where nothing is")]
    rows += [
        (kind, str(total[kind]), f"{hits[kind] / total[kind]:.2f}", str(wrong.get(kind, 0)))
        for kind in sorted(total, key=lambda kind: -hits[kind] / total[kind])
    ]
    formed = [
        kind for kind in total if kind not in ("PERSON", "LOCATION", "ORGANIZATION", "TITLE", "PREFIX", "ADDRESS")
    ]
    rows.append(
        (
            "**kinds with a form**",
            str(sum(total[k] for k in formed)),
            f"**{sum(hits[k] for k in formed) / sum(total[k] for k in formed):.2f}**",
            f"{rate:,.0f} documents a second of processor time",
        )
    )
    return rows


def speed(data: Path) -> Table:
    rows = [row | {"input": "What is this about?", "id": number} for number, row in enumerate(sets.dialogue(data).rows)]
    chosen = [one.name for one in evaluators().values() if one.default]
    given = rows + [row | {"output": row["output"] + f" It was {number}."} for number, row in enumerate(rows)]
    table: Table = [("evaluator", "rows a second of processor time")]
    for name in chosen:
        list(evaluate_rows(name, given[:5]))
        began = time.process_time()
        list(evaluate_rows(name, given))
        table.append((name, f"{len(given) / (time.process_time() - began):,.0f}"))
    # Other texts than above: the last texts are remembered.
    fresh = [
        row
        | {
            "output": row["output"] + " Indeed so.",
            "documents": [row["documents"][0] + " Indeed."],
            "tools": [],
            "tool_calls": [],
            "steps": [],
        }
        for row in rows
    ]
    began = time.process_time()
    list(evaluate_rows(chosen, fresh))
    table.append(
        (f"**all {len(chosen)} of the default set**", f"**{len(fresh) / (time.process_time() - began):,.0f}**")
    )
    return table


PARTS: dict[str, tuple[Callable[[Path], Table], str]] = {
    "Groundedness": (groundedness, "Which answers, summaries and sentences follow from their document. In the second origin of the summaries 48 of 50 are wrong although "
                     "they copy, so that every method of support falls below chance on both origins together; our weights are fitted without it. Features "
                     "fitted on both mostly tell the origin (the nine: AUROC 0.95 for that, 0.49 for being right within the first origin); the origin alone would reach 0.69. "
                     "\"Fitted on this set alone\": a logistic regression for that set, means over ten foldings; what ships is one for all sets."),
    "Answer relevance": (relevance, "Which sentence answers the question, ranked by question."),
    "Toxicity": (toxicity, "Comments labelled by people; and templates in which the same words attack, are denied, quoted or meant otherwise, each template left out in turn."),
    "Prompt injection": (injection, "Attacks and benign prompts. Leaving whole families of attacks out, or fitting without a collection, tells more than leaving rows out."),
    "Indirect injection": (indirect, "Documents with and without a planted order, contexts and kinds of attack left out. Manuals consist of orders: there it is weak."),
    "Personal data": (personal, "Found at the right place with the right kind. Names are found by a title, a phrase or a frequent given name; other names, places and organisations need a language model."),
    "Speed": (speed, "Answers and passages of the dialogue set, each text new to the evaluator; two processes score twice as many."),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--only", choices=list(PARTS))
    chosen = parser.parse_args()
    lines = [
        "# Quality of the evaluators that need no language model",
        "",
        "Made by `benchmarks/quality.py`, which says how. Intervals are at 95 %.",
        "",
    ]
    for title, (measure, told) in PARTS.items():
        if chosen.only in (None, title):
            table = measure(chosen.data)
            lines += [f"## {title}", "", told, "", *markdown(table), ""]
            print("\n".join(lines[-len(table) - 5 :]), flush=True)
    if chosen.write:
        chosen.write.write_text("\n".join(lines).rstrip() + "\n", "utf-8")


def markdown(table: Sequence[tuple[str, ...]]) -> list[str]:
    head, *body = table
    return [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {' | '.join(row)} |" for row in body)]


if __name__ == "__main__":
    main()
