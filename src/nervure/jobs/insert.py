"""Rows that a loop writes into the store, under a token that makes doing it again harmless."""

import os
import tempfile
from pathlib import Path

from nervure.jobs.loop import Hands


def insert_lines(hands: Hands, table: str, lines: bytes, token: str) -> None:
    """Inserts JSON lines as one block; nothing when there are none. Raises StoreDown, StoreError."""
    if not lines:
        return
    folder = hands.settings.data / "jobs"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".jsonl", delete=False) as file:
        file.write(lines)
    try:
        hands.engine.insert(table, Path(file.name), token)
    finally:
        os.unlink(file.name)
