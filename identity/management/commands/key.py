"""`manage.py key`: the API keys of a tenant."""

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from identity import actions, documents, queries
from identity.key_inputs import DEFAULT_DAYS, TRIAL_DAYS_MAX
from identity.management import overlap
from identity.models import ApiKey, KeyKind, KeyState
from kernel import ids, tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark
from kernel.problems import NotFound

LEAKED_MAX: Final = 1000
SWITCHES: Final = {"yes": True, "no": False}


class Command(OperatorCommand):
    """Create, list, change, rotate and revoke API keys."""

    help = "Create, list, change, rotate and revoke the API keys of a tenant, and revoke leaked ones by their text."

    def declare(self) -> None:
        """The verbs of this command."""
        listing = self.verb("list", self.list, help_text="List the API keys, newest first.")
        listing.add_argument("--state", choices=[str(state) for state in KeyState], default="", help="only keys in this state")
        listing.add_argument("-q", default="", metavar="TEXT", help="part of a name or of the key shown")
        listing.add_argument(
            "--of", default="", choices=queries.OWNER_KINDS, dest="owner_kind", help="only keys of people, or of service accounts"
        )
        rotate = self.changing_verb("rotate", self.rotate, help_text="Replace an API key; the new secret is printed once.")
        rotate.add_argument("id", help="key_…, as `key list` shows it")
        overlap.declare(rotate)
        rotate.add_argument("--days", type=int, help="days until the new key expires (default: as the present one)")
        leaked = self.changing_verb(
            "leaked", self.leaked, help_text="Revoke API keys by their texts, read from a file or from standard input, one a line."
        )
        leaked.add_argument("file", help="the file with the texts; - for standard input")
        leaked.add_argument("--found-at", default="", metavar="WHERE", help="where they were found; it stands in the trail")
        revoke = self.changing_verb("revoke", self.revoke, help_text="Refuse a key from its next request on, for good.")
        revoke.add_argument("id", help="key_…, as `key list` shows it")
        revoke.add_argument("--reason", required=True, help="why; it stands in the trail")
        for parser in (self._create(), listing, self._change(), rotate, leaked, revoke):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def create(self, options: Options) -> Outcome:
        """Make a key for a person."""
        with self.enter(options["tenant"]), self.changing(options):
            terms = actions.KeyTerms(options["kind"], networks=options["networks"] or (), rate_per_s=options["rate"] or 0)
            days = options["days"]
            created = actions.create_api_key(
                options["name"], scopes=options["scopes"], expires_in_days=days, **_whose(options), terms=terms, actor=self.actor
            )
        return _made(created, options=options)

    def list(self, options: Options) -> Outcome:
        """All keys that match."""
        with self.enter(options["tenant"]):
            matching = queries.api_keys(q=options["q"], state=options["state"], owner_kind=options["owner_kind"])
            found = list(matching.order_by("-id"))
            return Outcome({"keys": [documents.of_api_key(key) for key in found]}, table(found))

    def change(self, options: Options) -> Outcome:
        """Change one key."""
        is_signed = SWITCHES.get(options["requires_signature"])
        limits = actions.KeyLimits(options["networks"], rate_per_s=options["rate"], requires_signature=is_signed)
        with self.enter(options["tenant"]), self.changing(options):
            key = actions.change_api_key(
                ids.wanted("key", options["id"]), name=options["name"], scopes=options["scopes"], limits=limits, actor=self.actor
            )
        done = "could be changed" if options["dry_run"] else "is changed"
        return Outcome({"key": documents.of_api_key(key), **dry_mark(options)}, Group(*described(key), Text(f"The key {done}.")))

    def rotate(self, options: Options) -> Outcome:
        """Replace one key."""
        with self.enter(options["tenant"]), self.changing(options):
            created = actions.rotate_api_key(
                ids.wanted("key", options["id"]),
                overlap_hours=options["overlap"],
                expires_in_days=options["days"],
                actor=self.actor,
            )
        return _made(created, options=options)

    def leaked(self, options: Options) -> Outcome:
        """Revoke keys by their texts, which never stand on a command line, where others could read them."""
        leaks = [actions.Leak(text=text, found_at=options["found_at"]) for text in _texts(options["file"])]
        with self.enter(options["tenant"]), self.changing(options):
            actions.report_leaked_keys(leaks, actor=self.actor)
        done = "would be" if options["dry_run"] else "is"
        read = "1 text was" if len(leaks) == 1 else f"{len(leaks)} texts were"
        sentence = f"{read} read; what is a key among it {done} revoked, and its owner told."
        return Outcome({"received": len(leaks), **dry_mark(options)}, Text(sentence))

    def revoke(self, options: Options) -> Outcome:
        """End one key."""
        with self.enter(options["tenant"]), self.changing(options):
            key = actions.revoke_api_key(ids.wanted("key", options["id"]), reason=options["reason"], actor=self.actor)
        done = "would be revoked" if options["dry_run"] else "is revoked"
        return Outcome(
            {"key": documents.of_api_key(key), "dry_run": options["dry_run"]}, Text(f"{key.display} ({key.name}) {done}.")
        )

    def _create(self) -> argparse.ArgumentParser:
        create = self.changing_verb("create", self.create, help_text="Make an API key; its secret is printed once.")
        create.add_argument("name", help="what the key is for")
        whose = create.add_mutually_exclusive_group(required=True)
        whose.add_argument("--owner", metavar="EMAIL", help="the person whose permissions bound the key")
        whose.add_argument("--service-account", metavar="NAME", help="the service account whose permissions bound the key")
        create.add_argument(
            "--scope", action="append", required=True, dest="scopes", metavar="VERB:RESOURCE", help="may be repeated"
        )
        create.add_argument("--days", type=int, help=f"days until it expires (default {DEFAULT_DAYS}, or what the tenant allows)")
        create.add_argument(
            "--trial",
            action="store_const",
            const=KeyKind.TRIAL,
            default=KeyKind.LIVE,
            dest="kind",
            help=f"a key fht_… for trials, {TRIAL_DAYS_MAX} days at most",
        )
        _limits(create)
        return create

    def _change(self) -> argparse.ArgumentParser:
        change = self.changing_verb(
            "change", self.change, help_text="Change name, scopes or limits of an API key; its secret stays."
        )
        change.add_argument("id", help="key_…, as `key list` shows it")
        change.add_argument("--name", help="another name")
        change.add_argument(
            "--scope", action="append", dest="scopes", metavar="VERB:RESOURCE", help="all its scopes; may be repeated"
        )
        _limits(change)
        change.add_argument(
            "--requires-signature",
            choices=SWITCHES,
            help="whether each request must be signed too; make a signing key first",
        )
        change.add_argument("--any-network", action="store_const", const=[], dest="networks", help="let it be used from anywhere")
        return change


def _texts(name: str) -> "list[str]":
    """The lines that are not empty. Raises NotFound for a file that cannot be read."""
    try:
        whole = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise NotFound(f"The file cannot be read: {fault}. Name another, or - for standard input.") from fault
    return [line.strip() for line in whole.splitlines() if line.strip()][:LEAKED_MAX]


def _limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--network", action="append", dest="networks", metavar="CIDR", help="where it may be used from; may be repeated"
    )
    parser.add_argument("--rate", type=int, metavar="PER_SECOND", help="requests a second; 0 for no limit of its own")


def _whose(options: Options) -> dict[str, Any]:
    """The owner that was named, a person or a service account."""
    if options["owner"]:
        return {"owner_id": queries.person_by_email(options["owner"]).id}
    return {"service_account_id": queries.service_account_by_name(options["service_account"]).id}


def _made(created: actions.Created, *, options: Options) -> Outcome:
    """A new key with its secret; without it after a rehearsal, for then there is no such key."""
    if options["dry_run"]:
        return Outcome(
            {"key": documents.of_api_key(created.key), "dry_run": True}, Text("Nothing was changed: the key could be made.")
        )
    text = Group(*described(created.key), Text(), Text("The secret, shown this once:"), Text(created.secret, style="bold"))
    return Outcome({"key": documents.of_api_key(created.key), "secret": created.secret}, text)


def described(key: ApiKey) -> "tuple[RenderableType, ...]":
    """One key for people, line by line."""
    return (
        Text(f"{key.name}  {key.public_id}", style="bold"),
        Text(f"owner   {key.holder}"),
        Text(f"scopes  {', '.join(key.scopes)}"),
        Text(f"from    {', '.join(key.networks) or 'anywhere'}"),
        Text(f"rate    {f'{key.rate_per_s} a second' if key.rate_per_s else 'no limit of its own'}"),
        Text(f"signed  {'each request' if key.requires_signature else 'not asked for'}"),
        Text(f"until   {key.ends_at:%Y-%m-%d %H:%M} UTC"),
    )


def table(keys: "list[ApiKey]") -> RenderableType:
    """Keys for people."""
    if not keys:
        return Text("There are no keys that match.")
    lines = Table(Column("Id", min_width=30), "Name", Column("Key", min_width=14), "Owner", "State", "Until", "Last used", box=None)
    for key in keys:
        used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
        row = (key.public_id, key.name, key.display, str(key.holder), str(key.state), f"{key.ends_at:%Y-%m-%d}", used)
        lines.add_row(*(Text(cell) for cell in row))
    return lines
