"""Documents a retriever found or a re-ranker ordered, from the shapes libraries return them in."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from nervure.model.span import Document
from nervure.normalise.values import SENDER_FAULTS, decode_json, dict_from, number_from, text_from

_LISTS = ("documents", "docs", "results", "matches", "nodes", "retrieved_documents", "source_documents", "retrieval")
_CONTENT = ("content", "text", "page_content", "document", "pageContent", "body", "chunk", "passage")
_IDS = ("id", "doc_id", "document_id", "_id", "id_", "node_id")
_SIMPLE = frozenset({"id", "content", "score"})
_SCORES = ("score", "relevance_score", "similarity", "_score", "similarity_score")


def documents_of(value: Any) -> list[Document]:
    """Documents in order. value: a list of dicts, texts or LangChain documents, its JSON, or a dict holding one.

    Anything else gives an empty list. rank counts from 0 in the list as sent.
    """
    value = decode_json(value)
    if isinstance(value, Mapping):
        inner = next((value[key] for key in _LISTS if isinstance(value.get(key), (list, tuple, str))), None)
        value = decode_json(inner) if inner is not None else [value] if _content_of(value) is not None else []
    if not isinstance(value, (list, tuple)):
        return []
    documents: list[Document] = []
    for rank, item in enumerate(value):
        try:
            document = _document(item, rank)
        except SENDER_FAULTS:
            continue
        if document is not None:
            documents.append(document)
    return documents


def _document(item: Any, rank: int) -> Document | None:
    if type(item) is dict and item.keys() <= _SIMPLE:
        # The common case, worth a shorter way: nothing nested, nothing wrapped.
        content, found_id, score = item.get("content"), item.get("id"), item.get("score")
        if type(content) is str and type(found_id) is str and type(score) is float and isfinite(score):
            return Document(found_id, content, score, {}, rank)
    if isinstance(item, (list, tuple)) and len(item) == 2 and number_from(item[1]) is not None:
        # LangChain's similarity_search_with_score returns pairs.
        document = _document(item[0], rank)
        if document is not None:
            document.score = number_from(item[1])
        return document
    if not isinstance(item, Mapping):
        text = text_from(item) if isinstance(item, str) else None
        return Document(content=text, rank=rank) if text else None
    if isinstance(item.get("kwargs"), Mapping) and "lc" in item:
        item = item["kwargs"]
    for wrapper in ("document", "node"):
        inner = item.get(wrapper)
        if isinstance(inner, Mapping):
            item = {**inner, **{key: part for key, part in item.items() if key != wrapper}}
    metadata = dict_from(item.get("metadata")) or {}
    score = score_in(item)
    score = score if score is not None else score_in(metadata)
    found_id = next((text for said in (item, metadata) for key in _IDS if (text := text_from(said.get(key)))), None)
    content = _content_of(item)
    if content is None and found_id is None and score is None:
        return None
    return Document(found_id or "", content or "", score, metadata, rank)


def _content_of(item: Mapping[str, Any]) -> str | None:
    for key in _CONTENT:
        value = item.get(key)
        if value is not None and not isinstance(value, Mapping) and (text := text_from(value)) is not None:
            return text
    return None


def score_in(item: Mapping[str, Any]) -> float | None:
    """How well a document fits, by the words libraries have for it; re-rankers write it into the metadata."""
    for key in _SCORES:
        number = number_from(item.get(key))
        if number is not None:
            return number
    return None
