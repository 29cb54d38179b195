"""Reading what was signed, and proving entries by it."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from audit import notes, signing, tree
from audit import signing_keys as keys
from audit.models import Checkpoint, Entry, Head, Seal, SigningKey
from audit.problems import CheckpointNotFound, EntryNotFound, NotSignedYet, ProofImpossible

SIGNED_WITHIN_S = 5


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That an entry stands in the log that a checkpoint speaks of: its seal, hashes of 32 bytes from the leaf upwards, and the checkpoint."""

    seal: Seal
    checkpoint: Checkpoint
    hashes: list[bytes]

    @property
    def index(self) -> int:
        """The place of the leaf, counted from 0."""
        return self.seal.seq - 1

    @property
    def text(self) -> str:
        """The same as the content of a `.tlog-proof` file."""
        return notes.proof_text(notes.ProofText(index=self.index, hashes=tuple(self.hashes), checkpoint=self.checkpoint.note))


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the log of `second` entries begins with that of `first`: both roots, and hashes of 32 bytes."""

    first: int
    second: int
    first_root: bytes
    second_root: bytes
    hashes: list[bytes]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signs or signed the log: its row, and the verifier key that an auditor needs."""

    key: SigningKey
    verifier: str


def checkpoints(*, epoch: int | None = None, size: int | None = None) -> QuerySet[Checkpoint]:
    """What was signed: all of it, or in one epoch, or at one size of the log."""
    wanted = {"epoch": epoch, "size": size}
    return Checkpoint.objects.filter(**{name: value for name, value in wanted.items() if value is not None})


def checkpoint(checkpoint_id: UUID) -> Checkpoint:
    """One checkpoint. Raises CheckpointNotFound."""
    found = Checkpoint.objects.filter(pk=checkpoint_id).first()
    if found is None:
        raise CheckpointNotFound("Check the id, or list the checkpoints; each belongs to the log of one tenant.")
    return found


def latest_checkpoint() -> Checkpoint:
    """The newest checkpoint. Raises CheckpointNotFound while nothing was signed."""
    found = latest_checkpoint_or_none()
    if found is None:
        raise CheckpointNotFound(
            f"Nothing was signed yet; the first checkpoint comes within {SIGNED_WITHIN_S} seconds of the first entry."
        )
    return found


def latest_checkpoint_or_none() -> Checkpoint | None:
    """The newest checkpoint, or None while nothing was signed."""
    return Checkpoint.objects.order_by("-epoch", "-size").first()


def signing_keys() -> QuerySet[SigningKey]:
    """All keys of the log."""
    return SigningKey.objects.all()


def verifiers() -> list[PublicKey]:
    """All keys of the log, newest first; those of the past too, for what they signed stays valid."""
    return [PublicKey(key, keys.verifier_of(key)) for key in SigningKey.objects.order_by("-epoch", "-id")]


def epoch() -> int:
    """In which epoch the log is; 1 before its first entry."""
    return Head.objects.values_list("epoch", flat=True).first() or 1


def is_unsigned() -> bool:
    """Whether entries were sealed since the end of the log was signed."""
    return signing.is_behind()


def entry_proof(entry_id: UUID, *, by: Checkpoint | None = None) -> InclusionProof:
    """That an entry stands in the log, by the newest checkpoint or by another one that somebody holds.

    Works for entries whose body was removed, too. Raises EntryNotFound, CheckpointNotFound, NotSignedYet, ProofImpossible.
    """
    seal = Seal.objects.filter(entry_id=entry_id).first()
    if seal is None:
        raise _unsealed(entry_id)
    used = by or latest_checkpoint()
    if used.size < seal.seq:
        raise NotSignedYet(
            f"The entry is number {seal.seq} and the checkpoint covers {used.size}. Ask again in a few seconds, or name a later checkpoint.",
            seq=seal.seq,
            size=used.size,
            retry_after_s=SIGNED_WITHIN_S,
        )
    try:
        return InclusionProof(seal, used, tree.inclusion(seal.seq, size=used.size))
    except tree.OutOfReach as fault:
        raise ProofImpossible(f"Take a later checkpoint: {fault}.", size=_size()) from fault


def consistency_proof(first: int, *, second: int) -> ConsistencyProof:
    """That nothing was rewritten between two lengths of the log. Raises ProofImpossible."""
    try:
        hashes = tree.consistency(first, second)
        return ConsistencyProof(first, second, tree.root_at(first), tree.root_at(second), hashes)
    except tree.OutOfReach as fault:
        raise ProofImpossible(f"Give two sizes with 0 < first <= second that the log has had: {fault}.", size=_size()) from fault


def _unsealed(entry_id: UUID) -> EntryNotFound | NotSignedYet:
    if not Entry.objects.filter(pk=entry_id).exists():
        return EntryNotFound("Check the id; entries belong to the tenant in whose trail they stand.")
    return NotSignedYet(
        "The entry still waits for its place in the log. Ask again in a few seconds.",
        seq=None,
        size=_size(),
        retry_after_s=SIGNED_WITHIN_S,
    )


def _size() -> int:
    return Head.objects.values_list("size", flat=True).first() or 0
