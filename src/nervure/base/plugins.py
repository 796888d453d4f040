"""Plug-in discovery: a folder is a registry, entry points admit third parties."""

import importlib
import pkgutil
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

from nervure.base.errors import SettingsError


def discover(package: ModuleType, constant: str) -> dict[str, Any]:
    """Every plug-in of one kind, by its `name`, the folder's own first, in order of file name.

    package: the folder, e.g. `nervure.normalise.conventions`; each module in it (but names with a leading
    underscore) must end in `constant`, e.g. CONVENTION. Third parties register the object under the entry point
    group named as the package. Raises SettingsError for a module without the constant or for a name used twice.
    """
    found: dict[str, Any] = {}
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        if not hasattr(module, constant):
            raise SettingsError(f"{module.__name__} has no {constant}: a plug-in file ends in that constant")
        _admit(found, getattr(module, constant), module.__name__)
    for point in sorted(entry_points(group=package.__name__), key=lambda point: point.name):
        _admit(found, point.load(), f"entry point {point.value}")
    return found


def _admit(found: dict[str, Any], plugin: Any, origin: str) -> None:
    if plugin.name in found:
        raise SettingsError(f"{origin}: the plug-in name {plugin.name!r} is taken; choose another")
    found[plugin.name] = plugin
