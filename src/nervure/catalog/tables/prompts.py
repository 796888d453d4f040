"""Prompts, their versions and labels."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Id, Name, Nanoseconds, Words


class PromptRow(Base):
    """A prompt. version: the highest number given so far, deleted ones included. deleted_ns: 0 while it is there."""

    __tablename__ = "prompts"
    __table_args__ = (
        UniqueConstraint("project", "name"),
        Index("ix_prompts_project_external_id", "project", "external_id"),
    )

    id: Mapped[Id]
    project: Mapped[Name]
    name: Mapped[Name]
    type: Mapped[str] = mapped_column(String(16))
    description: Mapped[Words]
    tags: Mapped[list[str]]
    details: Mapped[dict[str, Any]]
    version: Mapped[int]
    external_id: Mapped[Name]
    author: Mapped[Name]
    created_ns: Mapped[Nanoseconds]
    changed_ns: Mapped[Nanoseconds]
    deleted_ns: Mapped[Nanoseconds]


class PromptVersionRow(Base):
    """A version. template: a text or a list of messages. deleted_ns: 0 while it is there."""

    __tablename__ = "prompt_versions"
    __table_args__ = (
        UniqueConstraint("prompt_id", "version"),
        Index("ix_prompt_versions_external_id", "external_id"),
    )

    id: Mapped[Id]
    prompt_id: Mapped[Name] = mapped_column(ForeignKey("prompts.id", ondelete="CASCADE"))
    version: Mapped[int]
    template: Mapped[Any] = mapped_column(JSON)
    config: Mapped[dict[str, Any]]
    variables: Mapped[list[str]]
    commit_hash: Mapped[str] = mapped_column(String(64))
    message: Mapped[Words]
    external_id: Mapped[Name]
    author: Mapped[Name]
    created_ns: Mapped[Nanoseconds]
    deleted_ns: Mapped[Nanoseconds]


class PromptLabelRow(Base):
    """A label of a prompt: on exactly one version."""

    __tablename__ = "prompt_labels"

    prompt_id: Mapped[str] = mapped_column(String(256), ForeignKey("prompts.id", ondelete="CASCADE"), primary_key=True)
    label: Mapped[str] = mapped_column(String(256), primary_key=True)
    version: Mapped[int]
    author: Mapped[Name]
    moved_ns: Mapped[Nanoseconds]
