"""API keys: their hash, never their secret."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Id, Name, Nanoseconds


class KeyRow(Base):
    """hash: SHA-256 of the secret in hex. A secret has 160 random bits, so it needs no slow hash and no salt."""

    __tablename__ = "keys"

    id: Mapped[Id]
    name: Mapped[Name]
    prefix: Mapped[str] = mapped_column(String(32))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    project: Mapped[str] = mapped_column(String(256), default="", index=True)
    rights: Mapped[list[str]]
    created_ns: Mapped[Nanoseconds]
    last_used_ns: Mapped[Nanoseconds | None]
    revoked_ns: Mapped[Nanoseconds | None]
    expires_ns: Mapped[Nanoseconds | None]
