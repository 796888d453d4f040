"""Tables of the catalog, one file per noun."""

from nervure.catalog.tables.annotation import AnnotationAnswerRow, AnnotationItemRow, AnnotationQueueRow
from nervure.catalog.tables.assets import AssetRow
from nervure.catalog.tables.audit import AuditRow
from nervure.catalog.tables.base import Base
from nervure.catalog.tables.changes import ChangeRow
from nervure.catalog.tables.dashboards import DashboardRow
from nervure.catalog.tables.datasets import DatasetItemRow, DatasetRow
from nervure.catalog.tables.deliveries import DeliveryRow
from nervure.catalog.tables.detection import DetectionRow, FindingRow, IncidentRow
from nervure.catalog.tables.evaluations import (
    EvaluationDayRow,
    EvaluationRuleRow,
    EvaluationRuleVersionRow,
    EvaluationTaskRow,
)
from nervure.catalog.tables.experiments import ExperimentItemRow, ExperimentRow
from nervure.catalog.tables.judging import (
    JudgeAccountRow,
    JudgeAnswerRow,
    JudgeCheckRow,
    JudgeProbeRow,
    JudgeReservationRow,
)
from nervure.catalog.tables.keys import KeyRow
from nervure.catalog.tables.mappings import MappingRow
from nervure.catalog.tables.prices import PriceRow
from nervure.catalog.tables.projects import ProjectRow
from nervure.catalog.tables.prompts import PromptLabelRow, PromptRow, PromptVersionRow
from nervure.catalog.tables.reference_windows import ReferenceWindowRow
from nervure.catalog.tables.retention import RetentionRow
from nervure.catalog.tables.settings import SettingRow
from nervure.catalog.tables.views import ViewRow

__all__ = [
    "AnnotationAnswerRow",
    "AnnotationItemRow",
    "AnnotationQueueRow",
    "AssetRow",
    "AuditRow",
    "Base",
    "ChangeRow",
    "DashboardRow",
    "DatasetItemRow",
    "DatasetRow",
    "DeliveryRow",
    "DetectionRow",
    "EvaluationDayRow",
    "EvaluationRuleRow",
    "EvaluationRuleVersionRow",
    "EvaluationTaskRow",
    "ExperimentItemRow",
    "ExperimentRow",
    "FindingRow",
    "IncidentRow",
    "JudgeAccountRow",
    "JudgeAnswerRow",
    "JudgeCheckRow",
    "JudgeProbeRow",
    "JudgeReservationRow",
    "KeyRow",
    "MappingRow",
    "PriceRow",
    "ProjectRow",
    "PromptLabelRow",
    "PromptRow",
    "PromptVersionRow",
    "ReferenceWindowRow",
    "RetentionRow",
    "SettingRow",
    "ViewRow",
]
