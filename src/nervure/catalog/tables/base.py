"""What all tables of the catalog share. Times are BIGINT ns since the epoch; JSON is text on both databases."""

from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, Float, Integer, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

Id = Annotated[str, mapped_column(String(64), primary_key=True)]
Name = Annotated[str, mapped_column(String(256))]
Words = Annotated[str, mapped_column(Text, default="")]
Nanoseconds = Annotated[int, mapped_column(BigInteger)]
# SQLite counts rows only in a column that is exactly INTEGER.
Serial = Annotated[
    int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
]


class Base(DeclarativeBase):
    """Constraint names are given, because PostgreSQL and SQLite would each invent their own."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {float: Float, dict[str, Any]: JSON, list[str]: JSON, list[Any]: JSON}  # noqa: RUF012 - SQLAlchemy's own attribute
