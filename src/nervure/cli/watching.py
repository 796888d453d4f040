"""Waiting for a job of the server, with its progress on the terminal."""

from threading import Event
from typing import Any

from rich.console import Console
from rich.progress import Progress

from nervure.base.errors import NervureError
from nervure.client.http import Http

POLL_S = 0.3


def watched(http: Http, path: str, job: Any, words: str, *, stops_with_us: bool = False) -> Any:
    """The job's state when it has ended well. path: of one job, without its id. words: what it does, for the terminal.

    On Ctrl-C the job goes on at the server and is named, or with stops_with_us is cancelled. Raises NervureError when it
    failed or was cancelled by somebody else.
    """
    console, pause, where = Console(stderr=True), Event(), f"{path}/{job['id']}"
    try:
        with Progress(console=console) as progress:
            task = progress.add_task(words, total=1.0)
            while job["state"] in ("waiting", "running"):
                pause.wait(POLL_S)
                job = http.get(where)
                progress.update(task, completed=job["progress"])
    except KeyboardInterrupt:
        if stops_with_us:
            http.delete(where)
            console.print(f"{words} was cancelled")
        else:
            console.print(f"{words} goes on at the server: `GET {where}` tells how far it is")
        raise
    if job["state"] != "done":
        raise NervureError(f"{words} ended as {job['state']}: {job['error'] or 'no reason was given'}")
    return job
