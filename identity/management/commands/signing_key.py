"""`manage.py signing_key list|create|rotate|revoke`: the keys that sign requests for an API key."""

from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from identity import actions, documents, queries
from identity.key_inputs import DEFAULT_DAYS
from identity.management import overlap
from identity.models import KeyState
from kernel import ids, tenancy
from kernel.commands import OperatorCommand, Options, Outcome
from kernel.problems import Invalid


class Command(OperatorCommand):
    """Make, replace and revoke the keys that sign requests for an API key."""

    help = "Make, replace and revoke the keys that sign requests for an API key of a tenant."

    def declare(self) -> None:
        """The verbs of this command."""
        listing = self.verb("list", self.list, help_text="List the signing keys of an API key, newest first.")
        listing.add_argument("--state", choices=[str(state) for state in KeyState], default="", help="only keys in this state")
        listing.add_argument("-q", default="", metavar="TEXT", help="part of a name or of a key id")
        create = self.changing_verb("create", self.create, help_text="Make a signing key; an HMAC secret is printed once.")
        create.add_argument("--name", required=True, help="which program signs with it")
        create.add_argument("--algorithm", choices=queries.SIGNING_ALGORITHMS, default=queries.SIGNING_ALGORITHMS[0])
        create.add_argument("--days", type=int, default=None, help=f"days until it expires (default {DEFAULT_DAYS})")
        rotate = self.changing_verb("rotate", self.rotate, help_text="Make its successor; the old key works on for a while.")
        overlap.declare(rotate)
        for parser in (create, rotate):
            parser.add_argument("--public-key", type=Path, metavar="FILE", help="for ed25519: the public key in PEM or base64")
        revoke = self.changing_verb("revoke", self.revoke, help_text="Refuse what it signs from the next request on, for good.")
        revoke.add_argument("--reason", required=True, help="why; it stands in the trail")
        for parser in (listing, create):
            parser.add_argument("api_key", help="key_…, as `key list` shows it")
        for parser in (rotate, revoke):
            parser.add_argument("id", help="sig_…, as `signing_key list` shows it")
        for parser in (listing, create, rotate, revoke):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def list(self, options: Options) -> Outcome:
        """All signing keys of one API key that match."""
        with self.enter(options["tenant"]):
            api_key = queries.api_key(ids.wanted("key", options["api_key"]))
            found = queries.signing_keys(api_key.id, q=options["q"], state=options["state"]).order_by("-id")
            shown = [documents.of_signing_key(key) for key in found]
        lines = Table(Column("Id", min_width=30), Column("Key id", min_width=20), "Name", "Algorithm", "State", "Until", box=None)
        for row in shown:
            cells = (row["id"], row["key_id"], row["name"], row["algorithm"], row["state"], row["expires_at"][:10])
            lines.add_row(*(Text(cell) for cell in cells))
        return Outcome({"signing_keys": shown}, lines if shown else Text("There are no signing keys that match."))

    def create(self, options: Options) -> Outcome:
        """Make a signing key."""
        with self.enter(options["tenant"]), self.changing(options):
            created = actions.create_signing_key(
                ids.wanted("key", options["api_key"]),
                name=options["name"],
                algorithm=options["algorithm"],
                public_key=_public_key(options),
                expires_in_days=options["days"],
                actor=self.actor,
            )
            return _made(created, options=options)

    def rotate(self, options: Options) -> Outcome:
        """Make the successor of one."""
        with self.enter(options["tenant"]), self.changing(options):
            old = queries.signing_key_by_id(ids.wanted("sig", options["id"]))
            created = actions.rotate_signing_key(
                old.api_key_id,
                signing_key_id=old.id,
                public_key=_public_key(options),
                overlap_hours=options["overlap"],
                actor=self.actor,
            )
            return _made(created, options=options)

    def revoke(self, options: Options) -> Outcome:
        """End one."""
        with self.enter(options["tenant"]), self.changing(options):
            key = queries.signing_key_by_id(ids.wanted("sig", options["id"]))
            key = actions.revoke_signing_key(key.api_key_id, signing_key_id=key.id, reason=options["reason"], actor=self.actor)
            document = documents.of_signing_key(key)
        done = "would be revoked" if options["dry_run"] else "is revoked"
        return Outcome({"signing_key": document, "dry_run": options["dry_run"]}, Text(f"{key.key_id} ({key.name}) {done}."))


def _public_key(options: Options) -> str:
    """The text of the file that was named, as much of it as can be a public key. Raises Invalid."""
    path: Path | None = options["public_key"]
    if path is None:
        return ""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(1000)
    except OSError as fault:
        raise Invalid(f"The file {path} cannot be read: {fault.strerror}.") from fault


def _made(created: actions.CreatedSigningKey, *, options: Options) -> Outcome:
    document = documents.of_signing_key(created.key)
    if options["dry_run"]:
        return Outcome({"signing_key": document, "dry_run": True}, Text("Nothing was changed: the key could be made."))
    lines: list[RenderableType] = [
        Text(f"{document['name']}  {document['id']}", style="bold"),
        Text(f"key id     {document['key_id']}"),
        Text(f"algorithm  {document['algorithm']}"),
        Text(f"until      {document['expires_at'][:10]}"),
    ]
    if created.secret:
        lines += [Text(), Text("The secret, shown this once:"), Text(created.secret, style="bold")]
    return Outcome({"signing_key": document, "secret": created.secret}, Group(*lines))
