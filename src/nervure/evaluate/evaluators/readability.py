"""How easy is the text to read?"""

import re
from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting, nothing
from nervure.evaluate.text.sentences import sentences
from nervure.evaluate.text.words import words

_VOWELS = re.compile(r"[aeiouyäöüàáâãèéêëìíîïòóôõùúûœæ]+")


def syllables(word: str) -> int:
    """Groups of vowels, less a silent e at the end. Right for most English words."""
    count = len(_VOWELS.findall(word))
    return max(1, count - (word.endswith("e") and not word.endswith("le") and count > 1))


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Flesch reading ease (Flesch 1948), 206.835 - 1.015 words/sentence - 84.6 syllables/word, as 0 to 1."""
    output = example.output or ""
    said = [word for word in words(output).lower if word[0].isalpha()]
    count = len(sentences(output))
    if len(said) < settings["least_words"] or not count:
        return nothing(f"fewer than {settings['least_words']} words say nothing about how the text reads")
    per_sentence, per_word = len(said) / count, sum(map(syllables, said)) / len(said)
    ease = 206.835 - 1.015 * per_sentence - 84.6 * per_word
    grade = 0.39 * per_sentence + 11.8 * per_word - 15.59
    score = min(1.0, max(0.0, ease / 100))
    told = f"Flesch reading ease {ease:.0f}, school grade {grade:.1f}; {per_sentence:.1f} words a sentence, {per_word:.2f} syllables a word"
    label = "easy" if ease >= 60 else "plain" if ease >= 30 else "difficult"
    return Result(score, label, told, details={"reading_ease": round(ease, 2), "grade": round(grade, 2)})


EVALUATOR = Evaluator(
    name="readability",
    summary="How easy is the text to read? Flesch reading ease.",
    aliases=("Readability", "flesch_kincaid", "flesch_reading_ease", "flesch_kincaid_grade_level", "ari_grade_level"),
    needs=("output",),
    run=run,
    group="format",
    blind="Whether it makes sense; languages other than English, code and tables.",
    threshold=0.3,
    threshold_why="Below 30 a text counts as very difficult (Flesch 1948).",
    settings=(Setting("least_words", 10, "Shortest text that is judged."),),
)
