"""/api/v1/mappings: your own rules for dialects Nervure does not know, in versions."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach
from nervure.base.clock import iso
from nervure.model.mapping import MappingVersion
from nervure.normalise.engine import Normaliser
from nervure.normalise.mappings import parse_mapping
from nervure.normalise.restore import raw_of

router = APIRouter(prefix="/api/v1", tags=["mappings"])
LONGEST_SHOWN = 300
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]


class MappingAnswer(BaseModel):
    """A version of a mapping."""

    name: str
    version: int
    text: str = Field(description="TOML, as it was written.")
    author: str
    active: bool
    created: str


class MappingList(BaseModel):
    """Versions."""

    items: list[MappingAnswer]
    next_cursor: None = None


class MappingText(BaseModel):
    """The text of a mapping."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(description="TOML with [mapping] and [[rule]] tables.")


class Activation(BaseModel):
    """Which version is in force."""

    model_config = ConfigDict(extra="forbid")
    version: int | None = Field(description="null: none of them.")


class Trial(BaseModel):
    """A text to try on a stored span, before it is kept."""

    model_config = ConfigDict(extra="forbid")
    text: str
    name: str = Field("", description="Of the mapping it would replace; as the text says when left out.")
    trace_id: str
    span_id: str


class TriedField(BaseModel):
    """What one field would become, and which rule says so."""

    field: str
    before: str | None = Field(description="With the mappings in force; null: nothing. Cut after 200 characters.")
    after: str | None = Field(description="With this text; null: nothing.")
    convention: str = Field(description="Dialect that gives `after` (else `before`); empty: settled for all dialects.")
    key: str = Field(description="Attribute the value comes from, `read` or `finalise`.")
    changed: bool


class TrialAnswer(BaseModel):
    """What a span would be read as."""

    span_name: str
    speaks: bool = Field(description="Whether the mapping applies to this span at all.")
    fields: list[TriedField]
    attributes: dict[str, Any] = Field(description="The span's original attributes, to write rules for.")


@router.get("/mappings")
def list_mappings(
    access: Reader, inactive: Annotated[bool, Query(description="Also those of which no version is in force.")] = False
) -> MappingList:
    """The versions in force, by name."""
    mappings = access.house.catalog.mappings
    return MappingList(items=[_answer(version) for version in (mappings.latest() if inactive else mappings.active())])


@router.post("/mappings/try")
def try_mapping(access: Reader, body: Trial) -> TrialAnswer:
    """What a stored span would be read as with a text, field by field. Nothing is kept."""
    house = access.house
    tried = parse_mapping(body.text, body.name or "mapping")
    span = house.asker.stored_span(access.project, body.trace_id, body.span_id)
    # The tried one takes the place of its former version, and of a dialect of its name.
    others = [one for one in house.normaliser.conventions if one.name != body.name]
    before = {row.field: row for row in house.normaliser.explain_stored(span)}
    after = {row.field: row for row in Normaliser(others, [tried]).explain_stored(span)}
    fields = []
    for name in dict.fromkeys((*after, *before)):
        old, new = before.get(name), after.get(name)
        said = new or before[name]
        fields.append(
            TriedField(
                field=name,
                before=old.value if old else None,
                after=new.value if new else None,
                convention=said.convention,
                key=said.key,
                changed=(old.value if old else None) != (new.value if new else None),
            )
        )
    speaks = tried.speaks(raw_of(span))
    return TrialAnswer(
        span_name=span.name, speaks=speaks, fields=fields, attributes={k: _shown(v) for k, v in span.attributes.items()}
    )


@router.get("/mappings/{name}")
def get_mapping(access: Reader, name: str) -> MappingList:
    """All versions of a mapping, newest first."""
    return MappingList(items=[_answer(version) for version in access.house.catalog.mappings.versions(name)])


@router.put("/mappings/{name}")
def put_mapping(access: Admin, name: str, body: MappingText) -> MappingAnswer:
    """Keep a text as the next version and put it in force; a text that is no mapping is refused with its mistake.

    Telemetry is read with it within seconds. What is stored already is read with it when it is re-applied.
    """
    check_reach(access, "")
    parse_mapping(body.text, name)
    return _answer(access.house.catalog.mappings.put(name, body.text, actor_of(access)))


@router.post("/mappings/{name}/activate")
def activate_mapping(access: Admin, name: str, body: Activation) -> MappingList:
    """Put another version, or none, in force within seconds. Answers all versions."""
    check_reach(access, "")
    access.house.catalog.mappings.activate(name, body.version, actor_of(access))
    return MappingList(items=[_answer(version) for version in access.house.catalog.mappings.versions(name)])


def _shown(value: Any) -> Any:
    """A value as JSON can say it, long texts cut."""
    if isinstance(value, str) and len(value) > LONGEST_SHOWN:
        return value[:LONGEST_SHOWN] + "…"
    return repr(value) if isinstance(value, bytes) else value


def _answer(version: MappingVersion) -> MappingAnswer:
    return MappingAnswer(
        name=version.name,
        version=version.version,
        text=version.text,
        author=version.author,
        active=version.active,
        created=iso(version.created_ns),
    )
