"""Doors of invitations."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from identity import actions, documents, queries
from identity.api import serializers as shapes
from identity.permissions import Permission
from kernel import ids
from kernel.api.schema import page_of
from kernel.api.views import View

INVITATIONS = ["Invitations"]


class Invitations(View):
    """GET /v1/invitations"""

    access = {"GET": Permission.READ_PEOPLE}

    @extend_schema(
        tags=INVITATIONS,
        summary="List invitations",
        parameters=[shapes.InvitationsQuery],
        responses=page_of(shapes.InvitationOut),
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The invitations of the tenant, newest first, with those that were used, withdrawn or have expired."""
        query = self.query(shapes.InvitationsQuery)
        return self.page(queries.invitations(q=query["q"], state=query["state"]), query=query, shape=documents.of_invitation)


class OneInvitation(View):
    """GET /v1/invitations/{id}"""

    access = {"GET": Permission.READ_PEOPLE}

    @extend_schema(tags=INVITATIONS, summary="Show an invitation", responses=shapes.InvitationOut)
    def get(self, request: Request, invitation_id: str) -> HttpResponseBase:
        """One invitation, without its token."""
        return self.answer(documents.of_invitation(queries.invitation_by_id(ids.wanted("inv", invitation_id))))


class InvitationRevocation(View):
    """PUT /v1/invitations/{id}/revocation"""

    access = {"PUT": Permission.WRITE_PEOPLE}

    @extend_schema(tags=INVITATIONS, summary="Withdraw an invitation", request=None, responses=shapes.InvitationOut)
    def put(self, request: Request, invitation_id: str) -> HttpResponseBase:
        """The link stops working; the person stays invited and can be given another one."""
        found = actions.revoke_invitation(ids.wanted("inv", invitation_id), actor=self.actor)
        return self.answer(documents.of_invitation(found))


class InvitationRenewal(View):
    """POST /v1/invitations/{id}/renewal"""

    access = {"POST": Permission.WRITE_PEOPLE}

    @extend_schema(tags=INVITATIONS, summary="Send an invitation again", request=None, responses={201: shapes.InvitedOut})
    def post(self, request: Request, invitation_id: str) -> HttpResponseBase:
        """Another invitation for the same person, mailed where a mail server is set; the one before stops working."""
        found = queries.invitation_by_id(ids.wanted("inv", invitation_id))
        added = actions.renew_invitation(found.user_id, actor=self.actor)
        document = {**documents.of_person(added.person), "secret": added.invitation_token}
        return self.answer(document, status=201, version=added.person.version)
