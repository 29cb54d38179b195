"""How log lines are written: one structured line each, for people or for collectors, to standard error."""

import logging
import sys
from typing import Any

import orjson
import structlog


def configure(*, form: str, level: str) -> None:
    """Set up structlog and the standard library's logging alike; `form` is `text` or `json`."""
    shown = logging.getLevelNamesMapping()[level]
    steps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        *([] if _is_for_people(form) else [structlog.processors.format_exc_info]),
    ]
    steps.append(_renderer(form))
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


def _is_for_people(form: str) -> bool:
    return form == "text" and sys.stderr.isatty()


def _renderer(form: str) -> Any:
    """Colours on a terminal; elsewhere plain `key=value`, at a tenth of the price. Never the local variables of a traceback: they hold secrets."""
    if _is_for_people(form):
        return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    if form == "json":
        return structlog.processors.JSONRenderer(serializer=_as_json)
    return structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False)


def _as_json(line: dict[str, Any], **_: Any) -> str:
    return orjson.dumps(line, default=str).decode()
