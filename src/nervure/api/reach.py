"""How far a key reaches: one that opens a single project neither sees nor changes what belongs to others."""

from nervure.api.auth import Access
from nervure.base.errors import Forbidden

# Who is written into the audit log when no key says it.
LOCAL, ROOT = "local", "admin key"


def actor_of(access: Access) -> str:
    """Who acts, for the audit log: the key's name and id, the settings' admin key, or somebody on this machine."""
    if access.key is not None:
        return f"{access.key.name} ({access.key.id})"
    return ROOT if access.house.settings.auth else LOCAL


def only_project(access: Access) -> str:
    """The one project the request's key opens, "" when it opens all."""
    return access.key.project if access.key else ""


def check_reach(access: Access, project: str) -> None:
    """Raises Forbidden when the key opens only another project. project: "" stands for all of them."""
    only = only_project(access)
    if only and only != project:
        where = f"the project {project!r}" if project else "all projects"
        raise Forbidden(f"this key opens only the project {only!r}: use one that opens {where}")
