"""nervure version: versions that matter in a report of a defect."""

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of

import nervure
from nervure.cli import show
from nervure.cli.command import CARE, AsJson, Command

PACKAGES = (
    "opentelemetry-sdk",
    "httpx",
    "chdb",
    "clickhouse-connect",
    "fastapi",
    "genai-prices",
    "pyarrow",
    "sqlalchemy",
)


def version(as_json: AsJson = False) -> None:
    """Print the versions of Nervure, Python and the libraries that matter."""
    found = versions()
    if as_json:
        show.print_json(found)
    else:
        show.console().print(show.table(("package", "version"), found.items()))


def versions() -> dict[str, str]:
    """Package to version, or "not installed"."""
    found = {"nervure": nervure.__version__, "python": platform.python_version(), "platform": platform.platform()}
    for name in PACKAGES:
        try:
            found[name] = version_of(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


COMMAND = Command("version", version, CARE)
