"""How log lines are written: one structured line each, for people or for collectors, to standard error."""

import logging
import sys
from typing import Any

import structlog


def configure(*, form: str, level: str) -> None:
    """Set up structlog and the standard library's logging alike; `form` is `text` or `json`."""
    shown = logging.getLevelNamesMapping()[level]
    steps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    if form == "json":
        steps += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        steps.append(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback))
    structlog.configure(
        processors=steps,
        wrapper_class=structlog.make_filtering_bound_logger(shown),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.getLogger("django.request").setLevel(logging.CRITICAL)  # the request middleware writes one line, with the request id
    logging.basicConfig(
        level=max(shown, logging.WARNING), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
