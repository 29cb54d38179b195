"""Checkpoints, proofs and keys as plain documents, the same for every door; hashes are 64 hex digits."""

from typing import Any

from audit import signing_keys
from audit.models import ID_PREFIX, Checkpoint, SigningKey
from audit.queries.checkpoints import ConsistencyProof, InclusionProof
from kernel import clock, ids


def checkpoint_document(found: Checkpoint) -> dict[str, Any]:
    """One checkpoint; `note` is the signed note itself."""
    return {
        "id": found.public_id,
        "epoch": found.epoch,
        "size": found.size,
        "root": bytes(found.root).hex(),
        "chain": bytes(found.chain).hex(),
        "signed_at": clock.rfc3339(found.signed_at),
        "note": found.note,
    }


def proof_document(found: InclusionProof) -> dict[str, Any]:
    """The proof of one entry; `text` is the content of its `.tlog-proof` file."""
    return {
        "entry": ids.show(ID_PREFIX, found.seal.entry_id),
        "seq": found.seal.seq,
        "index": found.index,
        "leaf": bytes(found.seal.leaf).hex(),
        "hashes": [hashed.hex() for hashed in found.hashes],
        "checkpoint": checkpoint_document(found.checkpoint),
        "text": found.text,
    }


def consistency_document(found: ConsistencyProof) -> dict[str, Any]:
    """The proof between two lengths."""
    return {
        "first": found.first,
        "second": found.second,
        "first_root": found.first_root.hex(),
        "second_root": found.second_root.hex(),
        "hashes": [hashed.hex() for hashed in found.hashes],
    }


def signing_key_document(key: SigningKey) -> dict[str, Any]:
    """One public key; `verifier` is what an auditor needs."""
    return {
        "id": key.public_id,
        "epoch": key.epoch,
        "origin": key.origin,
        "verifier": signing_keys.verifier_of(key),
        "created_at": clock.rfc3339(key.created_at),
        "retired_at": clock.rfc3339_or_none(key.retired_at),
    }
