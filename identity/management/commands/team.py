"""`manage.py team`: the teams of a tenant and who is in them."""

import argparse

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from identity import actions, documents, queries
from identity.models import Team, TeamMember
from kernel import tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark


class Command(OperatorCommand):
    """Make, list, show, change and delete teams, and say who is in them."""

    help = "Make, list, show, change and delete the teams of a tenant, and put people and service accounts into them."

    def declare(self) -> None:
        """The verbs of this command."""
        create = self._named(self.changing_verb("create", self.create, help_text="Make a team, without members and roles."))
        create.add_argument("--label", required=True, help="what people read")
        create.add_argument("--description", default="", help="what the team is for")
        listing = self._tenanted(self.verb("list", self.list, help_text="List the teams, by name."))
        listing.add_argument("-q", default="", metavar="TEXT", help="part of a name or a label")
        self._named(self.verb("show", self.show, help_text="Show one team and who is in it."))
        change = self._named(self.changing_verb("change", self.change, help_text="Give a team another label or description."))
        change.add_argument("--label", help="what people read")
        change.add_argument("--description", help="what the team is for")
        self._named(self.changing_verb("delete", self.delete, help_text="Delete a team through which nobody has a role any more."))
        add = self._named(self.changing_verb("add", self.add, help_text="Put people and service accounts into a team."))
        add.add_argument("members", nargs="+", metavar="MEMBER", help="a person's address, or the name of a service account")
        remove = self._named(self.changing_verb("remove", self.remove, help_text="Take somebody out of a team."))
        remove.add_argument("member", metavar="MEMBER", help="a person's address, or the name of a service account")

    def create(self, options: Options) -> Outcome:
        """Make a team."""
        with self.enter(options["tenant"]), self.changing(options):
            words = {"label": options["label"], "description": options["description"]}
            return self._shown(actions.create_team(options["name"], **words, actor=self.actor), options=options)

    def list(self, options: Options) -> Outcome:
        """All teams that match."""
        with self.enter(options["tenant"]):
            found = list(queries.teams(q=options["q"]).order_by("name"))
            return Outcome({"teams": [documents.of_team(team) for team in found]}, table(found))

    def show(self, options: Options) -> Outcome:
        """One team."""
        with self.enter(options["tenant"]):
            team = queries.team_by_name(options["name"])
            members = list(queries.team_members(team).order_by("id"))
            data = {"team": documents.of_team(team), "members": [documents.of_team_member(member) for member in members]}
            return Outcome(data, Group(*described(team), *(Text(f"  {line(member)}") for member in members)))

    def change(self, options: Options) -> Outcome:
        """Another label or description."""
        with self.enter(options["tenant"]), self.changing(options):
            team = queries.team_by_name(options["name"])
            words = {"label": options["label"], "description": options["description"]}
            return self._shown(actions.change_team(team.id, **words, actor=self.actor), options=options)

    def delete(self, options: Options) -> Outcome:
        """The end of a team."""
        with self.enter(options["tenant"]), self.changing(options):
            actions.delete_team(queries.team_by_name(options["name"]).id, actor=self.actor)
        would = "would be" if options["dry_run"] else "is"
        return Outcome({"deleted": options["name"], **dry_mark(options)}, Text(f"The team {options['name']} {would} deleted."))

    def add(self, options: Options) -> Outcome:
        """Put somebody in."""
        with self.enter(options["tenant"]), self.changing(options):
            team = queries.team_by_name(options["name"])
            members = [_shown_id(member) for member in options["members"]]
            added = actions.add_team_members(team.id, members=members, actor=self.actor)
        would = "would be" if options["dry_run"] else "were"
        text = Text(f"{len(added)} of {len(members)} {would} put into {team.name}; the others were in it.")
        return Outcome({"team": documents.of_team(team), "added": added, **dry_mark(options)}, text)

    def remove(self, options: Options) -> Outcome:
        """Take somebody out."""
        with self.enter(options["tenant"]), self.changing(options):
            team = queries.team_by_name(options["name"])
            actions.remove_team_member(team.id, member=_shown_id(options["member"]), actor=self.actor)
        would = "would be" if options["dry_run"] else "is"
        text = Text(f"{options['member']} {would} out of {team.name}.")
        return Outcome({"team": documents.of_team(team), "removed": options["member"], **dry_mark(options)}, text)

    def _shown(self, team: Team, *, options: Options) -> Outcome:
        team = queries.team(team.id)
        note = [Text("Nothing was changed.")] if options["dry_run"] else []
        return Outcome({"team": documents.of_team(team), **dry_mark(options)}, Group(*described(team), *note))

    def _named(self, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser.add_argument("name", help="the team's name")
        return self._tenanted(parser)

    def _tenanted(self, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")
        return parser


def line(member: TeamMember) -> str:
    """One member for people."""
    return f"{member.holder.public_id}  {member.holder}  {member.holder.status}"


def described(team: Team) -> "tuple[RenderableType, ...]":
    """One team for people, line by line."""
    return (
        Text(f"{team.label}  {team.name}  {team.public_id}", style="bold"),
        Text(f"for      {team.description or 'nothing said'}"),
        Text(f"roles    {', '.join(team.role_names) or 'none'}"),
        Text(f"members  {team.member_count}"),
    )


def table(teams: "list[Team]") -> RenderableType:
    """Teams for people."""
    if not teams:
        return Text("There are no teams that match.")
    lines = Table(Column("Id", min_width=30), "Name", Column("Label", overflow="fold"), "Roles", "Members", box=None)
    for team in teams:
        row = (team.public_id, team.name, team.label, ", ".join(team.role_names), str(team.member_count))
        lines.add_row(*(Text(cell) for cell in row))
    return lines


def _shown_id(member: str) -> str:
    """The shown id of whoever an address or a name means. Raises PersonNotFound, ServiceAccountNotFound."""
    if member.startswith(("usr_", "svc_")):
        return member
    if "@" in member:
        return queries.person_by_email(member).public_id
    return queries.service_account_by_name(member).public_id
