"""Attachments: fetched with their span, told when they cannot be."""

from typing import Any

from nervure.importers.importer import Asked as Wanted
from nervure.importers.importer import FoundSpan, Importer, Misfit
from nervure.importers.products.langfuse import IMPORTER as LANGFUSE
from nervure.importers.products.langsmith import IMPORTER as LANGSMITH
from nervure.importers.products.opik import IMPORTER as OPIK
from tests.unit.importers import fake_langfuse, fake_langsmith, fake_opik
from tests.unit.importers.fakes import NOT_FOUND, Asked, Raw, serving


def traces(importer: Importer, answer: Any, **credentials: str) -> tuple[list[FoundSpan], list[Misfit]]:
    with serving(answer) as fake:
        source = importer.open(
            Wanted(url=fake.url, credentials={key.replace("_", "-"): held for key, held in credentials.items()})
        )
        found = [one for page in source.read("traces", None) for one in page.found]
        source.close()
    return [one for one in found if isinstance(one, FoundSpan)], [one for one in found if isinstance(one, Misfit)]


def test_a_picture_that_langfuse_has_no_longer_is_told_and_its_span_imported() -> None:
    def answer(asked: Asked) -> Any:
        return NOT_FOUND if "/media/" in asked.path else fake_langfuse.langfuse(is_new=True)(asked)

    spans, lost = traces(LANGFUSE, answer, public_key="pk-1", secret_key="sk-1")
    assert lost == [Misfit("media m1", "an attachment that could not be fetched: NotFound")]
    assert len(spans) == 67
    assert sum("@@@langfuseMedia" in str(one.span.attributes) for one in spans) == 1


def test_an_attachment_that_langsmith_has_no_longer_is_told_and_its_run_imported() -> None:
    def answer(asked: Asked) -> Any:
        return NOT_FOUND if asked.path == "/bytes" else fake_langsmith.langsmith(asked)

    spans, lost = traces(LANGSMITH, answer, source_key="ls-1")
    assert [one.id.partition(": ")[2] for one in lost] == ["voice"]
    assert len(spans) == 47


def test_opiks_attachments_come_with_the_span_that_names_them() -> None:
    chosen = fake_opik.spans()[2]["id"]

    def answer(asked: Asked) -> Any:
        if asked.path == "/v1/private/attachment/list":
            assert asked.query["entity_id"] == chosen
            link = {"link": f"{asked.root}/picture", "file_name": "a.png", "file_size": 3, "mime_type": "image/png"}
            return {"page": 1, "size": 1, "total": 1, "content": [link]}
        if asked.path == "/picture":
            return Raw(b"png", "image/png")
        said = fake_opik.opik(asked)
        if asked.path == "/v1/private/spans/search":
            old = b'"question 1"'
            return Raw(said.content.replace(old, b'"question 1 [input-attachment-1.png]"'))
        return said

    spans, lost = traces(OPIK, answer_only(chosen, answer))
    assert lost == []
    assert sum("data:image/png;base64,cG5n" in str(one.span.attributes) for one in spans) == 1


def answer_only(chosen: str, answer: Any) -> Any:
    """The same, with the name of an attachment in the texts of one span alone."""

    def picked(asked: Asked) -> Any:
        said = answer(asked)
        if asked.path != "/v1/private/spans/search":
            return said
        lines = said.content.split(b"\n")
        return Raw(b"\n".join(
            line if f'"id": "{chosen}"'.encode() in line else line.replace(b" [input-attachment-1.png]", b"") for line in lines
        ))  # fmt: skip

    return picked
