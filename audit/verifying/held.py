"""What somebody outside kept of the log, compared with the log: the only check that the owner of the database and of the host cannot satisfy."""

from dataclasses import dataclass

from audit import notes
from audit.models import Head
from audit.verifying.findings import Check, Findings
from audit.verifying.signatures import unlike
from kernel.problems import Invalid

SIZE_MAXIMUM = 1_000_000


@dataclass(frozen=True, slots=True)
class Held:
    """A checkpoint that was kept: what it says, and the note itself."""

    origin: str
    size: int
    root: bytes
    note: str


def parse(text: str) -> Held:
    """Read a checkpoint's note or a `.tlog-proof`. Raises Invalid for anything else; signatures are not checked yet."""
    if len(text) > SIZE_MAXIMUM:
        raise Invalid("Give a checkpoint as it was handed out: a short text.")
    try:
        note = notes.parse_proof(text).checkpoint if text.startswith(notes.PROOF_FIRST_LINE) else text
        said = notes.parse_checkpoint(notes.split(note)[0])
    except notes.BadNote as fault:
        raise Invalid(f"Give a checkpoint as it was handed out, a .tlog-proof, or an evidence bundle: {fault}.") from fault
    return Held(said.origin, said.size, said.root, note)


def compare(held: Held, *, keys: dict[str, list[str]], head: Head, roots: dict[int, bytes], findings: Findings) -> None:
    """Check that what was kept is signed by this log, and that the log still begins with it."""
    if held.origin not in keys:
        what = f"the checkpoint that you hold is of {held.origin}, and no key of that name is kept here"
        known = ", ".join(sorted(keys)) or "no key"
        findings.doubt(Check.HELD, held.size, what, expected=held.origin, found=known)
        return
    try:
        notes.signed_checkpoint(held.note, verifiers=keys[held.origin])
    except notes.BadNote as fault:
        what = "the checkpoint that you hold was not signed with a key that is kept here"
        findings.doubt(Check.HELD, held.size, what, expected="a signature of this log", found=str(fault))
        return
    differs = unlike(size=held.size, root=held.root, head=head, roots=roots)
    if differs:
        place = min(held.size, head.size + 1)
        what = f"the log does not say what the checkpoint of {held.size} entries says that you hold"
        findings.fault(Check.HELD, max(1, place), what, expected=held.root.hex(), found=differs)
