"""Imports of the full install, with words instead of a traceback when only the light one is there."""

import importlib
from typing import Any

from nervure.base.errors import NervureError


def server_part(module: str) -> Any:
    """A module that needs the server's packages. Raises NervureError saying how to install them."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == "nervure":
            raise
        raise NervureError(
            f"this command needs the full install ({error.name} is missing): pip install 'nervure[server]'"
        ) from error
