"""Teams: what each gives, who is in it, and picking whom to put into it."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from console import forms, identifiers
from console.views.base import Confirm, FormPage, Page
from identity import actions, queries
from identity.permissions import Permission

CRUMBS = (("Teams", "console.teams"),)
READ, WRITE = Permission.READ_TEAMS, Permission.WRITE_TEAMS


class Teams(Page):
    """The list."""

    access = {"GET": READ}
    template = "console/pages/teams/list.html"
    title = "Teams"

    def get(self) -> HttpResponse:
        """One page of teams."""
        filters = forms.ListQuery(self.request.GET).filters()
        page = self.listed(queries.teams(q=filters["q"]), filters=filters)
        return self.page({"page": page, "filters": filters, "may_write": self.may(WRITE)})


class NewTeam(FormPage):
    """Making one."""

    access = {"GET": WRITE, "POST": WRITE}
    title = "New team"
    crumbs = CRUMBS
    verb = "Create the team"
    lead = "A team gives its roles to everybody in it. Members and roles come next."

    def get(self) -> HttpResponse:
        """The empty form."""
        return self.form(forms.NewNamed(), back=reverse("console.teams"))

    def post(self) -> HttpResponse:
        """Make it."""
        form = forms.NewNamed(self.request.POST)
        with self.refusals(form):
            values = form.values()
            words = {"label": values["label"], "description": values["description"]}
            team = actions.create_team(values["name"], **words, actor=self.actor)
            return self.done(f"The team {team.label} is made.", to="console.team", at=team.public_id)
        return self.form(form, back=reverse("console.teams"))


class Team(Page):
    """One team and who is in it."""

    access = {"GET": READ, "POST": WRITE}
    template = "console/pages/teams/detail.html"
    crumbs = CRUMBS

    def get(self, team_id: str) -> HttpResponse:
        """The team and one page of its members."""
        team = queries.team(identifiers.read("tem", team_id))
        initial = {"label": team.label, "description": team.description, "version": team.version}
        return self._page(team, forms.ChangedNamed(initial=initial))

    def post(self, team_id: str) -> HttpResponse:
        """Change it, unless somebody else changed it meanwhile."""
        team = queries.team(identifiers.read("tem", team_id))
        form = forms.ChangedNamed(self.request.POST)
        with self.refusals(form):
            values = form.values()
            changes = {"label": values["label"], "description": values["description"], "expected_version": values["version"]}
            actions.change_team(team.id, **changes, actor=self.actor)
            return self.done("The changes are saved.", to="console.team", at=team_id)
        return self._page(team, form)

    def _page(self, team: Any, form: forms.ChangedNamed) -> HttpResponse:
        filters = forms.ListQuery(self.request.GET).filters()
        context = {
            "title": team.label,
            "team": team,
            "form": form,
            "filters": filters,
            "page": self.listed(queries.team_members(team, q=filters["q"]), filters=filters),
            "roles": queries.roles_of_teams([team]),
            "may_write": self.may(WRITE),
        }
        return self.page(context, status=form.answer_status)


class TeamPicker(Page):
    """Choosing whom to put into a team, with a search and boxes to tick."""

    access = {"GET": WRITE, "POST": WRITE}
    template = "console/pages/teams/picker.html"
    crumbs = CRUMBS

    def get(self, team_id: str) -> HttpResponse:
        """One page of those who are not in it."""
        return self._page(queries.team(identifiers.read("tem", team_id)), forms.Confirmation())

    def post(self, team_id: str) -> HttpResponse:
        """Put the ticked ones into it."""
        team = queries.team(identifiers.read("tem", team_id))
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            added = actions.add_team_members(team.id, members=self.request.POST.getlist("members"), actor=self.actor)
            return self.done(f"Added: {len(added)}.", to="console.team", at=team_id)
        return self._page(team, form)

    def _page(self, team: Any, form: forms.Form) -> HttpResponse:
        filters = forms.MembersQuery(self.request.GET).filters()
        found = queries.service_accounts_outside if filters["kind"] == "programs" else queries.people_outside
        context = {
            "title": f"Add to {team.label}",
            "team": team,
            "form": form,
            "filters": filters,
            "kinds": forms.MembersQuery.KINDS,
            "page": self.listed(found(team, q=filters["q"]), filters=filters),
            "roles": queries.roles_of_teams([team]),
        }
        return self.page(context, status=form.answer_status)


class TeamMemberRemoval(Confirm):
    """Taking somebody out."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Take out"

    def get(self, team_id: str, member_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(team_id, member_id, form=forms.Confirmation())

    def post(self, team_id: str, member_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.remove_team_member(identifiers.read("tem", team_id), member=member_id, actor=self.actor)
            return self.done("Taken out of the team.", to="console.team", at=team_id)
        return self._page(team_id, member_id, form=form)

    def _page(self, team_id: str, member_id: str, *, form: forms.Form) -> HttpResponse:
        team = queries.team(identifiers.read("tem", team_id))
        member = queries.team_member(team, shown_id=member_id)
        roles = ", ".join(role.label for role in queries.roles_of_teams([team]))
        effects = [
            f"They have the roles {roles} no longer through this team, from their next request on."
            if roles
            else "They lose no role.",
            "Roles that they were given by name, or have through other teams, stay.",
            "They can be added again.",
        ]
        title = f"Take {member.holder} out of {team.label}?"
        return self.confirm(form, title=title, consequences=effects, back=reverse("console.team", args=[team_id]))


class TeamDeletion(Confirm):
    """The end of a team through which nobody has a role any more."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Delete"

    def get(self, team_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(team_id, forms.Confirmation())

    def post(self, team_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            team = actions.delete_team(identifiers.read("tem", team_id), actor=self.actor)
            return self.done(f"The team {team.label} is deleted.", to="console.teams")
        return self._page(team_id, form)

    def _page(self, team_id: str, form: forms.Confirmation) -> HttpResponse:
        team = queries.team(identifiers.read("tem", team_id))
        roles = ", ".join(role.label for role in queries.roles_of_teams([team]))
        effects = [
            f"It has {team.member_count} members and gives {roles or 'no role'}.",
            "A team that gives roles to members is not deleted: withdraw the roles or take the members out first.",
            "Nobody's account changes. What was done with it stays readable in the audit log.",
        ]
        back = reverse("console.team", args=[team_id])
        return self.confirm(form, title=f"Delete {team.label}?", consequences=effects, back=back)
