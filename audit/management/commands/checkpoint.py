"""`manage.py checkpoint list|show|latest|proof|consistency|keys|rotate`: what was signed of a tenant's log, and proofs by it."""

from pathlib import Path

from rich.markup import escape
from rich.table import Table

from audit import actions, queries
from audit.models import CHECKPOINT_PREFIX, ID_PREFIX
from kernel import ids, tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark

LIMIT = 20


class Command(OperatorCommand):
    """Reads checkpoints, proves entries and lengths of a tenant's log, lists its public keys and changes the key that signs."""

    help = "Read what was signed of a tenant's log, prove entries, and list or change its keys."

    def declare(self) -> None:
        """The verbs."""
        listing = self.verb("list", self.list_checkpoints, help_text="The newest checkpoints.")
        listing.add_argument("--epoch", type=int, help="only those of one epoch")
        listing.add_argument("--limit", type=int, default=LIMIT, help=f"how many (default {LIMIT})")
        showing = self.verb("show", self.show_checkpoint, help_text="One checkpoint: the signed note.")
        showing.add_argument("id", help="chk_…")
        latest = self.verb("latest", self.show_latest, help_text="The newest checkpoint: the signed note.")
        proving = self.verb(
            "proof", self.prove_entry, help_text="The proof that an entry stands in the log, as a .tlog-proof file."
        )
        proving.add_argument("id", help="ent_…")
        proving.add_argument("--checkpoint", default="", metavar="ID", help="by this checkpoint, chk_… (default: the newest)")
        between = self.verb(
            "consistency", self.prove_consistency, help_text="The proof that a longer log begins with a shorter one."
        )
        between.add_argument("first", type=int, help="the size in the older checkpoint")
        between.add_argument("second", type=int, help="the size in the newer checkpoint")
        keys = self.verb("keys", self.list_keys, help_text="The public keys that sign and signed the log.")
        rotating = self.changing_verb("rotate", self.rotate_key, help_text="Have the log signed with a new key from now on.")
        for parser in (showing, latest, proving):
            parser.add_argument("--out", default="", metavar="FILE", help="write it to a file instead of standard output")
        for parser in (listing, showing, latest, proving, between, keys, rotating):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def list_checkpoints(self, options: Options) -> Outcome:
        """The newest checkpoints, newest first."""
        with self.enter(options["tenant"]):
            found = list(queries.checkpoints(epoch=options["epoch"]).order_by("-id")[: max(1, options["limit"])])
        table = Table("Checkpoint", "Epoch", "Entries", "Root", "Signed")
        for row in found:
            root = bytes(row.root).hex()
            table.add_row(row.public_id, str(row.epoch), str(row.size), f"{root[:16]}…", f"{row.signed_at:%Y-%m-%d %H:%M:%S}")
        return Outcome({"checkpoints": [queries.checkpoint_document(row) for row in found]}, table)

    def show_checkpoint(self, options: Options) -> Outcome:
        """One checkpoint. Raises CheckpointNotFound."""
        with self.enter(options["tenant"]):
            found = queries.checkpoint(ids.wanted(CHECKPOINT_PREFIX, options["id"]))
        return Outcome({"checkpoint": queries.checkpoint_document(found)}, _written(found.note, to=options["out"]))

    def show_latest(self, options: Options) -> Outcome:
        """The newest checkpoint. Raises CheckpointNotFound."""
        with self.enter(options["tenant"]):
            found = queries.latest_checkpoint()
        return Outcome({"checkpoint": queries.checkpoint_document(found)}, _written(found.note, to=options["out"]))

    def prove_entry(self, options: Options) -> Outcome:
        """The proof of one entry. Raises EntryNotFound, CheckpointNotFound, NotSignedYet, ProofImpossible."""
        wanted = ids.wanted(ID_PREFIX, options["id"])
        with self.enter(options["tenant"]):
            by = queries.checkpoint(ids.wanted(CHECKPOINT_PREFIX, options["checkpoint"])) if options["checkpoint"] else None
            found = queries.entry_proof(wanted, by=by)
        return Outcome(queries.proof_document(found), _written(found.text, to=options["out"]))

    def prove_consistency(self, options: Options) -> Outcome:
        """The proof between two lengths. Raises ProofImpossible."""
        with self.enter(options["tenant"]):
            found = queries.consistency_proof(options["first"], second=options["second"])
        lines = [hashed.hex() for hashed in found.hashes] or ["Both are the same length: nothing has to be proven."]
        return Outcome(queries.consistency_document(found), "\n".join(lines))

    def list_keys(self, options: Options) -> Outcome:
        """All public keys, newest first."""
        with self.enter(options["tenant"]):
            found = queries.verifiers()
        table = Table("Epoch", "Verifier key", "Since", "Until")
        for row in found:
            until = "" if row.key.retired_at is None else f"{row.key.retired_at:%Y-%m-%d %H:%M}"
            table.add_row(str(row.key.epoch), escape(row.verifier), f"{row.key.created_at:%Y-%m-%d %H:%M}", until)
        return Outcome({"keys": [queries.signing_key_document(row.key) for row in found]}, table)

    def rotate_key(self, options: Options) -> Outcome:
        """A new key."""
        with self.enter(options["tenant"]), self.changing(options):
            key = actions.rotate_signing_key(actor=self.actor)
            document = queries.signing_key_document(key)
        text = f"The log is signed with a new key from the next checkpoint on:\n{escape(document['verifier'])}"
        return Outcome({"key": document, **dry_mark(options)}, text)


def _written(content: str, *, to: str) -> str:
    """What to print: the content as it is, or where it was written."""
    if not to:
        return escape(content.removesuffix("\n"))
    Path(to).write_text(content)
    return f"Written to {escape(to)}."
