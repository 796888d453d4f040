"""Amazon: Signature Version 4, as CloudWatch's OTLP endpoints ask.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html
Signed by the AWS Common Runtime. Credentials: the default chain (environment, profile, container, instance role).
"""

from collections.abc import Generator, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import httpx

from nervure.base.errors import BadInput
from nervure.forward.signer import Signer, Unsigned, needed

CHAIN_TIMEOUT_S = 10.0
# What the signature must cover; others may be changed on the way.
SIGNED = ("content-type", "content-encoding", "x-aws-log-group", "x-aws-log-stream")


class Signature(httpx.Auth):
    """Signs each request anew: a signature holds for its body and for five minutes."""

    requires_request_body = True

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._auth, self._http = needed("awscrt.auth"), needed("awscrt.http")
        self._region, self._service = settings.get("region", ""), settings.get("service", "")
        profile = settings.get("profile", "")
        providers = self._auth.AwsCredentialsProvider
        try:
            self._provider = providers.new_profile(profile_name=profile) if profile else providers.new_default_chain()
        except Exception as error:
            raise BadInput(f"AWS credentials cannot be looked for: {error}") from error

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Adds authorization, x-amz-date and, for temporary credentials, x-amz-security-token."""
        service, region = self._place(str(request.url))
        signed = self._http.HttpRequest(request.method, request.url.raw_path.decode("ascii"))
        signed.headers.add("host", request.headers["host"])
        for name in SIGNED:
            if name in request.headers:
                signed.headers.add(name, request.headers[name])
        config = self._auth.AwsSigningConfig(
            credentials_provider=self._provider, region=region, service=service,
            signed_body_value=sha256(request.content).hexdigest(),
        )  # fmt: skip
        try:
            done: Any = self._auth.aws_sign_request(signed, config).result(CHAIN_TIMEOUT_S)
        except Exception as error:
            raise Unsigned(f"no AWS credentials were found (environment, profile, role): {error}") from error
        for name, value in done.headers:
            request.headers[name] = value
        yield request

    def _place(self, url: str) -> tuple[str, str]:
        """Service and region of the signature, told by the host unless they were said."""
        labels = (urlsplit(url).hostname or "").split(".")
        is_amazon = len(labels) >= 4 and labels[2].startswith("amazonaws")
        service = self._service or (labels[0] if is_amazon else "")
        region = self._region or (labels[1] if is_amazon else "")
        if not service or not region:
            raise Unsigned(f"the address {url} does not tell AWS's service and region: set them as auth_settings")
        return service, region


SIGNER = Signer(
    name="aws",
    title="AWS Signature Version 4",
    about="Credentials as the AWS tools find them: environment, profile, container or instance role.",
    settings={
        "region": "told by the host when left out",
        "service": "xray, logs or monitoring; told by the host when left out",
        "profile": "a profile of ~/.aws instead of the default chain",
    },
    open=Signature,
)
