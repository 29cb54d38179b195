"""ArcSight Common Event Format, version 0: `CEF:0|Freehold|Freehold|1|action|name|severity|extension`.

The header escapes backslash and bar, the extension backslash and equals sign; other signs that steer are made visible first, so that a record
is one line whatever an entry holds.
"""

import ipaddress
from datetime import datetime
from typing import Any

import orjson

from audit.formats.lines import Line
from audit.formats.signs import shown

SEVERITIES = {1: 1, 2: 3, 3: 5, 4: 8, 5: 10}
"""Ours, 1 to 5, on the scale of CEF, 0 to 10 (8 is where "high" becomes "very high" at 9)."""


class Cef:
    """One line per entry, UTF-8, ended by LF."""

    media_type = "text/plain; charset=utf-8"
    extension = "cef"

    def header(self) -> bytes:
        """Nothing."""
        return b""

    def one(self, line: Line) -> bytes:
        """One record."""
        document = line.document
        name = f"{document['action']} {document['outcome']}"
        head = ("CEF:0", "Freehold", "Freehold", "1", document["action"], name, str(SEVERITIES[document["severity"]]))
        extension = " ".join(f"{key}={_extension(value)}" for key, value in _pairs(line) if value not in {"", None})
        return ("|".join((head[0], *(_header(part) for part in head[1:]), extension)) + "\n").encode()


def _pairs(line: Line) -> list[tuple[str, Any]]:
    """Keys of the CEF dictionary, custom ones with their labels."""
    document = line.document
    actor, subject, context = document["actor"], document["subject"], document["context"]
    custom = (
        ("cs1", "tenant", line.tenant_id), ("cs2", "leaf", line.leaf), ("cs3", "chain", line.chain), ("cs4", "subject", subject["label"]),
        ("cs5", "details", _packed(document["details"])), ("cs6", "changes", _packed(document["changes"])),
        ("cn1", "seq", line.seq), ("cn2", "epoch", line.epoch),
    )  # fmt: skip
    return [
        ("rt", _milliseconds(document["occurred_at"])), ("externalId", document["id"]), ("cat", document["category"]),
        ("act", document["action"]), ("outcome", document["outcome"]), ("reason", document["reason"]),
        ("suid", actor["id"]), ("suser", actor["label"]), ("spriv", actor["kind"]), *_address(context["address"]),
        ("duid", subject["id"]), ("dvchost", line.tenant_slug), ("requestClientApplication", context["user_agent"]),
        ("requestContext", context["request_id"]), ("request", context["route"]), ("sourceServiceName", document["source"]),
        *(pair for key, label, value in custom if value not in {""} for pair in ((f"{key}Label", label), (key, value))),
    ]  # fmt: skip


def _address(text: str) -> list[tuple[str, str]]:
    """`src` takes IPv4 alone; IPv6 has a custom field of its own."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return []
    return [("src", text)] if address.version == 4 else [("c6a2Label", "source"), ("c6a2", text)]


def _milliseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


def _packed(value: dict[str, Any]) -> str:
    return orjson.dumps(value).decode() if value else ""


def _header(text: str) -> str:
    return shown(text).replace("\\", "\\\\").replace("|", "\\|")


def _extension(value: Any) -> str:
    lines = str(value).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\\n".join(shown(part).replace("\\", "\\\\").replace("=", "\\=") for part in lines)
