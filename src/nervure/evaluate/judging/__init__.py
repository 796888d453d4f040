"""Judges: language models that score by a rubric, within limits of money, with their reasons, calls and costs on record."""

from nervure.evaluate.judging.bench import Bench, bench_of
from nervure.evaluate.judging.judge import TARGET, check_judge, judge_evaluator
from nervure.evaluate.judging.rubric import Rubric, find_rubric, get_rubric, rubric_of, rubrics
from nervure.evaluate.judging.trace import Target

__all__ = [
    "TARGET",
    "Bench",
    "Rubric",
    "Target",
    "bench_of",
    "check_judge",
    "find_rubric",
    "get_rubric",
    "judge_evaluator",
    "rubric_of",
    "rubrics",
]
