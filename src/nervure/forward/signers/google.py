"""Google Cloud: OAuth tokens, as telemetry.googleapis.com asks.

https://cloud.google.com/stackdriver/docs/reference/telemetry/overview
Credentials: Application Default Credentials, or a service account's file on the server.
"""

from collections.abc import Generator, Mapping
from threading import Lock

import httpx

from nervure.base.errors import BadInput
from nervure.forward.signer import Signer, Unsigned, needed

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


class Token(httpx.Auth):
    """A bearer token, renewed shortly before it ends."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._requests = needed("google.auth.transport.requests")
        self._lock, self._project = Lock(), settings.get("quota_project", "")
        file = settings.get("credentials_file", "")
        try:
            if file:
                accounts = needed("google.oauth2.service_account").Credentials
                self._credentials = accounts.from_service_account_file(file, scopes=SCOPES)
            else:
                self._credentials, _ = needed("google.auth").default(scopes=SCOPES)
        except Exception as error:
            raise BadInput(f"no Google credentials were found: {error}") from error

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Adds authorization and, when said, the project that is charged."""
        with self._lock:
            if not self._credentials.valid:
                try:
                    self._credentials.refresh(self._requests.Request())
                except Exception as error:
                    raise Unsigned(f"Google gave no token: {error}") from error
        request.headers["authorization"] = f"Bearer {self._credentials.token}"
        if self._project:
            request.headers["x-goog-user-project"] = self._project
        yield request


SIGNER = Signer(
    name="google",
    title="Google OAuth",
    about="Application Default Credentials of the machine, or a service account's file.",
    settings={
        "credentials_file": "a service account's JSON file on the server",
        "quota_project": "the project that is charged (x-goog-user-project)",
    },
    open=Token,
)
