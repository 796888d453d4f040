"""Every setting of the server, typed, with its default and its reason.

Sources, strongest first: command-line flags, `NERVURE_*` environment variables, a TOML file (`NERVURE_CONFIG`,
else `nervure.toml` in the data folder), the defaults below. Only this module reads the environment.
"""

import os
import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from nervure.base.errors import SettingsError

ENV_PREFIX = "NERVURE_"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})


class Settings(BaseSettings):
    """What is in force. Sizes are in bytes, spans of time in the unit their name ends in."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on. Anything beyond loopback needs `auth`.")
    port: int = Field(4318, ge=0, le=65535, description="HTTP port: OTLP/HTTP, API and UI. 0 takes any free one.")
    grpc_port: int = Field(4317, ge=-1, le=65535, description="OTLP/gRPC port. 0 takes any free one, -1 turns it off.")
    data: Path = Field(Path("./nervure-data"), description="Data folder: embedded store, catalog, media, spool.")
    store: str = Field("", description="DSN of a ClickHouse server or cluster; empty: the embedded engine.")
    cluster: str = Field("", description="Name of the ClickHouse cluster for replicated, sharded tables.")
    catalog: str = Field("", description="DSN of the catalog (postgresql://...); empty: SQLite in the data folder.")

    auth: bool = Field(False, description="Ask every sender and reader for an API key.")
    admin_key: str = Field(
        "", description="A key with all rights, to make the first keys with. At least 16 characters."
    )
    secret_key: str = Field(
        "",
        description="Key that seals other systems' secrets in the catalog; several, newest first, separated by commas. "
        "Empty: a file in the data folder. Replicas that share a catalog need the same.",
    )
    public_url: str = Field("", description="Where people reach this server, for links in notifications.")
    cors_origins: list[str] = Field(default_factory=list, description="Origins whose browsers may send and read.")
    feedback_origins: list[str] = Field(
        default_factory=list, description='Origins whose pages may send feedback and nothing else; ["*"] for any.'
    )
    feedback_per_minute: int = Field(
        30, ge=1, description="Feedback taken from one address in a minute; a key may send 50 times as much."
    )
    default_project: str = Field("default", description="Project of telemetry that names none.")

    max_body_bytes: int = Field(64 << 20, gt=0, description="Largest request body, before and after decompression.")
    max_attribute_bytes: int = Field(1 << 20, gt=0, description="Longer attribute values are cut, with a mark.")
    max_attributes: int = Field(1024, gt=0, description="More attributes on one span are dropped and counted.")
    max_media_bytes: int = Field(64 << 10, gt=0, description="Larger media parts go to content-addressed files.")
    queue_bytes: int = Field(
        256 << 20, gt=0, description="Telemetry waiting for the store; when full, senders get 429."
    )
    batch_rows: int = Field(20_000, gt=0, description="Most rows written to the store in one block.")
    decode_threads: int = Field(1, ge=1, le=64, description="Threads that decode and normalise; more share one lock.")
    commit_timeout_s: float = Field(30.0, gt=0, description="Longest wait for the store before a sender gets 503.")
    dedup_window_s: int = Field(3600, ge=0, description="A request repeated within this time is answered, not stored.")
    fsync: bool = Field(True, description="Ask the disk to keep each block before acknowledging it.")

    query_timeout_s: float = Field(30.0, gt=0, description="A question that takes longer is stopped.")
    query_memory_bytes: int = Field(1 << 30, gt=0, description="A question that needs more is stopped.")
    store_memory_bytes: int = Field(1536 << 20, gt=0, description="Memory ceiling of the embedded engine.")
    query_threads: int = Field(4, ge=1, le=256, description="Questions answered at the same time; more wait.")

    forward_tap_bytes: int = Field(
        512 << 20,
        gt=0,
        description="Stored telemetry that waits to be looked at for passing on; beyond, the oldest is shed.",
    )
    collectors: list[dict[str, Any]] = Field(
        default_factory=list, description="What to go and fetch: tables of name, kind, project, every_s, settings."
    )
    syslog_host: str = Field(
        "127.0.0.1", description="Address syslog listens on. Anything beyond loopback needs `syslog_networks`."
    )
    syslog_udp_port: int = Field(-1, ge=-1, le=65535, description="Syslog over UDP. 0 takes any free one, -1: off.")
    syslog_tcp_port: int = Field(
        -1,
        ge=-1,
        le=65535,
        description="Syslog over TCP, with TLS when a certificate is set. 0: any free one, -1: off.",
    )
    syslog_networks: list[str] = Field(
        default_factory=list, description="Networks that may send syslog besides this machine, e.g. 10.0.0.0/8."
    )
    syslog_project: str = Field("", description="Project of what comes by syslog; empty: the default project.")
    syslog_timezone: str = Field("UTC", description="Time zone of syslog messages that name none.")
    syslog_tls_cert: str = Field("", description="Certificate chain (PEM) of syslog over TLS.")
    syslog_tls_key: str = Field("", description="Its key (PEM), when it is not in the same file.")
    syslog_tls_ca: str = Field("", description="Certificates (PEM) one of which must have signed a sender's own.")
    retention_days: int = Field(90, ge=1, description="Days telemetry is kept unless the project says otherwise.")
    disk_ceiling_bytes: int = Field(0, ge=0, description="Shed payloads, then old metadata, above this; 0: no ceiling.")
    disk_free_min_bytes: int = Field(1 << 30, ge=0, description="Shed and refuse below this much free disk.")
    mappings: Path | None = Field(None, description="Folder with your own mapping files (*.toml).")
    evaluators: Path | None = Field(None, description="Folder with your own evaluators (*.py).")
    evaluator_timeout_s: float = Field(
        5.0, gt=0, description="Longest time one of your own evaluators has for an example."
    )
    evaluator_memory_bytes: int = Field(1 << 30, gt=0, description="Memory one of your own evaluators may have.")
    evaluation_workers: int = Field(
        1, ge=0, le=64, description="Processes that score live traffic, started when there is a rule; 0: none here."
    )
    embeddings: str = Field(
        "wordllama",
        description="What compares texts by meaning: `wordllama` (ships), `sentence-transformers:<name or folder>`, or "
        "`api:<model>` of an OpenAI-compatible API, to which the texts are sent.",
    )
    embeddings_url: str = Field(
        "", description="Base URL of the embeddings API, e.g. https://api.openai.com/v1; /embeddings is added."
    )
    embeddings_key: str = Field("", description="Key of the embeddings API; empty: none is sent.")
    embeddings_timeout_s: float = Field(30.0, gt=0, description="Longest wait for an answer of the embeddings API.")
    embeddings_batch: int = Field(32, ge=1, le=2048, description="Most texts in one request to the embeddings API.")
    embeddings_max_chars: int = Field(
        8000, ge=1, description="Longer texts are cut before an API or a sentence-transformers model sees them."
    )
    embeddings_usd_per_day: float | None = Field(
        None,
        ge=0,
        allow_inf_nan=False,
        description="Most that the embeddings API may cost on a UTC day, in USD, for all processes that share a catalog "
        "together; empty: no limit.",
    )
    embeddings_usd_per_million: float | None = Field(
        None,
        ge=0,
        allow_inf_nan=False,
        description="Price of a million tokens of the embeddings API in USD, 0 for a model of your own; empty: the price "
        "book's.",
    )
    nli_model: str = Field(
        "",
        description="Cross-encoder for natural language inference (Hugging Face name or folder) that judges "
        "`groundedness`; empty: the weights that ship.",
    )
    toxicity_model: str = Field(
        "",
        description="Text classifier (Hugging Face name or folder) that judges `toxicity`; empty: the weights that ship.",
    )
    price_file: Path | None = Field(None, description="TOML file with your own prices, read before the price book.")
    log_level: str = Field("info", description="Least level of Nervure's own log: debug, info, warning, error.")
    log_format: str = Field("text", description="Nervure's own log on stderr: text or json.")

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value not in ("debug", "info", "warning", "error"):
            raise ValueError("choose debug, info, warning or error")
        return value

    @field_validator("log_format")
    @classmethod
    def _known_format(cls, value: str) -> str:
        if value not in ("text", "json"):
            raise ValueError("choose text or json")
        return value

    @field_validator("syslog_timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("write a time zone such as UTC or Europe/Berlin") from error
        return value

    @field_validator("admin_key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < 16:
            raise ValueError("use at least 16 characters, e.g. the output of `openssl rand -hex 24`")
        return value

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the listeners."""
        return self.host in LOOPBACK

    @property
    def is_embedded(self) -> bool:
        """Whether telemetry is kept by the embedded engine in the data folder."""
        return not self.store

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        path = config_path(init_settings.init_kwargs.get("data") if hasattr(init_settings, "init_kwargs") else None)
        toml = (TomlConfigSettingsSource(settings_cls, path),) if path else ()
        return (init_settings, env_settings, *toml)


def config_path(data: Any = None) -> Path | None:
    """The TOML file in force: NERVURE_CONFIG, else nervure.toml in the data folder, if it is there."""
    named = os.environ.get(f"{ENV_PREFIX}CONFIG")
    if named:
        return Path(named)
    folder = Path(data or os.environ.get(f"{ENV_PREFIX}DATA") or "./nervure-data")
    path = folder / "nervure.toml"
    return path if path.is_file() else None


def load_settings(**flags: Any) -> Settings:
    """Settings from all sources; flags that are None do not count.

    Raises SettingsError naming each wrong setting, its value and what is allowed; also for a misspelt NERVURE_*
    variable, because a setting that silently does nothing is worse than one that is refused.
    """
    _refuse_unknown_variables()
    path = config_path(flags.get("data"))
    if path and not path.is_file():
        raise SettingsError(f"NERVURE_CONFIG names {path}, which is not a file: create it or unset the variable")
    try:
        settings = Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))} = {e.get('input')!r}: {e['msg']}" for e in error.errors()]
        raise SettingsError("these settings cannot be used:\n  " + "\n  ".join(lines)) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error
    if not settings.is_loopback and not settings.auth:
        raise SettingsError(
            f"host = {settings.host!r} listens beyond this machine without authentication: "
            "set NERVURE_AUTH=true and NERVURE_ADMIN_KEY, or keep host = 127.0.0.1"
        )
    return settings


# Variables the client library and the build understand; they share the prefix but are not server settings.
CLIENT_VARIABLES = frozenset({"CONFIG", "URL", "API_KEY", "PROJECT", "SERVICE", "CAPTURE_CONTENT"})


def _refuse_unknown_variables() -> None:
    known = {name.upper() for name in Settings.model_fields} | CLIENT_VARIABLES
    for name in os.environ:
        if name.startswith(ENV_PREFIX) and name.removeprefix(ENV_PREFIX) not in known:
            raise SettingsError(f"{name} is not a setting: see docs/reference/settings.md for those there are")
