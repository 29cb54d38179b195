"""Doors of network rules."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import actions, documents, queries
from identity.api import serializers as shapes
from identity.permissions import Permission
from kernel import ids
from kernel.api.views import View

NETWORKS = ["Networks"]

NETWORK_EXAMPLE = OpenApiExample("An office", value={"cidr": "192.0.2.0/24", "note": "Office in Zürich"}, request_only=True)


class Networks(View):
    """GET and POST /v1/networks"""

    access = {"GET": Permission.READ_SECURITY, "POST": Permission.WRITE_SECURITY}

    @extend_schema(tags=NETWORKS, summary="List network rules", parameters=[shapes.NetworksQuery], responses=shapes.NetworksPage)
    def get(self, request: Request) -> HttpResponseBase:
        """The networks that people, service accounts and keys may come from, newest first; with none, they may come from anywhere."""
        query = self.query(shapes.NetworksQuery)
        found = queries.networks(q=query["q"], role=query["role"], scope=query["scope"])
        return self.page(found, query=query, shape=documents.of_network)

    @extend_schema(
        tags=NETWORKS,
        summary="Allow a network",
        request=shapes.NetworkIn,
        responses={201: shapes.NetworkOut},
        examples=[NETWORK_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Add a network to the list of the tenant or of a role. Every other network is refused from now on; your own must stay allowed."""
        given = self.parse(shapes.NetworkIn)
        role_id = ids.wanted("rol", given["role"]) if given["role"] else None
        rule = actions.add_network(given["cidr"], role_id=role_id, note=given["note"], actor=self.actor)
        return self.answer(documents.of_network(rule), status=201, location=f"/v1/networks/{rule.public_id}")


class OneNetwork(View):
    """GET and DELETE /v1/networks/{id}"""

    access = {"GET": Permission.READ_SECURITY, "DELETE": Permission.WRITE_SECURITY}

    @extend_schema(tags=NETWORKS, summary="Show a network rule", responses=shapes.NetworkOut)
    def get(self, request: Request, network_id: str) -> HttpResponseBase:
        """One network."""
        return self.answer(documents.of_network(queries.network(ids.wanted("ipr", network_id))))

    @extend_schema(tags=NETWORKS, summary="Take a network back", responses={204: None})
    def delete(self, request: Request, network_id: str) -> HttpResponseBase:
        """Allow the network no longer; without its last network a list asks nothing."""
        actions.remove_network(ids.wanted("ipr", network_id), actor=self.actor)
        return self.no_content()
