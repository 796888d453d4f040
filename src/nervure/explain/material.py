"""Reads what is told of a scope beyond its leaves, and makes facts of it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy

from nervure.explain.shifts import Attribute, Material, Near, Reading, Window
from nervure.query.around import (
    Place,
    read_attributes,
    read_features,
    read_gauges,
    read_load,
    read_users,
    read_words,
)
from nervure.query.gpu_read import read_gpu_hosts
from nervure.query.runner import Runner

# A word, value or reading has clearly changed beyond so many standard errors; there are many of them.
CLEAR = 4.5
LEAST_TEXTS = 25
LEAST_WORD_CHANGE = 0.03
MOST_TOLD = 12
# Attributes other symptoms tell of already, or that differ in each span.
KNOWN = (
    "gen_ai.usage.",
    "llm.usage",
    "llm.token_count",
    "gen_ai.response.id",
    "session",
    "thread",
    "trace",
    "timestamp",
)


def gather(runner: Runner, place: Place, window: Window, near: tuple[Near, ...]) -> Material:
    """Everything about a scope that its leaves do not tell."""
    material = Material(near=near)
    _words(runner, place, material)
    material.attributes = attributes_of(read_attributes(runner, place))
    gpus = read_gpu_hosts(runner, place.reach, place.scope)
    material.gpu_hosts = gpus.near
    material.readings = readings_of(read_gauges(runner, place.reach, gpus.elsewhere))
    _load(runner, place, window, material)
    hours = {one.name: 0.0 for one in place.reach.periods}
    for one in place.reach.periods:
        hours[one.name] += one.hours
    material.crowd = crowd_of(read_users(runner, place.reach), hours)
    material.features = features_of(read_features(runner, place.reach))
    return material


def _words(runner: Runner, place: Place, material: Material) -> None:
    texts, words = read_words(runner, place)
    old = {name: words.get("before", {}).get(name, 0) + words.get("usual", {}).get(name, 0)
           for period in ("before", "usual") for name in words.get(period, {})}  # fmt: skip
    n0, n1 = texts.get("before", 0) + texts.get("usual", 0), texts.get("after", 0)
    if min(n0, n1) < LEAST_TEXTS:
        return
    new = words.get("after", {})
    moved = {word: _share_z(old.get(word, 0), n0, new.get(word, 0), n1) for word in {*old, *new}}
    clear = {word: z for word, z in moved.items()
             if abs(z) > CLEAR and abs(new.get(word, 0) / n1 - old.get(word, 0) / n0) > LEAST_WORD_CHANGE}  # fmt: skip
    material.words = len(clear)
    ranked = sorted(clear, key=lambda word: (-abs(clear[word]), word))
    material.new_words = tuple(word for word in ranked if clear[word] > 0)[:MOST_TOLD]
    material.gone_words = tuple(word for word in ranked if clear[word] < 0)[:MOST_TOLD]


def _share_z(hits0: float, n0: float, hits1: float, n1: float) -> float:
    middle = (hits0 + hits1) / (n0 + n1)
    error = math.sqrt(max(middle * (1 - middle), 1e-9) * (1 / n0 + 1 / n1))
    return (hits1 / n1 - hits0 / n0) / error


def attributes_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Attribute, ...]:
    """Attributes whose presence, mean or share of a value clearly changed, clearest first."""
    spans: dict[tuple[str, str], float] = {}
    held: dict[tuple[str, str], dict[str, dict[str, tuple[float, float, float]]]] = {}
    for row in rows:
        period = "after" if row["period"] == "after" else "before"
        if period == "before" and row["period"] == "usual":
            continue
        spans[(period, row["kind"])] = float(row["spans"])
        if any(part in row["key"].lower() for part in KNOWN):
            continue
        said = held.setdefault((row["kind"], row["key"]), {}).setdefault(row["shown"], {})
        said[period] = (float(row["n"]), float(row["mean"] or 0.0), float(row["variance"] or 0.0))
    found: list[Attribute] = []
    for (kind, key), values in held.items():
        n0, n1 = spans.get(("before", kind), 0.0), spans.get(("after", kind), 0.0)
        if min(n0, n1) < LEAST_TEXTS:
            continue
        found += _shifts(kind, key, values, n0, n1)
    return tuple(sorted(found, key=lambda one: -abs(one.z))[:60])


def _shifts(
    kind: str, key: str, values: Mapping[str, Mapping[str, tuple[float, float, float]]], n0: float, n1: float
) -> list[Attribute]:
    none = (0.0, 0.0, 0.0)
    made = []
    total = [sum(said.get(period, none)[0] for said in values.values()) for period in ("before", "after")]
    presence = _share_z(min(total[0], n0), n0, min(total[1], n1), n1)
    if abs(presence) > CLEAR and abs(total[1] / n1 - total[0] / n0) > 0.1:
        made.append(Attribute(key, kind, "presence", total[0] / n0, total[1] / n1, presence))
    numbers = values.get("#")
    if numbers and len(numbers) == 2:
        (m0, mean0, v0), (m1, mean1, v1) = numbers["before"], numbers["after"]
        error = math.sqrt(max(v0 / m0 + v1 / m1, 1e-18)) if min(m0, m1) >= 10 else math.inf
        z = (mean1 - mean0) / error
        large = abs(mean1 - mean0) > 0.3 * math.sqrt(max(v0, 1e-18))
        if abs(z) > CLEAR and large:
            made.append(Attribute(key, kind, "mean", mean0, mean1, math.copysign(min(abs(z), 99.0), z)))
    if len(values) <= 50 and min(total) >= LEAST_TEXTS:
        for value, said in values.items():
            if value in ("#", "…"):
                continue
            hits = [said.get(period, none)[0] for period in ("before", "after")]
            z = _share_z(hits[0], total[0], hits[1], total[1])
            if abs(z) > CLEAR and abs(hits[1] / total[1] - hits[0] / total[0]) > 0.08:
                made.append(Attribute(key, kind, "value", hits[0] / total[0], hits[1] / total[1], z, value))
    return made


def readings_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Reading, ...]:
    """Gauges that clearly rose or fell against the hours before and against the usual."""
    held: dict[tuple[str, str], dict[str, tuple[float, float, float]]] = {}
    for row in rows:
        said = held.setdefault((row["name"], row["service"]), {})
        said[row["period"]] = (float(row["n"]), float(row["mean"]), float(row["variance"] or 0.0))
    found = []
    for (name, service), said in held.items():
        if "after" not in said or "before" not in said or said["after"][0] < 3 or said["before"][0] < 3:
            continue
        n1, mean1, _ = said["after"]
        zs = []
        for base in ("before", "usual"):
            if base in said and said[base][0] >= 3:
                n0, mean0, v0 = said[base]
                # Readings follow one another: a tenth of them is taken as independent, at least three.
                error = math.sqrt(max(v0, 1e-12) * (1 / max(3.0, n0 / 10) + 1 / max(3.0, n1 / 10)))
                zs.append((mean1 - mean0) / max(error, 1e-9))
        z = min(zs, key=abs) if all(one * zs[0] > 0 for one in zs) else 0.0
        if abs(z) > 2.5:
            found.append(Reading(name, service, said["before"][1], mean1, math.copysign(min(abs(z), 99.0), z)))
    return tuple(sorted(found, key=lambda one: -abs(one.z)))


def _load(runner: Runner, place: Place, window: Window, material: Material) -> None:
    bucket_s = max(60, min(600, int(window.hours * 3600 / 8)))
    rows = [row for row in read_load(runner, place, bucket_s) if row[2] > 0]
    after = [row for row in rows if row[0] * 10**9 >= window.onset_ns]
    before = [row for row in rows if row[0] * 10**9 < window.onset_ns]
    if len(after) < 2 or len(before) < 4:
        return
    base = float(np.median([row[1] for row in before]))
    material.load_ratio = float(np.median([row[1] for row in after])) / base if base else None
    if len(rows) >= 8 and len({row[1] for row in rows}) > 2:
        material.load_latency = float(
            scipy.stats.spearmanr([row[1] for row in rows], [row[2] for row in rows]).statistic
        )


def crowd_of(
    rows: Sequence[tuple[str, str, int, int]], hours: Mapping[str, float]
) -> tuple[str, str, float, float] | None:
    """The user or tenant whose traces grew most beyond the growth of all: dimension, value, rate now over usual, share now."""
    now_hours = max(hours.get("after", 0.0), 1e-9)
    was_hours = max(hours.get("before", 0.0) + hours.get("usual", 0.0), 1e-9)
    whole = next(((now, was) for dimension, _, now, was in rows if not dimension), (0, 0))
    best: tuple[str, str, float, float] | None = None
    excess_most = 0.0
    for dimension, value, now, was in rows:
        if not dimension or now < 10:
            continue
        usual = was / was_hours * now_hours
        rest_now, rest_was = whole[0] - now, (whole[1] - was) / was_hours * now_hours
        growth = min(max((rest_now + 5) / (rest_was + 5), 0.5), 2.0)
        ratio = (now + 1) / (usual * growth + 1)
        excess = now - usual * growth
        # A user is the narrower answer: take him unless the tenant's excess is much larger.
        if ratio > 1.8 and excess > 3 * math.sqrt(usual + 4) and excess > excess_most * (1.3 if best else 1.0):
            best, excess_most = (dimension, value, ratio, now / max(whole[0], 1)), excess
    return best


def features_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float, float, float]]:
    """`model feature` -> (share missing before, after, shift of the mean in standard deviations) where something changed."""
    said: dict[tuple[str, str], dict[str, tuple[float, float, float, float]]] = {}
    made: dict[tuple[str, str], float] = {}
    for row in rows:
        period = row["period"]
        made[(row["model"], period)] = float(row["predictions"])
        said.setdefault((row["model"], row["feature"]), {})[period] = (
            float(row["n"]), float(row["mean"] or 0.0), float(row["variance"] or 0.0), float(row["predictions"]),
        )  # fmt: skip
    found = {}
    for (model, feature), by in said.items():
        n0, n1 = made.get((model, "before"), 0.0), made.get((model, "after"), 0.0)
        if "before" not in by or min(n0, n1) < LEAST_TEXTS:
            continue
        held = by.get("after", (0.0, 0.0, 0.0, n1))
        missing = (1 - by["before"][0] / n0, 1 - held[0] / n1)
        deviation = math.sqrt(max(by["before"][2], 1e-12))
        shift = (held[1] - by["before"][1]) / deviation if held[0] >= 10 and by["before"][2] > 0 else 0.0
        if abs(missing[1] - missing[0]) > 0.05 or abs(shift) > 0.5:
            found[f"{model} {feature}"] = (missing[0], missing[1], shift)
    return found
