"""Comma-separated values (RFC 4180) that are safe to open in a spreadsheet."""

import csv
import io
import unicodedata
from typing import Any

import orjson

from audit.formats.lines import Line

COLUMNS = (
    "tenant", "tenant_slug", "epoch", "seq", "leaf", "chain", "id", "occurred_at", "received_at", "source", "action", "category", "severity",
    "outcome", "reason", "actor_kind", "actor_id", "actor_label", "auth_method", "on_behalf_of", "session", "subject_kind", "subject_id",
    "subject_label", "address", "user_agent", "request_id", "route", "app_version", "task_id", "trace_id", "details", "changes",
)  # fmt: skip
BREAKS = frozenset("\t\r\n")
DANGEROUS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
"""A cell that begins with one of these is taken for a formula; the full-width forms count too."""
UNSEEN = frozenset("ZCM")
"""Unicode's classes of separators, of signs that steer or are none, and of marks: some programs drop them from the beginning of a cell."""


class Csv:
    """A heading line, then one record per entry; every cell quoted, records ended by CR LF. `details` and `changes` are JSON in a cell.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """

    media_type = "text/csv; charset=utf-8; header=present"
    extension = "csv"

    def header(self) -> bytes:
        """The names of the columns."""
        return _row(COLUMNS)

    def one(self, line: Line) -> bytes:
        """One record."""
        return _row([_cell(value) for value in _values(line)])


def _values(line: Line) -> tuple[Any, ...]:
    document = line.document
    actor, subject, context = document["actor"], document["subject"], document["context"]
    return (
        line.tenant_id, line.tenant_slug, line.epoch, line.seq, line.leaf, line.chain, document["id"], document["occurred_at"],
        document["received_at"], document["source"], document["action"], document["category"], document["severity"], document["outcome"],
        document["reason"], actor["kind"], actor["id"], actor["label"], actor["auth_method"], actor["on_behalf_of"], actor["session"],
        subject["kind"], subject["id"], subject["label"], context["address"], context["user_agent"], context["request_id"], context["route"],
        context["app_version"], context["task_id"], context["trace_id"],
        orjson.dumps(document["details"]).decode(), orjson.dumps(document["changes"]).decode(),
    )  # fmt: skip


def _cell(value: Any) -> str:
    text = str(value).replace("\0", "\ufffd")
    return f"'{text}" if not isinstance(value, int) and _is_formula(text) else text


def _is_formula(text: str) -> bool:
    if text[:1] in BREAKS:
        return True
    first = next((sign for sign in text if unicodedata.category(sign)[0] not in UNSEEN), "")
    return first in DANGEROUS


def _row(cells: tuple[str, ...] | list[str]) -> bytes:
    held = io.StringIO(newline="")
    csv.writer(held, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    return held.getvalue().encode()
