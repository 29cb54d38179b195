"""What somebody who looks finds: one answer to one question, with what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How grave a finding is: `fail` needs somebody now, `warn` soon."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question; `fix` says what to do, empty when all is well."""

    check: str
    level: Level
    detail: str
    fix: str = ""


def gravest(findings: Iterable[Finding]) -> Level:
    """The level of the worst of them; `ok` for none."""
    order = list(Level)
    return max((finding.level for finding in findings), key=order.index, default=Level.OK)
