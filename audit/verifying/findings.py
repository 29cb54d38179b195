"""What a verification says: one of three answers, and for each kind of check the first fault, with what was expected and what was found (ADR 29)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Answer(StrEnum):
    """The three answers; the exit codes of `audit verify` and of the offline verifier are 0, 1 and 2 in this order."""

    SOUND = "sound"
    TAMPERED = "tampered"
    CANNOT_TELL = "cannot_tell"

    @property
    def exit_code(self) -> int:
        """0, 1 or 2."""
        return list(Answer).index(self)


class Depth(StrEnum):
    """How much is looked at: what came since the last check that found the log sound, or everything from the first entry."""

    QUICK = "quick"
    FULL = "full"


class Check(StrEnum):
    """What is looked at, from the row to what others hold. Of two faults at one place the earlier check is named."""

    TEXT = "text"
    """Each entry against its MAC, and its columns against its text; those that wait for their seal too."""

    CHAIN = "chain"
    """Seals, their order and links, the tree, its tiles, the head."""

    CHECKPOINT = "checkpoint"
    """What was signed and lies in the same database."""

    HOME = "home"
    """What home remembers of what was signed."""

    HELD = "held"
    """A checkpoint that somebody outside kept."""

    LOG = "log"
    """Lines that a log collector kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that does not hold: at which `seq` (0: the entry has none), of which entry, and what was expected and found, in words."""

    check: Check
    seq: int
    what: str
    expected: str = ""
    found: str = ""
    entry: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """Entries that are gone because their time was over: which, what of them ("bodies" or "seals"), when, and by which policies."""

    stage: str
    first_seq: int
    last_seq: int
    removed_at: datetime
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """An earlier check that this one rests on: the entry that tells of it, how long the log was, and what stood for it (32 bytes each)."""

    entry: str
    checked_at: datetime
    size: int
    root: bytes
    chain: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a check of one log found.

    `checked` entries were looked at, `pending` of them wait for their seal; the log has `size` sealed entries in `epoch`, and `root` and `chain`
    stand for them (64 hex digits). `basis` is the earlier check that the rest stands on; None when everything was looked at. `faults` hold the
    first fault of each check, `doubts` what could not be looked at and why.
    """

    checked: int
    size: int
    epoch: int = 1
    pending: int = 0
    root: str = ""
    chain: str = ""
    basis: Basis | None = None
    removed: tuple[Removed, ...] = ()
    faults: tuple[Fault, ...] = ()
    doubts: tuple[Fault, ...] = ()

    @property
    def answer(self) -> Answer:
        """Tampered when anything does not hold, otherwise unclear when anything could not be looked at."""
        if self.faults:
            return Answer.TAMPERED
        return Answer.CANNOT_TELL if self.doubts else Answer.SOUND

    @property
    def ok(self) -> bool:
        """Whether nothing was altered, removed or put in, as far as anybody can tell from here."""
        return self.answer is Answer.SOUND

    @property
    def first(self) -> Fault | None:
        """The first fault, or the first doubt when nothing is wrong."""
        return next(iter(self.faults or self.doubts), None)

    @property
    def broken_at(self) -> int:
        """The sequence number of the first fault, at least 1; 0 when there is none."""
        return max(1, self.faults[0].seq) if self.faults else 0

    @property
    def reason(self) -> str:
        """The first fault or doubt in words; empty when all is well."""
        return self.first.what if self.first else ""


@dataclass(slots=True)
class Findings:
    """What a running verification has found so far: the first of each check."""

    _faults: dict[Check, Fault] = field(default_factory=dict)
    _doubts: dict[str, Fault] = field(default_factory=dict)

    def fault(self, check: Check, seq: int, what: str, *, expected: str = "", found: str = "", entry: str = "") -> None:
        """Note what does not hold, unless an earlier place of the same check is noted."""
        known = self._faults.get(check)
        if known is None or seq < known.seq:
            self._faults[check] = Fault(check=check, seq=seq, what=what, expected=expected, found=found, entry=entry)

    def doubt(self, check: Check, seq: int, what: str, *, expected: str = "", found: str = "") -> None:
        """Note what could not be looked at; the same words once."""
        self._doubts.setdefault(what, Fault(check=check, seq=seq, what=what, expected=expected, found=found))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The first of each check, by place."""
        return sorted_faults(self._faults.values())

    @property
    def doubts(self) -> tuple[Fault, ...]:
        """What could not be looked at, in the order in which it was found."""
        return tuple(self._doubts.values())


def sorted_faults(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Faults by place, and those of one place by check."""
    order = list(Check)
    return tuple(sorted(faults, key=lambda fault: (fault.seq or 2**63, order.index(fault.check))))
