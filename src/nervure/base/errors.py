"""The tree of errors. A message says what was wrong, with the value, and what to do next.

NervureError
├── BadInput (ValueError)      the sender must change what it sends; retrying cannot help
│   ├── DecodeError            bytes that are not what their wire format promises
│   ├── TooLarge               over a limit, before or after decompression
│   ├── FilterError            a filter expression, with the position of the mistake
│   ├── QueryError             a Query that names what does not exist
│   ├── MappingError           a user's mapping file
│   └── SettingsError          a setting, with its name and where it came from
├── NotFound                   the thing asked for does not exist (in this project)
├── Conflict                   it exists already, or changed meanwhile
├── Unauthenticated, Forbidden no key, or a key that may not do this
├── Busy                       try again after `retry_after_s`: nothing was stored
│   ├── QueueFull
│   └── StoreDown
├── QueryStopped               a statement ran too long or grew too large and was stopped
└── StoreError                 the store refused for a reason retrying does not mend
"""


class NervureError(Exception):
    """Base of all errors raised on purpose. `code` is stable and machine-readable (snake_case class name)."""

    code = "error"


class BadInput(NervureError, ValueError):
    """The sender must change what it sends; retrying cannot help."""

    code = "bad_input"


class DecodeError(BadInput):
    """The payload is not what its wire format promises."""

    code = "decode_error"


class TooLarge(BadInput):
    """Over a size limit. limit_bytes: the limit that was passed."""

    code = "too_large"

    def __init__(self, message: str, limit_bytes: int) -> None:
        super().__init__(message)
        self.limit_bytes = limit_bytes


class FilterError(BadInput):
    """A filter expression that cannot be understood.

    position: zero-based character where the mistake is; text: the whole expression.
    `str()` of it shows the expression with a caret below the mistake.
    """

    code = "filter_error"

    def __init__(self, problem: str, text: str, position: int, expected: tuple[str, ...] = ()) -> None:
        self.problem, self.text, self.position, self.expected = problem, text, position, expected
        super().__init__(f"{problem}\n  {text}\n  {' ' * position}^")


class QueryError(BadInput):
    """A Query that names a measure, dimension or range that does not exist."""

    code = "query_error"


class MappingError(BadInput):
    """A mapping file of the user that cannot be used."""

    code = "mapping_error"


class SettingsError(BadInput):
    """A setting that cannot be used: names the setting and what to write instead."""

    code = "settings_error"


class NotFound(NervureError, LookupError):
    """The thing asked for does not exist in this project."""

    code = "not_found"


class Conflict(NervureError):
    """The thing exists already, or has changed meanwhile."""

    code = "conflict"


class Unauthenticated(NervureError):
    """No key, or a key nobody knows."""

    code = "unauthenticated"


class Forbidden(NervureError):
    """A known key that may not do this."""

    code = "forbidden"


class Busy(NervureError):
    """Nothing was stored; the same request may be sent again after `retry_after_s` seconds."""

    code = "busy"

    def __init__(self, message: str, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class QueueFull(Busy):
    """The intake queue is at its bound."""

    code = "queue_full"


class StoreDown(Busy):
    """The store cannot be reached or refuses writes for now."""

    code = "store_down"


class QueryStopped(NervureError):
    """A statement was stopped at its time, memory or row limit: narrow the time range or the filter."""

    code = "query_stopped"


class StoreError(NervureError):
    """The store refused for a reason that retrying does not mend. engine_code: ClickHouse error code, 0 if none."""

    code = "store_error"

    def __init__(self, message: str, engine_code: int = 0) -> None:
        super().__init__(message)
        self.engine_code = engine_code
