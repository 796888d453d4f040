"""A listener for syslog over UDP, TCP and TLS.

Syslog knows neither answers nor keys: who may send is said by networks, and beyond loopback there is no default. TCP is
read only as fast as the store takes it; a UDP datagram for which there is no room is counted as refused.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast
from zoneinfo import ZoneInfo

from nervure.base.clock import Clock
from nervure.base.errors import Busy, SettingsError
from nervure.base.journal import journal
from nervure.base.settings import LOOPBACK, Settings
from nervure.collect.inlet import Inlet
from nervure.decode.formats import syslog
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.syslog import Frames
from nervure.intake.intake import Intake
from nervure.model.raw import RawBatch

WIRE = "syslog"
MOST_MESSAGE_BYTES = 256 << 10
# In one request to the intake; what waits beyond that stays with the sender (TCP) or is refused (UDP).
MOST_BATCH, MOST_WAITING = 2000, 50_000
MOST_WAITING_BYTES = 64 << 20
LINGER_S = 0.2
RETRY_S = 1.0
MOST_CONNECTIONS = 1000
READ_BYTES = 64 << 10
UDP_BUFFER_BYTES = 8 << 20

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Message = tuple[bytes, str, bool, int]


class SyslogDoor:
    """Opened and closed inside the event loop of the other listeners. ports: udp and tcp, as given."""

    def __init__(self, settings: Settings, inlet: Inlet, intake: Intake, clock: Clock) -> None:
        self._settings, self._inlet, self._intake, self._clock = settings, inlet, intake, clock
        self._zone = ZoneInfo(settings.syslog_timezone)
        self._networks = networks_of(settings)
        self._project = settings.syslog_project or settings.default_project
        self._waiting: deque[Message] = deque()
        self._bytes = 0
        self._came, self._room = asyncio.Event(), asyncio.Event()
        self._room.set()
        self._is_closing = False
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="syslog")
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None
        self._writer: asyncio.Task[None] | None = None
        self._connections: set[asyncio.Task[Any]] = set()
        self._journal = journal("syslog")

    async def start(self) -> dict[str, int]:
        """Listen where the settings say. Returns the ports. Raises SettingsError for a taken port or a bad certificate."""
        settings, ports = self._settings, dict[str, int]()
        host = settings.syslog_host.strip("[]")
        try:
            if settings.syslog_udp_port >= 0:
                loop = asyncio.get_running_loop()
                self._udp, _ = await loop.create_datagram_endpoint(
                    lambda: _Datagrams(self), local_addr=(host, settings.syslog_udp_port)
                )
                sock = self._udp.get_extra_info("socket")
                # Bursts wait in the system.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_BUFFER_BYTES)
                ports["syslog_udp"] = sock.getsockname()[1]
            if settings.syslog_tcp_port >= 0:
                self._tcp = await asyncio.start_server(
                    self._serve, host, settings.syslog_tcp_port, limit=READ_BYTES, ssl=_tls(settings)
                )
                ports["syslog_tcp"] = self._tcp.sockets[0].getsockname()[1]
        except OSError as error:
            await self.stop()
            raise SettingsError(f"syslog cannot listen on {host}: {error.strerror or error}") from error
        if ports:
            self._writer = asyncio.create_task(self._write())
        return ports

    async def stop(self) -> None:
        """Take no more, store what came."""
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()
        for task in list(self._connections):
            task.cancel()
        self._is_closing = True
        self._came.set()
        self._room.set()
        if self._writer is not None:
            await self._writer
        self._threads.shutdown(wait=True)

    def datagram(self, data: bytes, peer: str) -> None:
        """A message by UDP."""
        if not self._may_send(peer):
            self._refuse(peer, 403, _stranger(peer))
        elif not self._room.is_set():
            self._refuse(peer, 429, "more messages than the store takes: a datagram was lost; send by TCP")
        elif data.strip():
            self._put(data[:MOST_MESSAGE_BYTES], peer, len(data) > MOST_MESSAGE_BYTES)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = _address(writer.get_extra_info("peername"))
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._connections.add(task)
        frames = Frames(MOST_MESSAGE_BYTES)
        try:
            if not self._may_send(peer):
                self._refuse(peer, 403, _stranger(peer), 0)
                return
            if len(self._connections) > MOST_CONNECTIONS:
                self._refuse(peer, 429, f"{MOST_CONNECTIONS} connections are open, which is all this server takes", 0)
                return
            while (data := await reader.read(READ_BYTES)) and not frames.broken:
                for message, is_cut in frames.feed(data):
                    self._put(message, peer, is_cut)
                await self._room.wait()
            if frames.broken:
                self._refuse(peer, 400, frames.broken)
        except (ConnectionError, ssl.SSLError, TimeoutError) as error:
            self._journal.debug("a connection ended", peer=peer, reason=str(error))
        finally:
            for message, is_cut in frames.rest():
                self._put(message, peer, is_cut)
            self._connections.discard(task)
            writer.close()

    def _may_send(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._networks)

    def _put(self, data: bytes, peer: str, is_cut: bool) -> None:
        self._waiting.append((data, peer, is_cut, self._clock.now_ns()))
        self._bytes += len(data)
        if len(self._waiting) >= MOST_WAITING or self._bytes >= MOST_WAITING_BYTES:
            self._room.clear()
        self._came.set()

    async def _write(self) -> None:
        """Batches into the store, one after the other, each until it is there."""
        while self._waiting or not self._is_closing:
            await self._came.wait()
            if len(self._waiting) < MOST_BATCH and not self._is_closing:
                await asyncio.sleep(LINGER_S)
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_BATCH))]
            self._bytes -= sum(len(message[0]) for message in batch)
            if not self._waiting and not self._is_closing:
                self._came.clear()
            if len(self._waiting) < MOST_WAITING // 2 and self._bytes < MOST_WAITING_BYTES // 2:
                self._room.set()
            if batch:
                await self._store(batch)

    async def _store(self, batch: list[Message]) -> None:
        loop = asyncio.get_running_loop()
        said = ""
        while True:
            try:
                await loop.run_in_executor(self._threads, self._take, batch)
            except Busy as error:
                if self._is_closing:
                    self._journal.error("messages are lost: the store did not take them", messages=len(batch))
                    self._intake.ledger.refuse(self._project, "logs", len(batch), WIRE)
                    return
                if not said:
                    said = str(error)
                    self._journal.warning("messages wait for the store", reason=said)
                await asyncio.sleep(max(error.retry_after_s, RETRY_S))
                continue
            except Exception as error:  # noqa: BLE001 - a batch nobody can store must not end the listener
                self._journal.error("messages could not be stored", messages=len(batch), exc_info=error)
                self._intake.ledger.refuse(self._project, "logs", len(batch), WIRE)
            return

    def _take(self, batch: list[Message]) -> None:
        origins = Origins(WIRE)
        raw = RawBatch()
        for data, peer, is_cut, at_ns in batch:
            raw.logs.append(syslog.read(data, peer, at_ns, self._zone, origins, self._inlet.limits, is_cut))
        self._inlet.take(raw, self._project, WIRE, size=sum(len(message[0]) for message in batch))

    def _refuse(self, peer: str, status: int, words: str, items: int = 1) -> None:
        self._intake.refusals.note(self._project, WIRE, "syslog", peer, status, words, items)
        self._intake.ledger.refuse(self._project, "logs", items, WIRE)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, door: SyslogDoor) -> None:
        self._door = door

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._door.datagram(data, _address(addr))


def networks_of(settings: Settings) -> list[Network]:
    """Who may send. Raises SettingsError for a network nobody can read, and for none when strangers can reach it."""
    found: list[Network] = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")]
    is_on = settings.syslog_udp_port >= 0 or settings.syslog_tcp_port >= 0
    if is_on and settings.syslog_host not in LOOPBACK and not settings.syslog_networks:
        raise SettingsError(
            f"syslog_host = {settings.syslog_host!r} listens beyond this machine: say in syslog_networks who may send, "
            'e.g. ["10.0.0.0/8"], as syslog knows no keys'
        )
    for said in settings.syslog_networks:
        try:
            found.append(ipaddress.ip_network(said, strict=False))
        except ValueError as error:
            raise SettingsError(f"syslog_networks: {error}: write networks such as 10.0.0.0/8") from error
    return found


def _stranger(peer: str) -> str:
    return f"{peer} is in none of syslog_networks: add its network there"


def _address(peer: Any) -> str:
    return str(peer[0]) if peer else ""


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if not settings.syslog_tls_cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.syslog_tls_cert, settings.syslog_tls_key or None)
        if settings.syslog_tls_ca:
            context.load_verify_locations(settings.syslog_tls_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"syslog_tls_cert, syslog_tls_key, syslog_tls_ca: {error}") from error
    return context
