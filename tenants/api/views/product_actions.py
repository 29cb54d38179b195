"""The product's actions over HTTP."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel import ids
from kernel.api.schema import page_of
from kernel.api.views import View
from tenants import actions, documents, queries
from tenants.api import serializers as shapes
from tenants.api.views.parts import answered, given
from tenants.models import ACTION_PREFIX
from tenants.permissions import Permission

ACTION = {
    "id": "act_01HF7YAT00E1R0C8R0M2X9K3QV",
    "name": "invoice.paid",
    "version": 1,
    "title": "An invoice was paid",
    "category": "product",
    "severity": 1,
    "schema": {"type": "object", "properties": {"number": {"type": "string"}, "payer": {"type": "string"}}, "required": ["number"]},
    "personal": ["payer"],
    "created_at": "2026-01-31T11:00:00.000000Z",
    "retired_at": None,
}


class ProductActions(View):
    """All actions."""

    access = {"GET": Permission.READ_PRODUCT_ACTIONS, "POST": Permission.WRITE_PRODUCT_ACTIONS}

    @extend_schema(
        tags=["Product actions"],
        summary="List the product's actions",
        parameters=[shapes.ProductActionQuery],
        responses=page_of(shapes.ProductActionOut),
        examples=[answered("A page", {"data": [ACTION], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Every version of what the product may tell trails of, newest first."""
        query = self.query(shapes.ProductActionQuery)
        return self.shaped_page(
            queries.product_actions(q=query["q"]),
            query=query,
            shapes=lambda rows: [documents.of_product_action(row) for row in rows],
        )

    @extend_schema(
        tags=["Product actions"],
        summary="Register an action",
        request=shapes.ProductActionIn,
        responses={201: shapes.ProductActionOut},
        examples=[
            given("An action", {name: ACTION[name] for name in ("name", "title", "schema", "personal")}),
            answered("Registered", ACTION, status=201),
        ],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Let the product tell of an action. Another schema under the same name is its next version, which holds at once."""
        wish = self.parse(shapes.ProductActionIn)
        made = actions.register_product_action(wish.pop("name"), **wish, actor=self.actor)
        return self.answer(documents.of_product_action(made), status=201, location=f"/v1/product-actions/{made.public_id}")


class OneProductAction(View):
    """One version of an action."""

    access = {"GET": Permission.READ_PRODUCT_ACTIONS, "DELETE": Permission.WRITE_PRODUCT_ACTIONS}

    @extend_schema(
        tags=["Product actions"],
        summary="Read an action",
        responses=shapes.ProductActionOut,
        examples=[answered("An action", ACTION)],
    )
    def get(self, request: Request, action: str) -> HttpResponseBase:
        """One version of an action, with its schema."""
        return self.answer(documents.of_product_action(queries.product_action(ids.wanted(ACTION_PREFIX, action))))

    @extend_schema(tags=["Product actions"], summary="End an action", responses={204: None})
    def delete(self, request: Request, action: str) -> HttpResponseBase:
        """End one version of an action: events of it are refused from now on, entries stay as they are."""
        actions.retire_product_action(ids.wanted(ACTION_PREFIX, action), actor=self.actor)
        return self.no_content()
