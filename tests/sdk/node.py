"""Folders of Node packages for the SDKs, made when first needed and kept in .cache/sdk."""

import hashlib
import shutil
from pathlib import Path

from tests.sdk.environments import CACHE, Unavailable, _run, alone

PACKAGES: dict[str, tuple[str, ...]] = {
    "langfuse-js": (
        "@langfuse/client@5.11.1",
        "@langfuse/core@5.11.1",
        "@langfuse/tracing@5.11.1",
        "@langfuse/otel@5.11.1",
        "@opentelemetry/sdk-node@0.223.0",
    ),
    # Microsoft's emulator of Blob Storage.
    "azurite": ("azurite@3.35.0",),
    "langsmith-js": ("langsmith@0.12.0", "@langchain/core@1.4.0", "openai@6.49.0"),
}


def node_of(name: str, program: Path) -> list[str]:
    """The command that runs a program with these packages. Raises Unavailable without Node or a registry."""
    folder = folder_of(name)
    # Node looks for packages beside the program.
    copy = folder / program.name
    shutil.copyfile(program, copy)
    return [str(shutil.which("node")), str(copy)]


def folder_of(name: str) -> Path:
    """The folder with these packages in its node_modules. Raises Unavailable without Node or a registry."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise Unavailable("node and npm are not installed")
    wanted = PACKAGES[name]
    mark = hashlib.sha256("\n".join(wanted).encode()).hexdigest()[:12]
    folder = CACHE / f"{name}-{mark}"
    with alone(folder.name):
        if not (folder / ".complete").is_file():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            _run([npm, "install", "--prefix", str(folder), "--no-save", "--no-audit", "--no-fund", "--silent", *wanted])
            (folder / ".complete").touch()
    return folder
