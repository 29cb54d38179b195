"""`manage.py key`: the API keys of a tenant."""

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from identity import actions, queries
from identity.models import ApiKey, KeyState
from kernel import clock, ids, tenancy
from kernel.commands import OperatorCommand, Options, Outcome


class Command(OperatorCommand):
    """Create, list and revoke API keys."""

    help = "Create, list and revoke the API keys of a tenant."

    def declare(self) -> None:
        """The verbs of this command."""
        create = self.changing_verb("create", self.create, help_text="Make an API key; its secret is printed once.")
        create.add_argument("name", help="what the key is for")
        create.add_argument("--owner", required=True, metavar="EMAIL", help="the person whose permissions bound the key")
        create.add_argument(
            "--scope", action="append", required=True, dest="scopes", metavar="VERB:RESOURCE", help="may be repeated"
        )
        create.add_argument("--days", type=int, default=90, help="days until it expires (default 90)")
        listing = self.verb("list", self.list, help_text="List the API keys, newest first.")
        listing.add_argument("--state", choices=[str(state) for state in KeyState], default="", help="only keys in this state")
        listing.add_argument("-q", default="", metavar="TEXT", help="part of a name or of the key shown")
        revoke = self.changing_verb("revoke", self.revoke, help_text="Refuse a key from its next request on, for good.")
        revoke.add_argument("id", help="key_…, as `key list` shows it")
        revoke.add_argument("--reason", required=True, help="why; it stands in the trail")
        for parser in (create, listing, revoke):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def create(self, options: Options) -> Outcome:
        """Make a key for a person."""
        with self.enter(options["tenant"]), self.changing(options):
            owner = queries.person_by_email(options["owner"])
            created = actions.create_api_key(
                options["name"], scopes=options["scopes"], expires_in_days=options["days"], owner_id=owner.id, actor=self.actor
            )
        if options["dry_run"]:
            return Outcome({"key": document(created.key), "dry_run": True}, Text("Nothing was changed: the key could be made."))
        text = Group(*described(created.key), Text(), Text("The secret, shown this once:"), Text(created.secret, style="bold"))
        return Outcome({"key": document(created.key), "secret": created.secret}, text)

    def list(self, options: Options) -> Outcome:
        """All keys that match."""
        with self.enter(options["tenant"]):
            found = list(queries.api_keys(q=options["q"], state=options["state"]).order_by("-id"))
            return Outcome({"keys": [document(key) for key in found]}, table(found))

    def revoke(self, options: Options) -> Outcome:
        """End one key."""
        with self.enter(options["tenant"]), self.changing(options):
            key = actions.revoke_api_key(ids.wanted("key", options["id"]), reason=options["reason"], actor=self.actor)
        done = "would be revoked" if options["dry_run"] else "is revoked"
        return Outcome({"key": document(key), "dry_run": options["dry_run"]}, Text(f"{key.display} ({key.name}) {done}."))


def document(key: ApiKey) -> dict[str, Any]:
    """One key for machines."""
    return {
        "id": key.public_id,
        "name": key.name,
        "display": key.display,
        "scopes": key.scopes,
        "owner": key.owner.email,
        "state": str(key.state),
        "created_at": clock.rfc3339(key.created_at),
        "expires_at": clock.rfc3339(key.expires_at),
        "last_used_at": None if key.last_used_at is None else clock.rfc3339(key.last_used_at),
    }


def described(key: ApiKey) -> "tuple[RenderableType, ...]":
    """One key for people, line by line."""
    return (
        Text(f"{key.name}  {key.public_id}", style="bold"),
        Text(f"owner   {key.owner.email}"),
        Text(f"scopes  {', '.join(key.scopes)}"),
        Text(f"until   {key.expires_at:%Y-%m-%d %H:%M} UTC"),
    )


def table(keys: "list[ApiKey]") -> RenderableType:
    """Keys for people."""
    if not keys:
        return Text("There are no keys that match.")
    lines = Table(Column("Id", min_width=30), "Name", Column("Key", min_width=14), "Owner", "State", "Until", "Last used", box=None)
    for key in keys:
        used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
        row = (key.public_id, key.name, key.display, key.owner.email, str(key.state), f"{key.expires_at:%Y-%m-%d}", used)
        lines.add_row(*(Text(cell) for cell in row))
    return lines
