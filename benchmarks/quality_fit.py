"""Makes the weights in `src/nervure/evaluate/models` again.

    python benchmarks/quality_fit.py DATA_DIR [groundedness toxicity prompt_injection answer_relevance ...]

DATA_DIR holds the labelled sets that `quality_data` reads. Every model is a logistic regression over features that mean
something, shrunk towards 0; where a feature is evidence in one direction only, its weight may not point in the other.
Two also look at spelling: hashed character n-grams, each multiplied in the fit by how unequally the classes use it (the
log-count ratio of Wang and Manning, ACL 2012), which the weights that ship already contain.
"""

import argparse
import json
import math
from base64 import b64encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import quality_data as sets
from functional_cases import cases
from injection_cases import ATTACKS, BENIGN, MANUALS
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from nervure.evaluate.embeddings.embedder import static
from nervure.evaluate.evaluators import prompt_injection as prompt_injection_evaluator
from nervure.evaluate.text import attack, hostility, planted, relevance, support
from nervure.evaluate.text.hashed import BUCKETS, hashed_grams
from nervure.evaluate.text.sentences import sentences

MODELS = Path(__file__).parent.parent / "src/nervure/evaluate/models"
Matrix = NDArray[np.float64]


def fit(
    X: Any,
    y: Matrix,
    weights: Matrix,
    monotone: Sequence[bool],
    shrink: float | Matrix,
    sets_of: Matrix | None = None,
) -> Matrix:
    """Weights of a logistic regression and its intercept last, by L-BFGS-B. X: dense, or sparse by rows.

    monotone: features whose weight may not be negative. shrink: L2 penalty, one or one a feature. sets_of: (n, k)
    indicators of the set a row is from; each gets an intercept of its own, and the last of the answer is their mean.
    """
    extra = np.ones((len(y), 1)) if sets_of is None else sets_of
    design = sparse.hstack([X, extra], "csr") if sparse.issparse(X) else np.hstack([X, extra])
    penalty = np.append(np.broadcast_to(shrink, X.shape[1]), np.zeros(extra.shape[1]))
    scaled = weights * len(y) / weights.sum()
    sign = 2 * y - 1

    def loss(p: Matrix) -> tuple[float, Matrix]:
        margin = sign * (design @ p)
        slope = -scaled * sign / (1 + np.exp(np.clip(margin, -60, 60)))
        return float(
            (scaled * np.logaddexp(0, -margin)).sum() + 0.5 * (penalty * p * p).sum()
        ), design.T @ slope + penalty * p

    bounds = [(0, None) if held else (None, None) for held in monotone] + [(None, None)] * extra.shape[1]
    found = minimize(
        loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 3000}
    )
    return np.append(found.x[: X.shape[1]], found.x[X.shape[1] :].mean())


def by_class(y: Matrix) -> Matrix:
    """Weights that make both classes count the same."""
    return np.where(y == 1, 0.5 / max(1, y.sum()), 0.5 / max(1, len(y) - y.sum()))


# groundedness


def ground_features(row: dict[str, Any]) -> Matrix:
    given = support.passages(tuple(row["documents"]))
    pieces = [piece.text for piece in sentences(row["output"])] or [row["output"]]
    return support.features_of([support.support(piece, given) for piece in pieces])


def ground_fit(parts: Sequence[tuple[Matrix, Matrix]], shrink: float = 100.0) -> Matrix:
    """Of (features, labels) of several sets, each counting the same and with its own intercept."""
    X, y = np.vstack([one for one, _ in parts]), np.concatenate([labels for _, labels in parts])
    weights = np.concatenate([by_class(labels) for _, labels in parts])
    which = np.zeros((len(y), len(parts)))
    start = 0
    for place, (one, _) in enumerate(parts):
        which[start : start + len(one), place] = 1
        start += len(one)
    centre, spread = X.mean(axis=0), X.std(axis=0) + 1e-9
    found = fit((X - centre) / spread, y, weights, [True] * X.shape[1], shrink, which)
    own = found[:-1] / spread
    return np.append(own, found[-1] - own @ centre)


def groundedness(data: Path) -> dict[str, Any]:
    # The news summaries of the second origin are wrong in 48 of 50 cases: they would teach that copying is a fault.
    used = (sets.dialogue(data), sets.summaries(data, "xsum"), sets.pairs(data))
    parts = [(np.array([ground_features(row) for row in one.rows]), np.array(one.labels, float)) for one in used]
    names = [f"{kind} {name}" for kind in ("mean", "weakest") for name in support.FEATURES]
    return model(
        ground_fit(parts),
        names,
        "dialogue_attribution, summary_spans (xsum), sentence_pairs; each set weighs the same; weights >= 0; L2 100 on standardised features",
    )


# spelling


def spelled(dense: Matrix, texts: Sequence[str]) -> Any:
    """(n, columns of `dense` + BUCKETS), sparse: beside other features the texts' n-grams, together of length 1."""
    found = [hashed_grams(text) for text in texts]
    values = np.concatenate([np.full(len(one), 1 / math.sqrt(max(1, len(one)))) for one in found])
    places = np.concatenate([[0], np.cumsum([len(one) for one in found])])
    grams = sparse.csr_matrix((values, np.concatenate(found), places), shape=(len(texts), BUCKETS))
    return sparse.hstack([sparse.csr_matrix(dense), grams], "csr")


def spelled_fit(X: Any, y: Matrix, weights: Matrix, monotone: Sequence[bool], shrink: float, reach: float) -> Matrix:
    """`fit` with the n-grams, the last BUCKETS columns, multiplied by `reach` and by their log-count ratio."""
    own = X.shape[1] - BUCKETS
    uses = (X[:, own:] > 0).T.astype(np.float64)
    good, bad = uses @ (weights * y) + 1, uses @ (weights * (1 - y)) + 1
    ratio = reach * np.abs(np.log(good / good.sum()) - np.log(bad / bad.sum()))
    scale = np.concatenate([np.ones(own), ratio])
    found = fit(X @ sparse.diags(scale), y, weights, [*monotone, *[False] * BUCKETS], shrink)
    return np.append(found[:-1] * scale, found[-1])


# toxicity


def toxic_features(texts: Sequence[str]) -> Any:
    return spelled(np.hstack([[2 * hostility.hostility(text) for text in texts], static().embed(texts)]), texts)


def toxic_fit(X: Any, y: Matrix, weights: Matrix) -> Matrix:
    return spelled_fit(X, y, weights, [False] * (X.shape[1] - BUCKETS), 1.0, 2.0)


def toxicity(data: Path) -> dict[str, Any]:
    real = sets.toxic(data)
    made = list(cases())
    X = toxic_features([row["output"] for row in real.rows] + [text for text, _, _ in made])
    y = np.array(real.labels + [1 - label for _, label, _ in made], float)
    weights = np.array([1.0] * len(real.rows) + [0.5] * len(made))
    return spelled_model(
        toxic_fit(X, y, weights),
        [*hostility.FEATURES, "256 embedding"],
        "toxic_comments and templates of benchmarks/functional_cases.py (weight 0.5); L2 1; P(clean)",
    )


# prompt injection

_FREE = frozenset({"length", "question", "to_model", "confirm", "urgent"})


def injection_features(texts: Sequence[str]) -> Any:
    dense = np.array([prompt_injection_evaluator.features(text) for text in texts])
    return spelled(dense, [text[: prompt_injection_evaluator.MOST_CHARACTERS] for text in texts])


def injection_fit(X: Any, y: Matrix, weights: Matrix) -> Matrix:
    """y: 1 for an attack."""
    monotone = [name not in _FREE for name in attack.FEATURES] + [False] * (X.shape[1] - BUCKETS - len(attack.FEATURES))
    # With a reach of 3, rows left out gain 0.001 of AUROC, and families and collections left out lose 0.001 and 0.009.
    return spelled_fit(X, y, weights, monotone, 4.0, 2.0)


def prompt_injection(data: Path) -> dict[str, Any]:
    labelled, asked = sets.injections(data), sets.questions(data)
    texts = [row["input"] for row in labelled.rows] + asked + [*ATTACKS, *BENIGN]
    y = np.array(
        [1 - label for label in labelled.labels] + [0] * len(asked) + [1] * len(ATTACKS) + [0] * len(BENIGN), float
    )
    weights = np.array([1.0] * len(labelled.rows) + [0.5] * len(asked) + [8.0] * (len(ATTACKS) + len(BENIGN)))
    return spelled_model(
        injection_fit(injection_features(texts), y, weights),
        [*attack.FEATURES, "256 embedding"],
        "prompt_injection_mixed_sample, questions of the other sets as benign (0.5), benchmarks/injection_cases.py (8); L2 4; pattern weights >= 0; P(attack)",
    )


# indirect injection

_EITHER = frozenset({"past", "short", "edge", "you", "address", "urgent", "to_model"})


def planted_rows(found: Sequence[sets.Planting]) -> tuple[Matrix, Matrix, Matrix]:
    """(features, 1 for a sentence of the attack, index of the planting) over all sentences."""
    features, labels, owners = [], [], []
    for owner, one in enumerate(found):
        held = planted.planted(one.content)
        for piece, row in zip(held.pieces, held.features, strict=True):
            inside = bool(one.attack) and one.start <= piece.start < one.start + len(one.attack)
            # Of an attack in several lines the first gives the order; the code after it is like any other code.
            if inside and piece.start > one.start + 2:
                continue
            features.append(row)
            labels.append(float(inside))
            owners.append(owner)
    return np.array(features), np.array(labels), np.array(owners)


def planted_fit(X: Matrix, y: Matrix) -> Matrix:
    return fit(X, y, by_class(y), [name not in _EITHER for name in planted.FEATURES], 0.5)


def more_plantings(data: Path) -> list[sets.Planting]:
    """Clean manuals and news, and the attacks written by hand put into both."""
    hosts = [*MANUALS * 4, *(row["documents"][0] for row in sets.summaries(data).rows)]
    found = [
        sets.Planting("manual" if place < 4 * len(MANUALS) else "news", place, text) for place, text in enumerate(hosts)
    ]
    for number, text in enumerate(ATTACKS):
        for turn in range(3):
            host = found[(7 * number + 5 * turn) % len(hosts)]
            cuts = [0, *(piece.end for piece in sentences(host.content))]
            at = cuts[(number + turn * 3) % len(cuts)]
            lead = host.content[:at] + ("\n" if at else "")
            found.append(
                sets.Planting(
                    host.source, host.group, lead + text + "\n" + host.content[at:], "by hand", text, len(lead)
                )
            )
    return found


def indirect_injection(data: Path) -> dict[str, Any]:
    X, y, _ = planted_rows(sets.plantings(data) + more_plantings(data))
    found = planted_fit(X, y)
    # Both classes weigh the same in the fit, but a document has many sentences and its worst one counts.
    found[-1] -= 2
    return model(
        found,
        planted.FEATURES,
        "indirect_injection_train with attacks at start, middle and end, news and manuals with attacks of benchmarks/injection_cases.py; by sentence; L2 0.5; pattern weights >= 0; P(planted)",
    )


# relevance

_EITHER_WAY = frozenset({"length", "untyped", "new_content", "precision"})


def relevance_fit(X: Matrix, y: Matrix, groups: Matrix) -> Matrix:
    """Questions weigh the same, however many sentences they have, and so do both classes within a question."""
    weights = np.zeros(len(y))
    for group in np.unique(groups):
        inside = groups == group
        weights[inside] = by_class(y[inside])
    return fit(X, y, weights, [name not in _EITHER_WAY for name in relevance.FEATURES], 1.0)


def answer_relevance(data: Path) -> dict[str, Any]:
    labelled = sets.answers(data)
    X = np.array([relevance.relevance(row["input"], row["output"])[0] for row in labelled.rows])
    found = relevance_fit(X, np.array(labelled.labels, float), np.array(labelled.groups))
    return model(
        found,
        relevance.FEATURES,
        "answer_sentences_dev; questions and classes weigh the same; L2 1; weights of evidence >= 0; P(answers)",
    )


def model(found: Matrix, names: Sequence[str], made: str, digits: int = 4, **extra: Any) -> dict[str, Any]:
    return {
        "made": f"benchmarks/quality_fit.py on {made}",
        "features": list(names),
        "intercept": round(float(found[-1]), digits),
        "weights": [round(float(value), digits) for value in found[:-1]],
        **extra,
    }


def spelled_model(found: Matrix, names: Sequence[str], made: str) -> dict[str, Any]:
    """With a byte for each bucket: how many `gram_unit` its weight is."""
    own = len(found) - 1 - BUCKETS
    grams = found[own:-1]
    unit = float(f"{np.abs(grams).max() / 127:.3g}")
    grams = np.clip(np.round(grams / unit), -127, 127).astype(np.int8)
    told = b64encode(grams.tobytes()).decode()
    return model(np.append(found[:own], found[-1]), names, made, digits=3, gram_unit=unit, grams=told)


FITS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "groundedness": groundedness,
    "toxicity": toxicity,
    "prompt_injection": prompt_injection,
    "indirect_injection": indirect_injection,
    "answer_relevance": answer_relevance,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("names", nargs="*", default=list(FITS))
    chosen = parser.parse_args()
    for name in chosen.names:
        held = FITS[name](chosen.data)
        if not all(math.isfinite(value) for value in held["weights"]):
            raise SystemExit(f"{name}: the fit did not converge")
        path = MODELS / f"{name}.json"
        path.write_text(json.dumps(held, separators=(",", ":")) + "\n", "utf-8")
        print(f"{path.name}: {len(held['weights'])} weights, {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
