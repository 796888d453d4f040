"""What detection found: incidents, their findings, and how far detection has got in each project."""

from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Id, Name, Nanoseconds


class IncidentRow(Base):
    """body: the incident's other members. closed_ns 0: it lasts. The id is made of what it is about: no second one can be opened."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index("ix_incidents_project_opened_ns", "project", "opened_ns"),
        Index("ix_incidents_project_status", "project", "status"),
    )

    id: Mapped[Id]
    project: Mapped[Name]
    status: Mapped[str] = mapped_column(String(16))
    severity: Mapped[str] = mapped_column(String(16))
    opened_ns: Mapped[Nanoseconds]
    updated_ns: Mapped[Nanoseconds]
    closed_ns: Mapped[Nanoseconds]
    body: Mapped[dict[str, Any]]


class FindingRow(Base):
    """body: the finding's other members. incident: "" for one that opened none."""

    __tablename__ = "findings"
    __table_args__ = (
        Index("ix_findings_project_found_ns", "project", "found_ns"),
        Index("ix_findings_incident", "incident"),
    )

    id: Mapped[Id]
    project: Mapped[Name]
    incident: Mapped[str] = mapped_column(String(64))
    measure: Mapped[Name]
    found_ns: Mapped[Nanoseconds]
    body: Mapped[dict[str, Any]]


class DetectionRow(Base):
    """until_ns: everything that ended before has been looked at. state: standing alarms and groups."""

    __tablename__ = "detection"

    project: Mapped[str] = mapped_column(String(256), primary_key=True)
    until_ns: Mapped[Nanoseconds]
    changed_ns: Mapped[Nanoseconds]
    state: Mapped[dict[str, Any]]
