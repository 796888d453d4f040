"""Scores without a language model: pure evaluators, one file each, over one example at a time."""

from nervure.evaluate.evaluator import Document, Evaluator, Example, Mark, Message, Result, Setting, Step, ToolCall
from nervure.evaluate.registry import evaluators, get_evaluator
from nervure.evaluate.rows import evaluate_row, evaluate_rows

__all__ = [
    "Document",
    "Evaluator",
    "Example",
    "Mark",
    "Message",
    "Result",
    "Setting",
    "Step",
    "ToolCall",
    "evaluate_row",
    "evaluate_rows",
    "evaluators",
    "get_evaluator",
]
