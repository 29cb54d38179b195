"""What was signed, against the log as it is: keys, checkpoints, what home remembers, epochs."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from audit import epochs, notes, signing_keys
from audit.epochs import Published
from audit.models import Checkpoint, Entry, Head, SigningKey
from audit.verifying.findings import Check, Findings
from kernel import sealing

EPOCH_BEGUN = "audit.epoch.begun"


@dataclass(frozen=True, slots=True)
class Statement:
    """A checkpoint as it lies in the database."""

    epoch: int
    size: int
    root: bytes
    note: str


@dataclass(frozen=True, slots=True)
class Signed:
    """All that was signed, read before the head: whatever it says, the log must be at least as long."""

    statements: tuple[Statement, ...]
    published: Published | None
    is_home_away: bool

    @property
    def sizes(self) -> set[int]:
        """The lengths at which the log's root must be known."""
        return {one.size for one in self.statements} | ({self.published.size} if self.published else set())


def read(*, after: int) -> Signed:
    """The checkpoints of a log longer than `after` (all of them for -1), and what home remembers."""
    rows = Checkpoint.objects.filter(size__gt=after).order_by("epoch", "size").values_list("epoch", "size", "root", "note")
    statements = tuple(Statement(epoch, size, bytes(root), note) for epoch, size, root, note in rows.iterator())
    known, is_away = None, False
    try:
        # Behind the checkpoints: home is told before one can be seen, so it never lags behind what was just read.
        known = epochs.published()
    except epochs.HomeAway:
        is_away = True
    return Signed(statements, known, is_away)


def verifiers(findings: Findings) -> dict[str, list[str]]:
    """The log's own public keys by origin, each of which must belong to its sealed private part."""
    found: dict[str, list[str]] = {}
    for key in SigningKey.objects.order_by("epoch", "id"):
        shown = signing_keys.verifier_of(key)
        if _is_own(key, findings=findings, shown=shown):
            found.setdefault(key.origin, []).append(shown)
    return found


def _is_own(key: SigningKey, *, findings: Findings, shown: str) -> bool:
    """Whether the installation made this key. A key that somebody put in has no private part that opens with the ring."""
    try:
        private = sealing.unseal(key.sealed_private, context=_place(key.origin, key_id=key.id))
    except sealing.Unsealable as fault:
        if "no key" in str(fault):
            what = f"the private part of the key {key.public_id} cannot be opened: {fault}"
            findings.doubt(Check.CHECKPOINT, 1, what, expected="a key in SEALING_KEYS", found="none")
            return True
        return _foreign(key, findings=findings, shown=shown)
    is_own: bool = notes.public_of(private) == bytes(key.public)
    return is_own or _foreign(key, findings=findings, shown=shown)


def _foreign(key: SigningKey, *, findings: Findings, shown: str) -> bool:
    what = f"the signing key {key.public_id} was not made by this installation"
    findings.fault(Check.CHECKPOINT, 1, what, expected="a key whose private part is sealed here", found=shown)
    return False


def _place(origin: str, *, key_id: UUID) -> str:
    """Where the private part was sealed: with the tenant that the key was made for, whose log this may be a copy of."""
    parts = origin.split("/")
    return f"audit.signing_key:{parts[-2] if len(parts) > 1 else ''}:{key_id}"


def compare(signed: Signed, *, head: Head, roots: dict[int, bytes], is_complete: bool, findings: Findings) -> None:
    """Check signatures, and that the log still says what was signed; `is_complete` when no entry of it was removed."""
    keys = verifiers(findings)
    for one in signed.statements:
        _compare_statement(one, keys=keys, head=head, roots=roots, findings=findings)
    _compare_home(signed, head=head, roots=roots, findings=findings)
    if is_complete:
        _compare_epochs(signed.statements, head=head, findings=findings)


def _compare_statement(
    one: Statement, *, keys: dict[str, list[str]], head: Head, roots: dict[int, bytes], findings: Findings
) -> None:
    try:
        said = notes.signed_checkpoint(one.note, verifiers=[key for some in keys.values() for key in some])
    except notes.BadNote as fault:
        what = f"the checkpoint of {one.size} entries is not signed by the log's key"
        findings.fault(Check.CHECKPOINT, one.size, what, expected="a valid signature", found=str(fault))
        return
    if (said.size, said.root, said.origin.rpartition("/")[2]) != (one.size, one.root, str(one.epoch)):
        what = f"the note of the checkpoint of {one.size} entries says something else than its columns"
        findings.fault(
            Check.CHECKPOINT, one.size, what, expected=f"{said.size} {said.root.hex()}", found=f"{one.size} {one.root.hex()}"
        )
        return
    differs = unlike(size=said.size, root=said.root, head=head, roots=roots)
    if differs:
        what = f"the log does not say what the checkpoint of {one.size} entries says"
        findings.fault(Check.CHECKPOINT, one.size, what, expected=said.root.hex(), found=differs)


def unlike(*, size: int, root: bytes, head: Head, roots: dict[int, bytes]) -> str:
    """What the log says instead at a size; empty when it says this root."""
    if size > head.size:
        return f"a log of {head.size} entries"
    found = roots.get(size)
    if found is None:
        return "no root, since seals are missing"
    return "" if found == root else found.hex()


def _compare_home(signed: Signed, *, head: Head, roots: dict[int, bytes], findings: Findings) -> None:
    known, newest = signed.published, max(((one.epoch, one.size) for one in signed.statements), default=(0, 0))
    if signed.is_home_away:
        findings.doubt(
            Check.HOME, 1, "home does not answer: what was given out cannot be compared", expected="an answer", found="none"
        )
        return
    if known is None or (known.epoch, known.size) < newest:
        if newest != (0, 0):
            what = "home remembers less than was signed here"
            findings.doubt(Check.HOME, newest[1], what, expected=f"{newest[1]} entries", found=f"{known.size if known else 0}")
        return
    if known.epoch > head.epoch:
        what = f"home remembers epoch {known.epoch}, and the log is in epoch {head.epoch}"
        findings.fault(Check.HOME, max(1, head.size), what, expected=f"epoch {known.epoch}", found=f"epoch {head.epoch}")
    elif known.epoch == head.epoch:
        differs = unlike(size=known.size, root=bytes(known.root), head=head, roots=roots)
        if differs:
            what = f"the log does not say what home remembers of {known.size} entries"
            place = min(known.size, head.size + 1)
            findings.fault(Check.HOME, place, what, expected=bytes(known.root).hex(), found=differs)


def _compare_epochs(statements: Iterable[Statement], *, head: Head, findings: Findings) -> None:
    """An epoch after the first begins with an entry that says why, and nothing is signed in it before."""
    told = {entry.document["details"].get("epoch") for entry in Entry.objects.filter(action=EPOCH_BEGUN)}
    present = {one.epoch for one in statements} | {head.epoch}
    for epoch in sorted(one for one in present if one > 1 and one not in told):
        what = f"epoch {epoch} is in use, and no entry tells of its beginning"
        findings.fault(Check.CHECKPOINT, max(1, head.size), what, expected=f"an entry {EPOCH_BEGUN}", found="none")
