"""Credentials that expire or depend on the request: what a fixed header cannot say.

A signer is one file in `signers/`, ending in SIGNER. It takes credentials from where the cloud's own tools do (role of the
machine, environment, their files), so that no secret is stored here.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType

import httpx

from nervure.base.errors import BadInput
from nervure.base.plugins import discover


class Unsigned(Exception):
    """No credentials could be had; says why, in words."""


@dataclass(frozen=True, slots=True)
class Signer:
    """settings: what may be said, name to meaning. open(settings) makes the signing of one destination's requests.

    `open` raises BadInput for settings that cannot be; while signing, Unsigned.
    """

    name: str
    title: str
    about: str
    settings: Mapping[str, str]
    open: Callable[[Mapping[str, str]], httpx.Auth]


@cache
def signers() -> dict[str, Signer]:
    """All signers by name."""
    from nervure.forward import signers as folder

    return discover(folder, "SIGNER")


def check_signer(name: str, settings: Mapping[str, str], protocol: str) -> None:
    """Raises BadInput for a signer or a setting that does not exist."""
    if not name:
        if settings:
            raise BadInput("auth_settings belong to an auth: say which one")
        return
    if name not in signers():
        raise BadInput(f"there is no auth {name!r}: one of {', '.join(sorted(signers()))}")
    if protocol != "http":
        raise BadInput(f"auth {name!r} signs OTLP over HTTP: set protocol to http")
    known = signers()[name].settings
    if unknown := sorted(settings.keys() - known.keys()):
        raise BadInput(f"auth {name!r} has no setting {unknown[0]!r}: {', '.join(known)}")


def needed(module: str) -> ModuleType:
    """A module of the extra `cloud`. Raises BadInput with what to install when it is not there."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise BadInput(f"{module} is not installed: pip install 'nervure[server,cloud]'") from error
