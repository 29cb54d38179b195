"""Doors of the keys that seal secrets."""

from functools import partial

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from identity import actions, documents, queries
from identity.api import serializers as shapes
from identity.permissions import Permission
from kernel.api.schema import page_of
from kernel.api.views import View

SECRETS = ["Secrets"]


class Secrets(View):
    """GET /v1/secrets"""

    access = {"GET": Permission.READ_SECURITY}

    @extend_schema(tags=SECRETS, summary="Show what is sealed", responses=shapes.SecretsOut)
    def get(self, request: Request) -> HttpResponseBase:
        """How many secrets the tenant keeps sealed, by table, and how many of them are not under its present key. No secret is shown."""
        return self.answer(documents.of_secrets())


class DataKeys(View):
    """GET /v1/secrets/keys"""

    access = {"GET": Permission.READ_SECURITY}

    @extend_schema(
        tags=SECRETS, summary="List the keys that seal", parameters=[shapes.DataKeysQuery], responses=page_of(shapes.DataKeyOut)
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The tenant's keys, newest first, and how much each of them seals."""
        query = self.query(shapes.DataKeysQuery)
        shape = partial(documents.of_data_key, sealed=queries.sealed_by_key())
        return self.page(queries.data_keys(q=query["q"], state=query["state"]), query=query, shape=shape)


class SecretsRotation(View):
    """GET and POST /v1/secrets/rotation"""

    access = {"GET": Permission.READ_SECURITY, "POST": Permission.ROTATE_SECRETS}

    @extend_schema(tags=SECRETS, summary="Show the newest rotation", responses=shapes.RotationOut)
    def get(self, request: Request) -> HttpResponseBase:
        """How far the newest rotation is, or what came of it."""
        return self.answer(documents.of_rotation(queries.rotation_to_show()))

    @extend_schema(tags=SECRETS, summary="Start a rotation", request=None, responses={202: shapes.RotationOut})
    def post(self, request: Request) -> HttpResponseBase:
        """Seal everything that the tenant keeps sealed under a new key, while the product runs; one rotation is at work at a time."""
        operation = actions.start_rotation(actor=self.actor)
        return self.answer(documents.of_rotation(operation), status=202, location="/v1/secrets/rotation")
