"""The places where a fault can take hold of a request. At rest every knob does nothing."""

from dataclasses import dataclass


@dataclass(slots=True)
class Knobs:
    """Shares (0 to 1) say how many are affected; factors are 1 at rest; offsets are added and 0 at rest.

    Calls of models: server_errors, timeouts, throttled (shares); slowness (factor of all its times); backlog (offset
    of the load of a self-hosted model); length (factor of answers); quality (offset of what a judge sees); successor
    (the model that answers instead); cut (share of answers ended by the limit of length); diverted (share sent to
    divert_to, a model of the cast). Retrieval: relevance (offset of scores), misses (share that finds nothing),
    embedder and dimensions (of the queries' vectors, when others than the documents'). Tools: tool_errors (share).
    Agents: loops (share of steps done over). Inputs: strange (share about other things), language, empty and hostile
    (shares). Telemetry: lost (share of traces), mute (share of calls that no longer say what they used).
    Classic models: missing (share of inputs without their features).
    """

    server_errors: float = 0.0
    timeouts: float = 0.0
    throttled: float = 0.0
    slowness: float = 1.0
    backlog: float = 0.0
    length: float = 1.0
    quality: float = 0.0
    successor: str = ""
    cut: float = 0.0
    diverted: float = 0.0
    divert_to: str = ""
    relevance: float = 0.0
    misses: float = 0.0
    embedder: str = ""
    dimensions: int = 0
    tool_errors: float = 0.0
    loops: float = 0.0
    strange: float = 0.0
    language: str = ""
    empty: float = 0.0
    hostile: float = 0.0
    lost: float = 0.0
    mute: float = 0.0
    missing: float = 0.0


CALM = Knobs()
