"""What clients upload beside their telemetry: objects, tables and files, by name and content."""

from typing import Any

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Name, Nanoseconds, Words


class AssetRow(Base):
    """One version. sha256: of content that stands in the media folder, "" when it stands in text."""

    __tablename__ = "assets"
    __table_args__ = (Index("ix_assets_project_kind_digest", "project", "kind", "digest"),)

    project: Mapped[str] = mapped_column(String(256), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(256), primary_key=True)
    digest: Mapped[str] = mapped_column(String(128), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    text: Mapped[Words]
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Integer)
    facts: Mapped[dict[str, Any]]
    author: Mapped[Name]
    created_ns: Mapped[Nanoseconds]
