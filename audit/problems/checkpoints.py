"""What can be refused about checkpoints and proofs."""

from kernel.problems import Conflict, Invalid, NotFound, Unavailable


class CheckpointNotFound(NotFound):
    """There is no such checkpoint in this tenant's log, or nothing was signed yet."""

    type = "checkpoint-not-found"
    title = "There is no such checkpoint"


class NotSignedYet(Conflict):
    """The entry is newer than the checkpoint: ask again after `retry_after_s` seconds, or name a later checkpoint."""

    type = "not-signed-yet"
    title = "The entry is not covered by a checkpoint yet"


class ProofImpossible(Invalid):
    """There is no proof between such sizes, or what it needs was removed when its time was over; `size` is how many entries the log has."""

    type = "proof-impossible"
    title = "There is no such proof"
    status = 422


class EpochUndecided(Unavailable):
    """The home database does not answer, so nobody can tell what was signed; sealing goes on, and nothing is signed meanwhile."""

    type = "epoch-undecided"
    title = "What was signed cannot be told now"
