"""What a quick check rests on: the last check that found the log sound, as the trail itself tells of it.

That entry has a MAC, which only this installation can make, so nobody who merely owns the database can have a check believe in one that never was.
"""

import hmac
from uuid import UUID

from audit import merkle, tree
from audit.merkle import Frontier
from audit.models import ID_PREFIX, Entry, Head, Seal
from audit.sealing import mac_of
from audit.verifying.findings import Basis, Check, Findings
from kernel import ids, tenancy

TELLING = "audit.chain.verified"
LOOKED_AT = 20


def basis(head: Head) -> Basis | None:
    """The newest check of this log that found it sound and was no longer than it is now; None when there is none."""
    for entry in Entry.objects.filter(action=TELLING, outcome="success").order_by("-id")[:LOOKED_AT]:
        found = _read(entry)
        if found is not None and head.minimum_index <= found.size <= head.size:
            return found
    return None


def since(found: Basis) -> UUID:
    """The lowest id of an entry that may have been committed after that check: a day before it, so that no late commit is missed."""
    told = ids.parse(ID_PREFIX, found.entry)
    day_ms = 24 * 3600 * 1000
    return UUID(int=max(0, (told.int >> 80) - day_ms) << 80)


def frontier(found: Basis, *, findings: Findings) -> Frontier | None:
    """The tree as it was then, from what is kept of it; None, and a fault, when that does not lead to the root that was found then."""
    try:
        hashes = tree.hashes_of([_span(node) for node in merkle.cover((0, found.size))], size=found.size)
    except tree.OutOfReach as fault:
        findings.fault(
            Check.CHAIN, found.size, f"the tree of {found.size} entries is not whole", expected=found.root.hex(), found=str(fault)
        )
        return None
    known = Frontier(found.size, b"".join(hashes))
    seal = Seal.objects.filter(seq=found.size).values_list("chain", flat=True).first() if found.size else found.chain
    if known.root() != found.root or seal is None or bytes(seal) != found.chain:
        what = f"the log of {found.size} entries is not the one that was found sound by {found.entry}"
        findings.fault(Check.CHAIN, found.size, what, expected=found.root.hex(), found=known.root().hex())
        return None
    return known


def _span(node: merkle.Node) -> merkle.Range:
    return node.position << node.height, (node.position + 1) << node.height


def _read(entry: Entry) -> Basis | None:
    if not hmac.compare_digest(bytes(entry.mac), mac_of(entry.canonical)):
        return None
    document = entry.document
    details = document["details"]
    if document["subject"]["id"] != tenancy.current().slug or "root" not in details:
        return None  # told by a release that noted no root, or of another log
    return Basis(
        entry=entry.public_id,
        checked_at=entry.received_at,
        size=details["size"],
        root=bytes.fromhex(details["root"]),
        chain=bytes.fromhex(details["chain"]),
    )
