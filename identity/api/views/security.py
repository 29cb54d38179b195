"""Doors of the figures of security, of accounts for emergencies, and of visits of support."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import actions, documents, queries
from identity.api import serializers as shapes
from identity.permissions import Permission
from kernel import clock, ids
from kernel.api.schema import page_of
from kernel.api.views import View

SECURITY, EMERGENCIES, SUPPORT = ["Security"], ["Break-glass accounts"], ["Visits of support"]
SECURITY_EXAMPLE = OpenApiExample(
    "Shorter sessions, longer passwords",
    value={"session_idle_s": 1800, "session_absolute_s": 28800, "password_minimum": 15},
    request_only=True,
)
ARMING_EXAMPLE = OpenApiExample(
    "The identity provider is away", value={"hours": 4, "reason": "Our identity provider is away since 09:10."}, request_only=True
)
VISIT_EXAMPLE = OpenApiExample(
    "A question about an export",
    value={"tenant": "acme", "email": "ada@acme.example", "minutes": 30, "reason": "Ticket 4711: the export stays empty."},
    request_only=True,
)


class Security(View):
    """GET and PATCH /v1/security"""

    access = {"GET": Permission.READ_SECURITY, "PATCH": Permission.WRITE_SECURITY}

    @extend_schema(tags=SECURITY, summary="Show the limits", responses=shapes.SecurityOut)
    def get(self, request: Request) -> HttpResponseBase:
        """What the tenant decided about sessions, passwords, keys, absence and support, and what counts."""
        row = queries.own_security_settings()
        return self.answer(documents.of_security(row), version=row.version)

    @extend_schema(
        tags=SECURITY,
        summary="Change the limits",
        request=shapes.SecurityIn,
        responses=shapes.SecurityOut,
        examples=[SECURITY_EXAMPLE],
    )
    def patch(self, request: Request) -> HttpResponseBase:
        """Some figures; null takes the installation's. What becomes stricter counts for living sessions at once."""
        row = actions.change_security(self.parse(shapes.SecurityIn), expected_version=self.expected_version(), actor=self.actor)
        return self.answer(documents.of_security(row), version=row.version)


class BreakGlassAccounts(View):
    """GET /v1/break-glass"""

    access = {"GET": Permission.READ_SECURITY}

    @extend_schema(
        tags=EMERGENCIES,
        summary="List accounts for emergencies",
        parameters=[shapes.SessionsQuery],
        responses=page_of(shapes.BreakGlassOut),
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The accounts that enter only while they are armed."""
        query = self.query(shapes.SessionsQuery)
        return self.page(queries.break_glass_accounts(query["q"]), query=query, shape=documents.of_break_glass_account)


class _OfAccount(View):
    """What the doors of one account share."""

    def shown(self, person: Any) -> HttpResponseBase:
        """The account, with its ETag."""
        return self.answer(documents.of_break_glass_account(person), version=person.version)


class BreakGlass(_OfAccount):
    """PUT and DELETE /v1/people/{id}/break-glass"""

    access = {"PUT": Permission.ARM_BREAK_GLASS, "DELETE": Permission.ARM_BREAK_GLASS}

    @extend_schema(tags=EMERGENCIES, summary="Keep an account for emergencies", request=None, responses=shapes.BreakGlassOut)
    def put(self, request: Request, person_id: str) -> HttpResponseBase:
        """It needs a passkey or hardware key first. Its sessions end, and from now on it enters only while it is armed."""
        version = self.expected_version()
        return self.shown(actions.mark_break_glass(ids.wanted("usr", person_id), expected_version=version, actor=self.actor))

    @extend_schema(tags=EMERGENCIES, summary="Let an account be like any other", responses=shapes.BreakGlassOut)
    def delete(self, request: Request, person_id: str) -> HttpResponseBase:
        """Its sessions end, and it enters by the rules for everybody."""
        version = self.expected_version()
        return self.shown(actions.unmark_break_glass(ids.wanted("usr", person_id), expected_version=version, actor=self.actor))


class Arming(_OfAccount):
    """PUT and DELETE /v1/people/{id}/break-glass/arming"""

    access = {"PUT": Permission.ARM_BREAK_GLASS, "DELETE": Permission.ARM_BREAK_GLASS}

    @extend_schema(
        tags=EMERGENCIES,
        summary="Arm an account",
        request=shapes.ArmingIn,
        responses=shapes.BreakGlassOut,
        examples=[ARMING_EXAMPLE],
    )
    def put(self, request: Request, person_id: str) -> HttpResponseBase:
        """Let it enter for 1 to 24 hours from now."""
        given, version = self.parse(shapes.ArmingIn), self.expected_version()
        return self.shown(
            actions.arm_break_glass(ids.wanted("usr", person_id), **given, expected_version=version, actor=self.actor)
        )

    @extend_schema(tags=EMERGENCIES, summary="Disarm an account", responses=shapes.BreakGlassOut)
    def delete(self, request: Request, person_id: str) -> HttpResponseBase:
        """Shut it before its time; its sessions end."""
        version = self.expected_version()
        return self.shown(actions.disarm_break_glass(ids.wanted("usr", person_id), expected_version=version, actor=self.actor))


class Visits(View):
    """GET and DELETE /v1/support/visits"""

    access = {"GET": Permission.READ_SESSIONS, "DELETE": Permission.WRITE_SESSIONS}

    @extend_schema(tags=SUPPORT, summary="List visits", parameters=[shapes.SessionsQuery], responses=page_of(shapes.SessionOut))
    def get(self, request: Request) -> HttpResponseBase:
        """Sessions in which somebody of the operator acts as a person of this tenant now."""
        query = self.query(shapes.SessionsQuery)
        return self.page(queries.support_sessions(query["q"]), query=query, shape=documents.of_session)

    @extend_schema(tags=SUPPORT, summary="End all visits", responses=shapes.SessionsEndedOut)
    def delete(self, request: Request) -> HttpResponseBase:
        """Put everybody of support out of this tenant now. To keep them out, set `support_may_enter` to false."""
        return self.answer({"sessions_ended": actions.end_visits(actor=self.actor)})


class OperatorsVisits(Visits):
    """GET, POST and DELETE /v1/support/visits at the operator's host"""

    access = {**Visits.access, "POST": Permission.IMPERSONATE}

    @extend_schema(
        tags=SUPPORT, summary="Visit a tenant", request=shapes.VisitIn, responses={201: shapes.VisitOut}, examples=[VISIT_EXAMPLE]
    )
    def post(self, request: Request) -> HttpResponseBase:
        """For a signed-in person of the operator: a link by which they act as a person of a tenant."""
        given = self.parse(shapes.VisitIn)
        visit = actions.allow_visit(given.pop("tenant"), **given, actor=self.actor)
        shown = {"tenant": visit.tenant, "host": visit.host, "person": visit.person, "until": clock.rfc3339(visit.until)}
        return self.answer({**shown, "secret": visit.token}, status=201)
