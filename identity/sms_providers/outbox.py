"""Text messages that nobody carries: each becomes a line of `sms-outbox.jsonl` in the product's folder. For trying things out, never for people."""

import os
from pathlib import Path
from typing import Final

import orjson
from django.conf import settings

from kernel import clock

FILE: Final = "sms-outbox.jsonl"


def send(number: str, *, text: str) -> None:
    """Append one message to the file, which only this user may read."""
    line = orjson.dumps({"at": clock.rfc3339(clock.now()), "to": number, "text": text}) + b"\n"
    handle = os.open(path(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "ab") as file:
        file.write(line)


def path() -> Path:
    """Where the messages are."""
    return Path(settings.VAR) / FILE
