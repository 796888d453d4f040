"""The server's own log: structured lines on stderr, text for people or JSON for machines."""

import logging
import sys
from typing import TextIO

import structlog

Journal = structlog.stdlib.BoundLogger


def configure(level: str = "info", style: str = "text", stream: TextIO | None = None) -> None:
    """Set up once, at start. level: debug, info, warning, error. style: text or json."""
    renderer: structlog.typing.Processor
    if style == "json":
        renderer = structlog.processors.JSONRenderer()
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=True,
    )


def journal(part: str) -> Journal:
    """The log of one part of the house, e.g. journal("intake")."""
    logger: Journal = structlog.get_logger(part=part)
    return logger
