"""Sessions: one's own, somebody's, everybody's, and their end."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from console import forms, identifiers, security_tabs
from console.views.base import Confirm, Page
from identity import actions, queries
from identity.permissions import Permission
from kernel.api.access import SIGNED_IN

PEOPLE = (("People", "console.people"),)
ACCOUNT = (("Your account", "console.account"),)


class OwnSessions(Page):
    """Where one is signed in."""

    access = {"GET": SIGNED_IN, "POST": SIGNED_IN}
    template = "console/pages/sessions/own.html"
    title = "Your sessions"
    crumbs = ACCOUNT

    def get(self) -> HttpResponse:
        """The list, the present one marked."""
        filters = forms.ListQuery(self.request.GET).filters()
        page = self.listed(queries.living_sessions(filters["q"], user_id=self.me.user_id), filters=filters)
        return self.page({"page": page, "rows": shown(self, page.items), "filters": filters})

    def post(self) -> HttpResponse:
        """End all others."""
        ended = actions.end_other_sessions(actor=self.actor)
        return self.done(f"{ended} other session{'' if ended == 1 else 's'} ended.", to="console.own-sessions")


class Sessions(Page):
    """Everybody's."""

    access = {"GET": Permission.READ_SESSIONS}
    template = "console/pages/sessions/list.html"
    title = "Sessions"

    def get(self) -> HttpResponse:
        """One page of living sessions."""
        filters = forms.ListQuery(self.request.GET).filters()
        page = self.listed(queries.living_sessions(filters["q"]), filters=filters)
        tabs = security_tabs.of(present="console.sessions", actor=self.actor)
        context = {"page": page, "rows": shown(self, page.items), "filters": filters, "tabs": tabs}
        return self.page(context | {"may_write": self.may(Permission.WRITE_SESSIONS)})


class PersonSessions(Page):
    """One person's."""

    access = {"GET": Permission.READ_SESSIONS}
    template = "console/pages/sessions/person.html"
    crumbs = PEOPLE

    def get(self, person_id: str) -> HttpResponse:
        """The list."""
        person = queries.person(identifiers.read("usr", person_id))
        filters = forms.ListQuery(self.request.GET).filters()
        page = self.listed(queries.living_sessions(filters["q"], user_id=person.id), filters=filters)
        called = person.name or person.email
        context = {"title": f"Sessions of {called}", "person": person, "page": page, "filters": filters}
        context["crumbs"] = self.above(called, url=reverse("console.person", args=[person_id]))
        return self.page(context | {"rows": shown(self, page.items), "may_write": self.may(Permission.WRITE_SESSIONS)})


class SessionEnd(Confirm):
    """The end of one session: one's own, or with the permission anybody's."""

    access = {"GET": SIGNED_IN, "POST": SIGNED_IN}
    verb = "End the session"

    def get(self, session_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(session_id, forms.Confirmation())

    def post(self, session_id: str) -> HttpResponse:
        """Do it; who ended the present one is signed out."""
        session, form = (
            queries.session_for(identifiers.read("ses", session_id), actor=self.actor),
            forms.Confirmation(self.request.POST),
        )
        with self.refusals(form):
            actions.end_session(session.id, actor=self.actor)
            if session.public_id == self.actor.session:
                return HttpResponseRedirect(reverse("console.sign-in"))
            return self.told("The session has ended.", to=self._back(session))
        return self._page(session_id, form)

    def _page(self, session_id: str, form: forms.Confirmation) -> HttpResponse:
        session = queries.session_for(identifiers.read("ses", session_id), actor=self.actor)
        told = queries.session_shown(session, current=self.actor.session)
        effects = [f"{told.device} is signed out with its next request.", "What they did stays in the audit log."]
        whose = session.user.name or session.user.email
        return self.confirm(form, title=f"End this session of {whose}?", consequences=effects, back=self._back(session))

    def _back(self, session: Any) -> str:
        if session.user_id == self.me.user_id:
            return reverse("console.own-sessions")
        return reverse("console.person-sessions", args=[session.user.public_id])


class PersonSessionsEnd(Confirm):
    """The end of all sessions of a person."""

    access = {"GET": Permission.WRITE_SESSIONS, "POST": Permission.WRITE_SESSIONS}
    crumbs = PEOPLE
    verb = "Sign them out everywhere"

    def get(self, person_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(person_id, forms.Confirmation())

    def post(self, person_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            ended = actions.end_sessions(identifiers.read("usr", person_id), actor=self.actor)
            return self.done(f"{ended} session{'' if ended == 1 else 's'} ended.", to="console.person", at=person_id)
        return self._page(person_id, form)

    def _page(self, person_id: str, form: forms.Confirmation) -> HttpResponse:
        person = queries.person(identifiers.read("usr", person_id))
        effects = [
            "Every browser where they are signed in is signed out with its next request.",
            "Browsers that they trust, and sign-ins under way, end too.",
            "They can sign in again; to keep them out, suspend them.",
        ]
        back = reverse("console.person", args=[person_id])
        return self.confirm(form, title=f"Sign {person.name or person.email} out everywhere?", consequences=effects, back=back)


def shown(page: Page, items: list[Any]) -> list[Any]:
    """The sessions of one page as the templates show them."""
    return [queries.session_shown(session, current=page.actor.session) for session in items]
