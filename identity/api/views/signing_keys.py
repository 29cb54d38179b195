"""Doors of keys that sign requests."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import actions, documents, queries
from identity.api import serializers as shapes
from identity.api.views.people import KEYS, REASON_EXAMPLE
from identity.permissions import Permission
from kernel import ids
from kernel.api.views import View

SIGNING_KEY_EXAMPLE = OpenApiExample(
    "A key whose secret the server makes", value={"name": "billing sync", "algorithm": "hmac-sha256"}, request_only=True
)
SIGNING_ROTATION_EXAMPLE = OpenApiExample("The old key works on for a day", value={"overlap_hours": 24}, request_only=True)


class SigningKeys(View):
    """GET and POST /v1/api-keys/{id}/signing-keys"""

    access = {"GET": Permission.READ_KEYS, "POST": Permission.WRITE_KEYS}

    @extend_schema(tags=KEYS, summary="List signing keys", parameters=[shapes.RequestKeysQuery], responses=shapes.RequestKeysPage)
    def get(self, request: Request, key_id: str) -> HttpResponseBase:
        """The keys that sign requests for an API key, without their secrets, newest first."""
        query = self.query(shapes.RequestKeysQuery)
        found = queries.signing_keys(queries.api_key(ids.wanted("key", key_id)).id, q=query["q"], state=query["state"])
        return self.page(found, query=query, shape=documents.of_signing_key)

    @extend_schema(
        tags=KEYS,
        summary="Create a signing key",
        request=shapes.RequestKeyIn,
        responses={201: shapes.NewRequestKeyOut},
        examples=[SIGNING_KEY_EXAMPLE],
    )
    def post(self, request: Request, key_id: str) -> HttpResponseBase:
        """Make a key that signs requests as this API key. The secret of an HMAC key is in this answer and nowhere else."""
        created = actions.create_signing_key(ids.wanted("key", key_id), **self.parse(shapes.RequestKeyIn), actor=self.actor)
        return _made(self, created)


class OneSigningKey(View):
    """GET /v1/api-keys/{id}/signing-keys/{id}"""

    access = {"GET": Permission.READ_KEYS}

    @extend_schema(tags=KEYS, summary="Show a signing key", responses=shapes.RequestKeyOut)
    def get(self, request: Request, key_id: str, signing_key_id: str) -> HttpResponseBase:
        """One signing key without its secret."""
        key = queries.signing_key(ids.wanted("key", key_id), ids.wanted("sig", signing_key_id))
        return self.answer(documents.of_signing_key(key), version=key.version)


class SigningKeyRotation(View):
    """POST /v1/api-keys/{id}/signing-keys/{id}/rotation"""

    access = {"POST": Permission.WRITE_KEYS}

    @extend_schema(
        tags=KEYS,
        summary="Replace a signing key",
        request=shapes.RequestKeyRotationIn,
        responses={201: shapes.NewRequestKeyOut},
        examples=[SIGNING_ROTATION_EXAMPLE],
    )
    def post(self, request: Request, key_id: str, signing_key_id: str) -> HttpResponseBase:
        """Make the successor of a signing key; the old one works on for the overlap."""
        created = actions.rotate_signing_key(
            ids.wanted("key", key_id),
            signing_key_id=ids.wanted("sig", signing_key_id),
            **self.parse(shapes.RequestKeyRotationIn),
            expected_version=self.expected_version(),
            actor=self.actor,
        )
        return _made(self, created)


class SigningKeyRevocation(View):
    """PUT /v1/api-keys/{id}/signing-keys/{id}/revocation"""

    access = {"PUT": Permission.WRITE_KEYS}

    @extend_schema(
        tags=KEYS,
        summary="Revoke a signing key",
        request=shapes.ReasonIn,
        responses=shapes.RequestKeyOut,
        examples=[REASON_EXAMPLE],
    )
    def put(self, request: Request, key_id: str, signing_key_id: str) -> HttpResponseBase:
        """Refuse what is signed with the key from the next request on, for good."""
        key = actions.revoke_signing_key(
            ids.wanted("key", key_id),
            signing_key_id=ids.wanted("sig", signing_key_id),
            reason=self.parse(shapes.ReasonIn)["reason"],
            expected_version=self.expected_version(),
            actor=self.actor,
        )
        return self.answer(documents.of_signing_key(key), version=key.version)


def _made(view: View, created: actions.CreatedSigningKey) -> HttpResponseBase:
    document = {**documents.of_signing_key(created.key), "secret": created.secret}
    location = f"/v1/api-keys/{created.key.api_key.public_id}/signing-keys/{created.key.public_id}"
    return view.answer(document, status=201, version=created.key.version, location=location)
