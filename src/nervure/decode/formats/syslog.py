"""Syslog messages as log records: RFC 5424, RFC 3164 and what devices make of it; and the framing of RFC 6587.

What nobody can read is kept whole as the body of a record with the flag "unparsed".
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from nervure.base.clock import NS_PER_S
from nervure.decode.formats import json_log
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.values import TRUNCATED, cut, flag
from nervure.decode.wire import DecodeLimits
from nervure.model.raw import Attributes, RawLog

UNPARSED = "unparsed"
LEVELS = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
FACILITIES = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit",
    "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
)  # fmt: skip
PRIORITY = re.compile(r"<(\d{1,3})>")
HEADER_5424 = re.compile(r"1 (\S+) (\S{1,255}) (\S{1,255}) (\S{1,255}) (\S{1,255}) ")
TIME_3164 = re.compile(r"([A-Z][a-z]{2}) ([ \d]\d)(?: (\d{4}))? (\d{2}):(\d{2}):(\d{2})(\.\d{1,6})? ")
TIME_ISO = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?) ")
TAG = re.compile(r"([A-Za-z0-9_./@%+-]{1,128})(?:\[([^\]\s]{1,128})\])?: ?")
HOST = re.compile(r"([A-Za-z0-9_.:%-]{1,255}) ")
ELEMENT = re.compile(r'\[([^\s=\]"]{1,64})((?: [^\s=\]"]{1,64}="(?:[^"\\\]]|\\.)*")*)\]', re.DOTALL)
PARAM = re.compile(r' ([^\s=\]"]{1,64})="((?:[^"\\\]]|\\.)*)"', re.DOTALL)
ESCAPED = re.compile(r'\\(["\\\]])')
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BOM = "\ufeff"
CEE = "@cee:"


def read(
    data: bytes, peer: str, now_ns: int, zone: tzinfo, origins: Origins, limits: DecodeLimits, is_cut: bool = False
) -> RawLog:
    """One message. peer: address it came from. zone: of times that name none. is_cut: its end was left out."""
    text = data.rstrip(b"\r\n\0").decode("utf-8", "replace")
    said = _parsed(text, now_ns, zone)
    if said is None:
        flags = [UNPARSED]
        if is_cut:
            flag(flags, TRUNCATED)
        origin = origins.of({"host.name": peer} if peer else {})
        return RawLog(origin, now_ns, now_ns, "", "", 0, "", "", cut(text, limits, flags), {}, flags)
    message = said.pop("message")
    message = message.removeprefix(BOM)
    if message.startswith(CEE):
        message = message.removeprefix(CEE).lstrip()
    log = json_log.read({**said, "message": message}, origins, limits, {"host.name": peer} if peer else None)
    log.observed_ns = now_ns
    if log.body is None:
        log.body = ""
    if peer:
        log.attributes["client.address"] = peer
    if is_cut:
        flag(log.flags, TRUNCATED)
    return log


def _parsed(text: str, now_ns: int, zone: tzinfo) -> Attributes | None:
    """Fields of a message, None for what is no syslog message."""
    found = PRIORITY.match(text)
    if found is None or (priority := int(found[1])) > 191:
        return None
    facility, severity = divmod(priority, 8)
    said: Attributes = {"level": LEVELS[severity], "syslog.facility": FACILITIES[facility]}
    rest = text[found.end() :]
    header = HEADER_5424.match(rest)
    if header is not None:
        return _rfc5424(header, rest[header.end() :], said)
    return _rfc3164(rest, said, now_ns, zone)


def _rfc5424(header: "re.Match[str]", rest: str, said: Attributes) -> Attributes | None:
    time, host, app, process, message_id = header.groups()
    for name, value in (
        ("@timestamp", time), ("host.name", host), ("service.name", app), ("syslog.proc_id", process),
        ("syslog.msg_id", message_id),
    ):  # fmt: skip
        if value != "-":
            said[name] = value
    if rest.startswith("-"):
        after = rest[1:]
    else:
        at = 0
        while (element := ELEMENT.match(rest, at)) is not None:
            for name, value in PARAM.findall(element[2]):
                said[f"{element[1]}.{name}"] = ESCAPED.sub(r"\1", value)
            at = element.end()
        if not at:
            return None
        after = rest[at:]
    if after and not after.startswith(" "):
        return None
    said["message"] = after[1:]
    return said


def _rfc3164(rest: str, said: Attributes, now_ns: int, zone: tzinfo) -> Attributes | None:
    """Whatever stands there of time, host and tag: devices leave out any of them."""
    time = TIME_3164.match(rest)
    iso = TIME_ISO.match(rest) if time is None else None
    if time is not None:
        at = _time_3164(time, now_ns, zone)
        if at is None:
            return None
        said["@timestamp"] = str(at)
        rest = rest[time.end() :]
    elif iso is not None:
        said["@timestamp"] = iso[1]
        rest = rest[iso.end() :]
    if time is not None or iso is not None:
        host = HOST.match(rest)
        # "sshd[42]: ..." right after the time is the tag of a message without a host.
        if host is not None and not host[1].endswith(":"):
            said["host.name"] = host[1]
            rest = rest[host.end() :]
    tag = TAG.match(rest)
    if tag is not None:
        said["service.name"] = tag[1]
        if tag[2]:
            said["syslog.proc_id"] = tag[2]
        rest = rest[tag.end() :]
    said["message"] = rest
    return said


def _time_3164(found: "re.Match[str]", now_ns: int, zone: tzinfo) -> int | None:
    """ns since the epoch: of the year that brings it closest to now, as it says none."""
    month, day, year, hour, minute, second, fraction = found.groups()
    if month not in MONTHS:
        return None
    now = datetime.fromtimestamp(now_ns // NS_PER_S, UTC)
    best: datetime | None = None
    for candidate in (int(year),) if year else (now.year, now.year - 1, now.year + 1):
        try:
            at = datetime(
                candidate, MONTHS.index(month) + 1, int(day), int(hour), int(minute), min(int(second), 59), tzinfo=zone
            )
        except ValueError:
            continue
        if best is None or abs(at - now) < abs(best - now):
            best = at
    if best is None:
        return None
    micros = round(float(fraction) * 1e6) if fraction else 0
    return int((best + timedelta(microseconds=micros)).timestamp() * 1e6) * 1000


class Frames:
    """Cuts a stream into messages: by octet count where a message begins with one, else by line.

    most_bytes: of a message; the rest of a longer one is left out. broken: why nothing more can be read, "" while all
    is well.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held = bytearray()
        # Bytes of the current message that are still to come and left out.
        self._skip = 0
        self._is_skipping_line = False
        self.broken = ""

    def feed(self, data: bytes) -> list[tuple[bytes, bool]]:
        """Messages that are complete now, each with whether its end was left out."""
        self._held += data
        found: list[tuple[bytes, bool]] = []
        while self._held and not self.broken:
            if self._skip:
                gone = min(self._skip, len(self._held))
                del self._held[:gone]
                self._skip -= gone
                continue
            if self._is_skipping_line:
                end = self._held.find(b"\n")
                del self._held[: len(self._held) if end < 0 else end + 1]
                self._is_skipping_line = end < 0
                continue
            if not (self._counted(found) if self._held[:1].isdigit() and self._held[:1] != b"0" else self._line(found)):
                break
        return found

    def rest(self) -> list[tuple[bytes, bool]]:
        """What stands there when the stream ends: a last line without its end."""
        held, self._held = bytes(self._held), bytearray()
        return [(held, False)] if held.strip() and not self.broken else []

    def _counted(self, found: list[tuple[bytes, bool]]) -> bool:
        space = self._held.find(b" ", 0, 11)
        if space < 0:
            if len(self._held) > 10 or not self._held.isdigit():
                return self._line(found)
            return False
        if not self._held[:space].isdigit():
            return self._line(found)
        count = int(self._held[:space])
        if count > 1 << 30:
            self.broken = f"a message of {count} bytes was announced: messages have at most {self._most} bytes"
            return False
        kept = min(count, self._most)
        if len(self._held) < space + 1 + kept:
            return False
        found.append((bytes(self._held[space + 1 : space + 1 + kept]), count > kept))
        del self._held[: space + 1 + kept]
        self._skip = count - kept
        return True

    def _line(self, found: list[tuple[bytes, bool]]) -> bool:
        end = self._held.find(b"\n")
        if end < 0 and len(self._held) <= self._most:
            return False
        is_cut = end < 0 or end > self._most
        message = bytes(self._held[: min(end if end >= 0 else len(self._held), self._most)])
        del self._held[: len(self._held) if end < 0 else end + 1]
        self._is_skipping_line = end < 0
        if message.strip():
            found.append((message, is_cut))
        return True
