"""Where programs find the server: NERVURE_URL, NERVURE_API_KEY and NERVURE_PROJECT, read here and nowhere else."""

import os
from dataclasses import dataclass

DEFAULT_URL = "http://127.0.0.1:4318"
_FALSE = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Connection:
    """url: without a slash at the end. api_key, project: empty when not given."""

    url: str = DEFAULT_URL
    api_key: str = ""
    project: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        headers = {}
        if self.api_key:
            headers["authorization"] = f"Bearer {self.api_key}"
        if self.project:
            headers["x-nervure-project"] = self.project
        return headers


def connection(url: str | None = None, api_key: str | None = None, project: str | None = None) -> Connection:
    """What was given, else the environment, else the default server on this machine."""
    return Connection(
        url=(url or os.environ.get("NERVURE_URL") or DEFAULT_URL).rstrip("/"),
        api_key=api_key if api_key is not None else os.environ.get("NERVURE_API_KEY", ""),
        project=project if project is not None else os.environ.get("NERVURE_PROJECT", ""),
    )


def service_name(given: str | None) -> str:
    """The application's name: as given, else NERVURE_SERVICE, else OTEL_SERVICE_NAME, else empty."""
    return given or os.environ.get("NERVURE_SERVICE") or os.environ.get("OTEL_SERVICE_NAME") or ""


def captures_content(given: bool | None) -> bool:
    """Whether inputs and outputs are recorded: as given, else NERVURE_CAPTURE_CONTENT, else yes."""
    if given is not None:
        return given
    return os.environ.get("NERVURE_CAPTURE_CONTENT", "").strip().lower() not in _FALSE


def prefer_environment(name: str, value: str) -> None:
    """Sets an environment variable for libraries of this process that read it, unless the user has set it."""
    os.environ.setdefault(name, value)


def child_environment(connection: Connection) -> dict[str, str]:
    """The environment for a child process that speaks to the same server."""
    return {
        **os.environ,
        "NERVURE_URL": connection.url,
        "NERVURE_API_KEY": connection.api_key,
        "NERVURE_PROJECT": connection.project,
    }
