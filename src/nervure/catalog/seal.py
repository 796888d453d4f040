"""Secrets of other systems (headers of destinations, passwords of collectors) as they lie in the catalog: encrypted.

Fernet (AES-128-CBC with HMAC-SHA256) under a key derived from the setting `secret_key`, or from a file that is made in
the data folder for its owner alone. So a copy of the catalog, a backup or a reader of the database tells no secret.
"""

import base64
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from nervure.base.errors import SettingsError
from nervure.base.journal import journal

FILE = "secret.key"
MARK = "sealed:1:"


class Seal:
    """Encrypts with the first key, decrypts with any: a key is changed by writing the new one before the old."""

    def __init__(self, keys: list[str]) -> None:
        """keys: any texts. Raises SettingsError when there is none."""
        if not keys:
            raise SettingsError("secrets cannot be kept without a key: set NERVURE_SECRET_KEY")
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in keys])

    def close(self, secret: str) -> str:
        """The secret encrypted; "" stays "", and what is sealed already stays as it is."""
        if not secret or secret.startswith(MARK):
            return secret
        return MARK + self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str, owner: str) -> str:
        """The secret itself. owner: whose it is, for the journal.

        What another key has sealed cannot be had again: "" then, and the journal says what to do. What was written
        before secrets were sealed is given as it is.
        """
        if not sealed.startswith(MARK):
            return sealed
        try:
            return self._fernet.decrypt(sealed[len(MARK) :].encode()).decode()
        except InvalidToken:
            journal("catalog").error(
                "a secret was sealed with another key: set NERVURE_SECRET_KEY to that key (or bring back secret.key "
                "of the data folder), or write the secret anew",
                owner=owner,
            )
            return ""


class Plain:
    """Seals nothing: for a catalog that is opened without settings, as `nervure migrate` does."""

    def close(self, secret: str) -> str:
        return secret

    def open(self, sealed: str, owner: str) -> str:
        return sealed


def open_seal(secret_key: str, data: Path) -> Seal:
    """The seal of the setting (several keys separated by commas, the newest first), else of the file in the data folder.

    Raises SettingsError when the file cannot be made or read.
    """
    keys = [key.strip() for key in secret_key.split(",") if key.strip()]
    return Seal(keys or [_key_of(data / FILE)])


def _key_of(file: Path) -> str:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return file.read_text("ascii").strip()
        with os.fdopen(made, "w", encoding="ascii") as opened:
            key = base64.urlsafe_b64encode(os.urandom(32)).decode()
            opened.write(f"{key}\n")
        return key
    except OSError as error:
        raise SettingsError(f"{file} cannot be used ({error.strerror}): set NERVURE_SECRET_KEY instead") from error


def _derived(key: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"nervure catalog secrets").derive(key.encode())
    return base64.urlsafe_b64encode(derived)
