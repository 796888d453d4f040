"""Tables of the catalog, one file per noun."""

from nervure.catalog.tables.audit import AuditRow
from nervure.catalog.tables.base import Base
from nervure.catalog.tables.keys import KeyRow
from nervure.catalog.tables.mappings import MappingRow
from nervure.catalog.tables.prices import PriceRow
from nervure.catalog.tables.projects import ProjectRow
from nervure.catalog.tables.retention import RetentionRow
from nervure.catalog.tables.settings import SettingRow

__all__ = ["AuditRow", "Base", "KeyRow", "MappingRow", "PriceRow", "ProjectRow", "RetentionRow", "SettingRow"]
