"""Images, sound and files beside records: fetched when they can be, told when they cannot."""

import base64
from collections.abc import Callable

from nervure.base.errors import Busy, NervureError
from nervure.importers.importer import Misfit
from nervure.importers.pages import Api


class Attachments:
    """Thread-safe. What could not be fetched waits for `lost`: the record is worth more than its attachment."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lost: list[Misfit] = []

    def fetch(self, what: str, find: Callable[[], str]) -> tuple[str, str] | None:
        """Content as base64 and media type of what lies at the address that `find` tells, None when it cannot be had.

        what: names it for the report. Raises Busy: that is no matter of this attachment.
        """
        try:
            content, kind = self._api.download(find())
        except Busy:
            raise
        except NervureError as error:
            self._lost.append(Misfit(what, f"an attachment that could not be fetched: {type(error).__name__}"))
            return None
        return base64.b64encode(content).decode("ascii"), kind

    def lost(self) -> list[Misfit]:
        """What could not be fetched since this was asked last."""
        told, self._lost = self._lost, []
        return told
