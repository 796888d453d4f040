"""GPUs: what an hour of one costs, and where they are."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class GpuPrice:
    """What one GPU costs an hour. No price is built in: who rents or owns the machines knows it.

    gpu, host: patterns such as `*H100*` of the GPU's model and of the host it is in; "" fits any. The most specific price
    holds. valid_from_ns, valid_to_ns: half-open range of times it holds in, None for no bound.
    """

    id: str
    project: str
    name: str
    usd_per_hour: float
    gpu: str = ""
    host: str = ""
    valid_from_ns: int | None = None
    valid_to_ns: int | None = None
    note: str = ""
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0


@dataclass(slots=True)
class GpuPlace:
    """GPUs that belong together: those of a host, or of a pod on it ("" when no pod has them).

    models: names under which model servers there serve. names: everything the place is called or reached by, lower case.
    gpu_models: what the GPUs are. devices: number of GPUs.
    """

    host: str
    pod: str
    devices: int = 0
    gpu_models: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    regions: set[str] = field(default_factory=set)
    pods: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class GpuOrigin:
    """What a call says of where it ran, "" where it says nothing. count: of the calls that say so.

    hosts: names of its own machine. address: of the server it called. is_vendors: the price book has a tariff for it, so a
    vendor bills it by the token.
    """

    key: int
    pod: str
    hosts: tuple[str, ...]
    address: str
    model: str
    region: str
    is_vendors: bool
    count: int
