"""Who sends, and into which project."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from nervure.base.clock import Clock
from nervure.base.credentials import secret_of
from nervure.base.errors import BadInput, Forbidden, Unauthenticated
from nervure.base.settings import Settings
from nervure.model.key import Key
from nervure.model.raw import Origin
from nervure.model.score import Score

PROJECT_HEADER = "x-nervure-project"
PROJECT_ATTRIBUTE = "nervure.project"
# A vendor's own notion of a project, where its SDK tells it.
VENDOR_HEADERS = ("langsmith-project", "projectname", "x-mlflow-experiment-id", "openai-project")
VENDOR_ATTRIBUTES = ("openinference.project.name", "opik.project_name", "weave.project_id", "braintrust.project_id")
# What a vendor's client says when nobody chose a project: the id of MLflow's experiment "Default".
UNCHOSEN = {"x-mlflow-experiment-id": "0"}
MAX_PROJECT_LENGTH = 200


class Keys(Protocol):
    """The catalog's keys."""

    def find(self, secret: str) -> Key | None: ...


@dataclass(frozen=True, slots=True)
class Sender:
    """A sender that may send. named: project its header names. vendor: what its SDK calls a project, in a header.

    bound: the only project its key opens, "" for any. fallback: project of what names none.
    """

    named: str
    vendor: str
    bound: str
    fallback: str

    @property
    def project(self) -> str:
        """Project of telemetry whose resource names none."""
        return self.named or self.bound or self.vendor or self.fallback

    @property
    def is_decided(self) -> bool:
        """Whether the header or the key says the project, whatever the telemetry names."""
        return bool(self.named or self.bound)

    def project_of_score(self, score: Score) -> str:
        """Project of a judgement whose protocol names one (its wire wrote it there), "" of one without."""
        is_named = score.project != "default" and len(score.project) <= MAX_PROJECT_LENGTH
        return score.project if is_named and not self.is_decided else ""

    def project_of(self, origin: Origin) -> str:
        """Project of telemetry of one origin: header, resource attribute, vendor's notion, key, default.

        A key bound to one project cannot be led into another by what the telemetry says.
        """
        if self.is_decided:
            return self.project
        resource = origin.resource
        for place in (PROJECT_ATTRIBUTE, *VENDOR_ATTRIBUTES):
            name = resource.get(place)
            if name and isinstance(name, str) and len(name) <= MAX_PROJECT_LENGTH:
                return name
        return self.project


class Doorkeeper:
    """Lets senders in. keys: None when there is no catalog (then only the admin key opens)."""

    def __init__(self, settings: Settings, clock: Clock, keys: Keys | None) -> None:
        self._settings, self._clock, self._keys = settings, clock, keys

    @property
    def may_block(self) -> bool:
        """Whether `admit` may have to ask the catalog, and so belongs on a thread."""
        return self._settings.auth and self._keys is not None

    def admit(self, headers: Mapping[str, str]) -> Sender:
        """The sender of a request. headers: HTTP headers or gRPC metadata, names in lower case.

        Raises Unauthenticated, Forbidden, and BadInput for an impossible project. With `auth = false` credentials are
        not looked at: SDKs that insist on a key may send any.
        """
        named = headers.get(PROJECT_HEADER, "").strip()
        told = ((header, headers.get(header, "").strip()) for header in VENDOR_HEADERS)
        vendor = next((name for header, name in told if name and name != UNCHOSEN.get(header)), "")
        if max(len(named), len(vendor)) > MAX_PROJECT_LENGTH:
            raise BadInput(
                f"a project's name has at most {MAX_PROJECT_LENGTH} characters, got {max(len(named), len(vendor))}"
            )
        fallback = self._settings.default_project
        if not self._settings.auth:
            return Sender(named, vendor, "", fallback)
        secret = secret_of(headers)
        if not secret:
            raise Unauthenticated(
                "this server asks for an API key: send the header `Authorization: Bearer <key>`, e.g. by "
                "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20<key>"
            )
        admin = self._settings.admin_key
        if admin and hmac.compare_digest(secret.encode(), admin.encode()):
            return Sender(named, vendor, "", fallback)
        key = self._keys.find(secret) if self._keys else None
        if key is None or not key.is_active(self._clock.now_ns()):
            raise Unauthenticated("nobody knows this API key, or it was revoked or has expired: ask for a new one")
        if not key.may("send", named):
            where = f" to project {named!r}" if named else ""
            raise Forbidden(f"the key {key.name!r} ({key.prefix}...) may not send{where}")
        return Sender(named, vendor, key.project, fallback)
