"""Doors of sessions and of links to choose another password."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import actions, documents, queries
from identity.api import serializers as shapes
from identity.api.views.people import PEOPLE
from identity.permissions import Permission
from kernel import ids
from kernel.api.access import PUBLIC, SIGNED_IN
from kernel.api.schema import page_of
from kernel.api.views import View

SESSIONS = ["Sessions"]
RESET_EXAMPLE = OpenApiExample("Somebody forgot their password", value={"email": "ada@acme.example"}, request_only=True)


class LivingSessions(View):
    """GET /v1/sessions"""

    access = {"GET": Permission.READ_SESSIONS}

    @extend_schema(tags=SESSIONS, summary="List sessions", parameters=[shapes.SessionsQuery], responses=page_of(shapes.SessionOut))
    def get(self, request: Request) -> HttpResponseBase:
        """Everybody's living sessions, newest first."""
        query = self.query(shapes.SessionsQuery)
        return self.page(queries.living_sessions(query["q"]), query=query, shape=documents.of_session)


class OneSession(View):
    """GET and DELETE /v1/sessions/{id}"""

    access = {"GET": SIGNED_IN, "DELETE": SIGNED_IN}

    @extend_schema(tags=SESSIONS, summary="Show a session", responses=shapes.SessionOut)
    def get(self, request: Request, session_id: str) -> HttpResponseBase:
        """One living session: one's own, or with read:identity.sessions anybody's."""
        session = queries.session_for(ids.wanted("ses", session_id), actor=self.actor)
        return self.answer(documents.of_session(session, current=self.actor.session))

    @extend_schema(tags=SESSIONS, summary="End a session", responses={204: None})
    def delete(self, request: Request, session_id: str) -> HttpResponseBase:
        """Sign one browser out: one's own, or with write:identity.sessions anybody's. It is refused with its next request."""
        actions.end_session(ids.wanted("ses", session_id), actor=self.actor)
        return self.no_content()


class OwnSessions(View):
    """GET and DELETE /v1/me/sessions"""

    access = {"GET": SIGNED_IN, "DELETE": SIGNED_IN}

    @extend_schema(
        tags=SESSIONS, summary="List one's own sessions", parameters=[shapes.SessionsQuery], responses=page_of(shapes.SessionOut)
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Where one is signed in, the present session marked. For people; a key has no sessions."""
        query, current = self.query(shapes.SessionsQuery), self.actor.session
        found = queries.own_living_sessions(query["q"], actor=self.actor)
        return self.page(found, query=query, shape=lambda session: documents.of_session(session, current=current))

    @extend_schema(tags=SESSIONS, summary="End one's other sessions", responses=shapes.SessionsEndedOut)
    def delete(self, request: Request) -> HttpResponseBase:
        """Sign oneself out everywhere but here."""
        return self.answer({"sessions_ended": actions.end_other_sessions(actor=self.actor)})


class Sessions(View):
    """GET and DELETE /v1/people/{id}/sessions"""

    access = {"GET": Permission.READ_SESSIONS, "DELETE": SIGNED_IN}

    @extend_schema(
        tags=PEOPLE, summary="List a person's sessions", parameters=[shapes.SessionsQuery], responses=page_of(shapes.SessionOut)
    )
    def get(self, request: Request, person_id: str) -> HttpResponseBase:
        """Where a person is signed in, newest first."""
        query, person = self.query(shapes.SessionsQuery), queries.person(ids.wanted("usr", person_id))
        return self.page(queries.living_sessions(query["q"], user_id=person.id), query=query, shape=documents.of_session)

    @extend_schema(tags=PEOPLE, summary="End all sessions of a person", responses=shapes.SessionsEndedOut)
    def delete(self, request: Request, person_id: str) -> HttpResponseBase:
        """Sign a person out everywhere: oneself, or with write:identity.sessions anybody."""
        ended = actions.end_sessions(ids.wanted("usr", person_id), actor=self.actor)
        return self.answer({"sessions_ended": ended})


class PasswordResets(View):
    """POST /v1/password-resets"""

    access = {"POST": PUBLIC}

    @extend_schema(
        tags=SESSIONS,
        summary="Ask for a link to choose another password",
        request=shapes.ResetIn,
        responses={202: None},
        examples=[RESET_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """A mail goes out if the address belongs to an active person. The answer is the same whoever it is."""
        actions.ask_password_reset(self.parse(shapes.ResetIn)["email"])
        return self.answer({}, status=202)


class PersonPasswordReset(View):
    """POST /v1/people/{id}/password-reset"""

    access = {"POST": Permission.WRITE_PEOPLE}

    @extend_schema(
        tags=PEOPLE, summary="Make a link to choose another password", request=None, responses={201: shapes.ResetLinkOut}
    )
    def post(self, request: Request, person_id: str) -> HttpResponseBase:
        """For somebody who cannot get a mail; the secret is in this answer and nowhere else."""
        link = actions.issue_password_reset(ids.wanted("usr", person_id), actor=self.actor)
        person = {"id": link.user.public_id, "email": link.user.email, "name": link.user.name}
        return self.answer({"person": person, "secret": link.token}, status=201)
