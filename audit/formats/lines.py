"""What every format writes: one entry with its place in the log, or the note that entries are gone."""

from dataclasses import dataclass
from typing import Any, Protocol

CHECKPOINT_ACTION = "audit.log.checkpoint"
GAP_ACTION = "audit.entries.gap"
TEST_ACTION = "audit.stream.test"


@dataclass(frozen=True, slots=True)
class Line:
    """One sealed entry: whose it is, where it stands in the log, and `document`, the entry as `audit.personal.opened` shows it.

    `epoch` and `seq` are its place; `leaf` and `chain` are 64 hex digits each, with which a copy is checked against the log.
    """

    tenant_id: str
    tenant_slug: str
    epoch: int
    seq: int
    leaf: str
    chain: str
    document: dict[str, Any]


class Writer(Protocol):
    """One format: `header` before the first record, then `one` for each, every record ended by a line break. Nothing between and behind."""

    @property
    def media_type(self) -> str:
        """What Content-Type says."""

    @property
    def extension(self) -> str:
        """How the name of a file ends, without the dot."""

    def header(self) -> bytes:
        """What stands before the first record; often nothing."""

    def one(self, line: Line) -> bytes:
        """One record. No value in it can end the record or begin another."""


def gap(*, first: int, last: int, at: str) -> dict[str, Any]:
    """The document that stands for entries whose bodies were removed before they could be sent: an ordinary one, so that every format bears it."""
    return _own(
        GAP_ACTION,
        at=at,
        reason="These entries were removed by retention before they were sent.",
        details={"first_seq": first, "last_seq": last, "number": last - first + 1},
    )


def trial(*, at: str, by: str) -> dict[str, Any]:
    """The document of a test record, which stands in no log: its place is 0 and its hashes are zeros."""
    return _own(TEST_ACTION, at=at, reason="A test record; it stands in no log.", details={"asked_by": by, "is_test": True})


def checkpoint(*, at: str) -> dict[str, Any]:
    """The document beside which a signed checkpoint is sent, where a message needs one."""
    return _own(CHECKPOINT_ACTION, at=at, reason="The latest signed checkpoint of the log.", details={})


def _own(action: str, *, at: str, reason: str, details: dict[str, Any]) -> dict[str, Any]:
    actor = {"kind": "system", "id": "audit.stream", "label": "audit.stream", "auth_method": "", "on_behalf_of": "", "session": ""}
    names = ("request_id", "address", "user_agent", "route", "app_version", "task_id", "trace_id")
    return {
        "id": "", "v": 2, "av": 1, "source": "freehold", "action": action, "crud": "other", "category": "operations", "severity": 1, "outcome": "success",
        "reason": reason, "occurred_at": at, "received_at": at, "actor": actor, "subject": {"id": "", "kind": "log", "label": ""},
        "details": details, "changes": {}, "context": dict.fromkeys(names, ""), "is_forgotten": False,
    }  # fmt: skip
