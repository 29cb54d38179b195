"""Syslog messages (RFC 5424): the place in the log as structured data, the entry as JSON in the message.

The message is JSON in ASCII, so it needs no byte order mark (section 6.4 asks for one before UTF-8) and holds no line break.
"""

import json
from typing import Any

from audit.formats.jsonl import record
from audit.formats.lines import Line
from audit.formats.signs import shown

FACILITY = 13
"""log audit"""
SEVERITIES = {1: 6, 2: 5, 3: 4, 4: 3, 5: 2}
"""Ours on the scale of syslog: informational, notice, warning, error, critical."""
SD_ID = "freehold@32473"
"""32473 is the enterprise number for documentation (RFC 5612): this project has none of its own."""
APP_NAME = "freehold"
MESSAGE_ID_MAXIMUM = 32
HOST_MAXIMUM = 255


class Syslog:
    """One message per entry, ended by LF; over TLS the octet count replaces the LF."""

    media_type = "text/plain; charset=utf-8"
    extension = "log"

    def header(self) -> bytes:
        """Nothing."""
        return b""

    def one(self, line: Line) -> bytes:
        """One message."""
        return wrapped(line, message=json.dumps(record(line)["entry"], separators=(",", ":")).encode()) + b"\n"


def wrapped(line: Line, *, message: bytes) -> bytes:
    """A message in any form behind the header and the structured data of its entry, without an end of line."""
    document = line.document
    priority = FACILITY * 8 + SEVERITIES[document["severity"]]
    host, message_id = _name(line.tenant_slug, HOST_MAXIMUM), _name(document["action"], MESSAGE_ID_MAXIMUM)
    head = f"<{priority}>1 {document['occurred_at']} {host} {APP_NAME} - {message_id} {_structured(line)} "
    return head.encode() + message.rstrip(b"\r\n")


def _structured(line: Line) -> str:
    document = line.document
    parameters: dict[str, Any] = {
        "tenant": line.tenant_id, "epoch": line.epoch, "seq": line.seq, "leaf": line.leaf, "chain": line.chain, "id": document["id"],
        "action": document["action"], "category": document["category"], "outcome": document["outcome"],
        "actor": document["actor"]["id"], "actorLabel": document["actor"]["label"], "subject": document["subject"]["id"],
        "subjectLabel": document["subject"]["label"], "address": document["context"]["address"],
    }  # fmt: skip
    return f"[{SD_ID} " + " ".join(f'{name}="{_value(value)}"' for name, value in parameters.items()) + "]"


def _value(value: Any) -> str:
    return shown(str(value)).replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def _name(text: str, maximum: int) -> str:
    """Visible ASCII of limited length, or the nil value: what the header's fields may hold."""
    return "".join(sign if "!" <= sign <= "~" else "_" for sign in text)[:maximum] or "-"
