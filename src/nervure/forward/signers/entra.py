"""Azure: Microsoft Entra tokens, as Azure Monitor's OTLP endpoints ask.

https://learn.microsoft.com/azure/azure-monitor/fundamentals/opentelemetry-protocol-ingestion
Credentials: azure-identity's default chain (environment, workload and managed identity, developer tools).
"""

from collections.abc import Generator, Mapping

import httpx

from nervure.base.errors import BadInput
from nervure.forward.signer import Signer, Unsigned, needed

SCOPE = "https://monitor.azure.com/.default"


class Token(httpx.Auth):
    """A bearer token; the library keeps it until shortly before it ends."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        identity = needed("azure.identity")
        self._scope = settings.get("scope", "") or SCOPE
        client = settings.get("client_id", "")
        try:
            chosen = {"managed_identity_client_id": client} if client else {}
            self._credential = identity.DefaultAzureCredential(**chosen)
        except Exception as error:
            raise BadInput(f"Entra credentials cannot be looked for: {error}") from error

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Adds authorization."""
        try:
            token = self._credential.get_token(self._scope).token
        except Exception as error:
            raise Unsigned(f"Entra gave no token: {str(error).splitlines()[0]}") from error
        request.headers["authorization"] = f"Bearer {token}"
        yield request


SIGNER = Signer(
    name="entra",
    title="Microsoft Entra",
    about="The machine's identity, or a service principal in the environment (AZURE_CLIENT_ID, AZURE_TENANT_ID, ...).",
    settings={
        "client_id": "of a user-assigned managed identity",
        "scope": f"of the token; {SCOPE} when left out",
    },
    open=Token,
)
