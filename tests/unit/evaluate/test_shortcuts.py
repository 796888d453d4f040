"""Ways that are taken because they are faster find what the plain way finds."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nervure.evaluate.embeddings.embedder import static
from nervure.evaluate.text import facts, sentences, words
from nervure.evaluate.text.attack import PATTERNS, found_patterns

TEXTS = (
    "One plain sentence.",
    "  two blanks   and more  ",
    "line\nafter line\n\n- item",
    "日本語 and naïve café’s, don't",
    "a sign </s> of the tokenizer <s> and ▁ its blank",
    "https://example.com/" + "x" * 60 + " a word without end",
    "",
    "   ",
)
PIECES = st.sampled_from(
    (
        "a", "Mr.", "It's", "12:30", "1,200.5", "5", "million", "one", "one's", "twenty", "May", "may's", "2020", "é", "ſix",
        " ", " ", " ", ".", "!", "?", '"', ")", "'", "’", "-", "_", "\n", "。", ",", "12th", "of",
    )
)  # fmt: skip
TEXT = st.lists(PIECES, max_size=14).map("".join)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_s_vector_is_the_mean_of_its_tokens_though_words_are_put_together(text: str) -> None:
    table, tokenizer = static()._table, static()._tokenizer
    ids = tokenizer.encode(text, add_special_tokens=False).ids if text.strip() else []
    mean = np.asarray(table[ids].mean(axis=0) if ids else np.zeros(256))
    wanted = mean / (np.linalg.norm(mean) or 1)
    assert static().embed([text])[0] == pytest.approx(wanted, abs=1e-6)


@given(TEXT)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_facts_stand_where_a_search_of_the_whole_text_finds_them(text: str) -> None:
    word_numbers = [match.span() for match in facts._WORD_NUMBER.finditer(text)]
    assert [
        match.span() for match in facts._at(facts._WORD_NUMBER, text, facts._words_at(text, facts._NUMBER_WORDS))
    ] == word_numbers
    numbers = [match.span() for match in facts._NUMBER.finditer(text)]
    assert [
        match.span() for match in facts._at(facts._NUMBER, text, [run.start() for run in re.finditer(r"\d+", text)])
    ] == numbers
    for pattern, _, begins_with_month in facts._DATES:
        places = (
            facts._words_at(text, facts._MONTH_WORDS)
            if begins_with_month
            else [run.start() for run in re.finditer(r"\d+", text)]
        )
        assert [match.span() for match in facts._at(pattern, text, places)] == [
            match.span() for match in pattern.finditer(text)
        ]


@given(TEXT.map(lambda text: text.encode("ascii", "ignore").decode()))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_words_and_sentences_of_ascii_are_those_of_any_text(text: str) -> None:
    found = words.words(text)
    assert list(zip(found.starts, found.ends, strict=True)) == [match.span() for match in words.WORD.finditer(text)]
    # A letter of another script at the end takes the general way and moves nothing before it.
    alike = sentences.sentences(text + " é")
    assert [piece.start for piece in sentences.sentences(text + " e")] == [piece.start for piece in alike]


@pytest.mark.parametrize(
    "text",
    ["0a 1b 2c 3d 4e 5f go", "01010101 01010101 01010101", "%41%42%43%44", r"\x41\x42\x43", "q" * 24, "&#x41; a"],
)
def test_hidden_text_is_found_behind_the_quick_look(text: str) -> None:
    assert PATTERNS["hidden_blob"].search(text)
    assert "hidden_blob" in found_patterns(text)
