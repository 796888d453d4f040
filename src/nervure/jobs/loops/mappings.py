"""Puts the user's mappings into force: at the start and whenever the catalog has others, without a restart."""

from nervure.base.errors import BadInput
from nervure.base.journal import journal
from nervure.base.settings import Settings
from nervure.catalog.catalog import Catalog
from nervure.jobs.loop import Hands, Loop
from nervure.model.mapping import MappingVersion
from nervure.normalise.convention import Convention
from nervure.normalise.mappings import load_mappings, parse_mapping

# Of each running house: which versions are in force.
_in_force: dict[int, list[MappingVersion]] = {}


def user_conventions(settings: Settings, catalog: Catalog) -> list[Convention]:
    """The user's dialects: files of the folder, then those put into the catalog; a later one of a name wins.

    Raises MappingError for a wrong file; a wrong text in the catalog is reported and left out, since a server that
    cannot start cannot be asked to mend it.
    """
    files = load_mappings(settings.mappings) if settings.mappings else []
    found = {convention.name: convention for convention in files}
    for version in catalog.mappings.active():
        try:
            convention = parse_mapping(version.text, version.name)
        except BadInput as error:
            journal("mappings").error("a mapping cannot be used", name=version.name, reason=str(error))
            continue
        found[convention.name] = convention
    return list(found.values())


def run(hands: Hands) -> None:
    """One round."""
    active = hands.catalog.mappings.active()
    if active != _in_force.get(id(hands.normaliser), []):
        hands.normaliser.use(user_conventions(hands.settings, hands.catalog))
        _in_force[id(hands.normaliser)] = active
        journal("mappings").info("mappings in force", names=[version.name for version in active])


LOOP = Loop(name="mappings", every_s=2.0, run=run, first_s=0.0)
