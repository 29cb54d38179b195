"""`manage.py person`: the people of a tenant."""

import argparse
from collections.abc import Callable

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from audit import actions as audit
from audit import queries as audit_queries
from identity import actions, documents, queries
from identity.management import attributes
from identity.management.person_verbs.bulk import BulkVerbs
from identity.models import Status, User
from kernel import tenancy
from kernel.commands import Options, Outcome, dry_mark

DONE = {"change": "changed", "suspend": "suspended", "resume": "resumed", "deactivate": "deactivated"}


class Command(BulkVerbs):
    """Invite, list, show, suspend, resume, deactivate and forget people, one or many."""

    help = "Invite, list, show, suspend, resume and deactivate the people of a tenant, and forget them in the trail."

    def declare(self) -> None:
        """The verbs of this command."""
        add = self._declared(self.changing_verb("add", self.add, help_text="Invite a person; the invitation is printed once."))
        add.add_argument("--name", required=True, help="the person's name")
        add.add_argument("--role", action="append", default=[], dest="roles", metavar="ROLE", help="may be repeated")
        listing = self.verb("list", self.list, help_text="List the people, newest first.")
        listing.add_argument(
            "--status", choices=[str(status) for status in Status], default="", help="only people with this status"
        )
        listing.add_argument("-q", default="", metavar="TEXT", help="part of a name or an address")
        listing.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")
        self._declared(self.verb("show", self.show, help_text="Show one person."))
        self._declared(self.changing_verb("invite", self.invite, help_text="Invite an invited or deactivated person again."))
        self._declared(
            self.changing_verb(
                "reset-link", self.reset_link, help_text="Make a link to choose another password; it is printed once."
            )
        )
        change = self._declared(
            self.changing_verb("change", self.change, help_text="Give a person another name or other attributes.")
        )
        change.add_argument("--name", help="the person's name")
        attributes.declare(change)
        suspend = self._declared(self.changing_verb("suspend", self.suspend, help_text="Shut a person out until resumed."))
        suspend.add_argument("--reason", required=True, help="why; it stands in the trail")
        self._declared(self.changing_verb("resume", self.resume, help_text="Let a suspended person enter again."))
        deactivate = self._declared(self.changing_verb("deactivate", self.deactivate, help_text="End a person's access for good."))
        deactivate.add_argument("--reason", required=True, help="why; it stands in the trail")
        forget = self._declared(
            self.changing_verb("forget", self.forget, help_text="Make what the trail has of a person unreadable; cannot be undone.")
        )
        forget.add_argument("--reason", required=True, help="why; it stands in the trail")
        self.declare_bulk()

    def add(self, options: Options) -> Outcome:
        """Invite a person."""
        with self.enter(options["tenant"]), self.changing(options):
            added = actions.add_person(options["email"], options["name"], options["roles"], actor=self.actor)
            return invited(added, is_rehearsal=options["dry_run"])

    def invite(self, options: Options) -> Outcome:
        """Invite a person again."""
        with self.enter(options["tenant"]), self.changing(options):
            person = queries.person_by_email(options["email"])
            return invited(actions.renew_invitation(person.id, actor=self.actor), is_rehearsal=options["dry_run"])

    def reset_link(self, options: Options) -> Outcome:
        """Make a link to choose another password; a rehearsal has no token that would work."""
        with self.enter(options["tenant"]), self.changing(options):
            link = actions.issue_password_reset(queries.person_by_email(options["email"]).id, actor=self.actor)
        if options["dry_run"]:
            return Outcome({"person": link.user.public_id, "dry_run": True}, Text("Nothing was changed: the link could be made."))
        path = f"/reset/{link.token}"
        text = Group(Text("The link, shown this once; put the tenant's address in front:"), Text(path, style="bold"))
        return Outcome({"person": link.user.public_id, "reset_path": path}, text)

    def list(self, options: Options) -> Outcome:
        """All people that match."""
        with self.enter(options["tenant"]):
            found = list(queries.people(q=options["q"], status=options["status"]).order_by("-id"))
            return Outcome({"people": [documents.of_person(person) for person in found]}, table(found))

    def show(self, options: Options) -> Outcome:
        """One person."""
        with self.enter(options["tenant"]):
            person = queries.person_by_email(options["email"])
            return Outcome({"person": documents.of_person(person)}, Group(*described(person)))

    def change(self, options: Options) -> Outcome:
        """Another name, exactly these attributes, or both."""
        known = attributes.read(options)
        return self._changed(
            options, lambda person: actions.change_person(person.id, name=options["name"], attributes=known, actor=self.actor)
        )

    def suspend(self, options: Options) -> Outcome:
        """Shut a person out."""
        return self._changed(options, lambda person: actions.suspend_person(person.id, reason=options["reason"], actor=self.actor))

    def resume(self, options: Options) -> Outcome:
        """Let a person in again."""
        return self._changed(options, lambda person: actions.resume_person(person.id, actor=self.actor))

    def deactivate(self, options: Options) -> Outcome:
        """End a person's access."""
        return self._changed(
            options, lambda person: actions.deactivate_person(person.id, reason=options["reason"], actor=self.actor)
        )

    def forget(self, options: Options) -> Outcome:
        """Forget what the trail has of a person; their account is left as it is. Under `--dry-run` only say how much that is."""
        with self.enter(options["tenant"]):
            person = queries.person_by_email(options["email"])
            if options["dry_run"]:
                found = audit_queries.person_in_trail(person.public_id)
            else:
                found = audit.forget_person(person.public_id, reason=options["reason"], actor=self.actor)
        would = "would become" if options["dry_run"] else "became"
        text = Text(f"{found.entries} entries {would} unreadable where they tell of {found.ref}; the account stays as it is.")
        return Outcome({"ref": found.ref, "entries": found.entries, **dry_mark(options)}, text)

    def _changed(self, options: Options, change: Callable[[User], User]) -> Outcome:
        with self.enter(options["tenant"]), self.changing(options):
            person = change(queries.person_by_email(options["email"]))
            would = "would be" if options["dry_run"] else "is"
            text = Text(f"{person.email} {would} {DONE[options['verb']]}; status {person.status}.")
            return Outcome({"person": documents.of_person(person), "dry_run": options["dry_run"]}, text)

    def _declared(self, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser.add_argument("email", help="the person's address")
        parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")
        return parser


def invited(added: actions.Added, *, is_rehearsal: bool) -> Outcome:
    """What an invitation printed; a rehearsal has no token that would work."""
    if is_rehearsal:
        return Outcome(
            {"person": documents.of_person(added.person), "dry_run": True},
            Text("Nothing was changed: the person could be invited."),
        )
    path = f"/invitation/{added.invitation_token}"
    text = Group(
        *described(added.person),
        Text(),
        Text("The invitation, shown this once; put the tenant's address in front:"),
        Text(path, style="bold"),
    )
    return Outcome({"person": documents.of_person(added.person), "invitation_path": path}, text)


def described(person: User) -> "tuple[RenderableType, ...]":
    """One person for people, line by line."""
    why = f" ({person.status_reason})" if person.status_reason else ""
    seen = f"{person.last_login_at:%Y-%m-%d %H:%M} UTC" if person.last_login_at else "never"
    return (
        Text(f"{person.name} <{person.email}>  {person.public_id}", style="bold"),
        Text(f"status  {person.status}{why}"),
        Text(f"roles   {', '.join(person.role_names) or 'none'}"),
        Text(f"signed in  {seen}"),
    )


def table(people: "list[User]") -> RenderableType:
    """People for people."""
    if not people:
        return Text("There are no people who match.")
    lines = Table(Column("Id", min_width=30), "Name", Column("Address", overflow="fold"), "Status", "Roles", box=None)
    for person in people:
        row = (person.public_id, person.name, person.email, str(person.status), ", ".join(person.role_names))
        lines.add_row(*(Text(cell) for cell in row))
    return lines
