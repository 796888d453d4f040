"""Ids of Opik's threads: they stand in paths and say where the thread is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervure.api.opik.threads import model_id, thread_of
from nervure.base.errors import NotFound

NAMES = st.text(st.characters(exclude_characters="\n", exclude_categories=("Cs",)), min_size=1, max_size=60)


@given(project=NAMES, thread=st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60))
def test_an_id_fits_into_a_path_and_leads_back(project: str, thread: str) -> None:
    made = model_id(project, thread)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", made)
    assert thread_of(made) == (project, thread)


@pytest.mark.parametrize(
    "text", ["", "sess-42", "01a1f99f-e1aa-7dc5-acd2-7cd1aa0031b0", "c2hvcA", "a/b", "ö", "CnNlc3M"]
)
def test_any_other_text_is_no_thread(text: str) -> None:
    with pytest.raises(NotFound, match="threads/retrieve"):
        thread_of(text)
