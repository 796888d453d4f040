"""All doors for telemetry, put together once: what `serve` asks for."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from prometheus_client import CollectorRegistry

from nervure.base.clock import Clock
from nervure.base.plugins import discover
from nervure.base.settings import Settings
from nervure.decode import wires as folder
from nervure.decode.wire import Wire
from nervure.receive.auth import Doorkeeper, Keys
from nervure.receive.clerk import Clerk
from nervure.receive.desk import Desk, Intake, Pipeline
from nervure.receive.grpc import GrpcDoor
from nervure.receive.http import READ_TIMEOUT_S, App, TelemetryDoor
from nervure.receive.limits import Gauge
from nervure.receive.meters import Meters

KEEPING_THREADS = 2


class Doors:
    """The doors over one pipeline and one intake.

    keys: the catalog's, None when only the admin key may open. registry: where the doors' counters are shown.
    wires: protocols to serve; None: those of the folder and of entry points.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        intake: Intake,
        keys: Keys | None,
        settings: Settings,
        clock: Clock,
        registry: CollectorRegistry,
        wires: Mapping[str, Wire] | None = None,
    ) -> None:
        self._settings = settings
        self._wires = discover(folder, "WIRE") if wires is None else wires
        self._decoding = ThreadPoolExecutor(settings.decode_threads, thread_name_prefix="decode")
        self._keeping = ThreadPoolExecutor(KEEPING_THREADS, thread_name_prefix="keys")
        # Bodies that wait for a decoding thread. What waits for the store is counted by the intake's own bound.
        self.gauge = Gauge(max(2 * settings.max_body_bytes, settings.queue_bytes // 2))
        self._clerk = Clerk(
            Doorkeeper(settings, clock, keys),
            Desk(pipeline, intake, settings),
            intake,
            self._keeping,
            self._decoding,
            self.gauge,
            Meters(registry),
            settings,
            clock,
        )

    def http(self, app: App, read_timeout_s: float = READ_TIMEOUT_S) -> TelemetryDoor:
        """The ASGI application: telemetry goes to the wires, everything else to `app`."""
        return TelemetryDoor(app, self._wires.values(), self._clerk, self._settings, read_timeout_s)

    def grpc(self) -> GrpcDoor:
        """The OTLP gRPC server: call it, then `await door.start()`, inside the running event loop."""
        return GrpcDoor(self._wires.values(), self._clerk, self._settings)

    def close(self) -> None:
        """Waits for requests that are being decoded. Call it after both servers have stopped."""
        self._keeping.shutdown(wait=True)
        self._decoding.shutdown(wait=True)
