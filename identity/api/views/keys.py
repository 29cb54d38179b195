"""Doors of API keys."""

from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from audit import actions as audit
from identity import actions, documents, queries
from identity.api import serializers as shapes
from identity.api.views.people import KEYS, REASON_EXAMPLE
from identity.permissions import Permission
from kernel import ids
from kernel.api import parsing
from kernel.api.access import PUBLIC
from kernel.api.views import View

KEY_EXAMPLE = OpenApiExample(
    "A key that reads the trail", value={"name": "SIEM", "scopes": ["read:audit.*"], "expires_in_days": 30}, request_only=True
)

KEY_CHANGE_EXAMPLE = OpenApiExample(
    "A narrower key", value={"scopes": ["read:audit.entries"], "networks": ["192.0.2.0/24"], "rate_per_s": 20}, request_only=True
)

KEY_NETWORKS_EXAMPLE = OpenApiExample("One office", value={"networks": ["192.0.2.0/24", "2001:db8::/32"]}, request_only=True)

ROTATION_EXAMPLE = OpenApiExample("Two days to change over", value={"overlap_hours": 48}, request_only=True)

LEAK_EXAMPLE = OpenApiExample(
    "Found in a repository",
    value={"leaks": [{"token": "fh_…", "url": "https://code.example.com/acme/tools/blob/main/.env"}]},
    request_only=True,
)


class ApiKeys(View):
    """GET and POST /v1/api-keys"""

    access = {"GET": Permission.READ_KEYS, "POST": Permission.WRITE_KEYS}

    @extend_schema(tags=KEYS, summary="List API keys", parameters=[shapes.KeysQuery], responses=shapes.KeysPage)
    def get(self, request: Request) -> HttpResponseBase:
        """The keys of the tenant without their secrets, newest first."""
        query = self.query(shapes.KeysQuery)
        owner_id = _owner(query["owner"]) if query["owner"] else None
        found = queries.api_keys(q=query["q"], state=query["state"], owner_id=owner_id, owner_kind=query["owner_kind"])
        return self.page(found, query=query, shape=documents.of_api_key)

    @extend_schema(
        tags=KEYS, summary="Create an API key", request=shapes.KeyIn, responses={201: shapes.NewKeyOut}, examples=[KEY_EXAMPLE]
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Make a key within your own permissions. The secret is in this answer and nowhere else."""
        given = self.parse(shapes.KeyIn)
        owner = given["owner"]
        whose = {"service_account_id" if owner.startswith("svc_") else "owner_id": _owner(owner)} if owner else {}
        terms = actions.KeyTerms(given["kind"], networks=given["networks"], rate_per_s=given["rate_per_s"])
        days = given["expires_in_days"]
        created = actions.create_api_key(
            given["name"], scopes=given["scopes"], expires_in_days=days, **whose, terms=terms, actor=self.actor
        )
        return _made(self, created)


class OneApiKey(View):
    """GET and PATCH /v1/api-keys/{id}"""

    access = {"GET": Permission.READ_KEYS, "PATCH": Permission.WRITE_KEYS}

    @extend_schema(tags=KEYS, summary="Show an API key", responses=shapes.KeyOut)
    def get(self, request: Request, key_id: str) -> HttpResponseBase:
        """One key without its secret."""
        key = queries.api_key(ids.wanted("key", key_id))
        return self.answer(documents.of_api_key(key), version=key.version)

    @extend_schema(
        tags=KEYS, summary="Change an API key", request=shapes.KeyChangeIn, responses=shapes.KeyOut, examples=[KEY_CHANGE_EXAMPLE]
    )
    def patch(self, request: Request, key_id: str) -> HttpResponseBase:
        """Another name, other scopes within your own permissions, other networks or another rate; the secret stays."""
        given = self.parse(shapes.KeyChangeIn)
        limits = actions.KeyLimits(**{name: value for name, value in given.items() if name not in {"name", "scopes"}})
        key = actions.change_api_key(
            ids.wanted("key", key_id),
            name=given.get("name"),
            scopes=given.get("scopes"),
            limits=limits,
            expected_version=self.expected_version(),
            actor=self.actor,
        )
        return self.answer(documents.of_api_key(key), version=key.version)


class KeyNetworks(View):
    """PUT /v1/api-keys/{id}/networks"""

    access = {"PUT": Permission.WRITE_KEYS}

    @extend_schema(
        tags=KEYS,
        summary="Bind an API key to networks",
        request=shapes.KeyNetworksIn,
        responses=shapes.KeyOut,
        examples=[KEY_NETWORKS_EXAMPLE],
    )
    def put(self, request: Request, key_id: str) -> HttpResponseBase:
        """The whole list of networks that the key may be used from; an empty list lets it be used from anywhere."""
        limits = actions.KeyLimits(networks=self.parse(shapes.KeyNetworksIn)["networks"])
        key = actions.change_api_key(
            ids.wanted("key", key_id), limits=limits, expected_version=self.expected_version(), actor=self.actor
        )
        return self.answer(documents.of_api_key(key), version=key.version)


class Rotation(View):
    """POST /v1/api-keys/{id}/rotation"""

    access = {"POST": Permission.WRITE_KEYS}

    @extend_schema(
        tags=KEYS,
        summary="Replace an API key",
        request=shapes.RotationIn,
        responses={201: shapes.NewKeyOut},
        examples=[ROTATION_EXAMPLE],
    )
    def post(self, request: Request, key_id: str) -> HttpResponseBase:
        """Make a key with the same scopes and limits; the present one works on for a while. The new secret is in this answer and nowhere else."""
        given = self.parse(shapes.RotationIn)
        created = actions.rotate_api_key(
            ids.wanted("key", key_id), **given, expected_version=self.expected_version(), actor=self.actor
        )
        return _made(self, created)


class LeakedKeys(View):
    """POST /v1/leaked-keys"""

    access = {"POST": PUBLIC}

    @extend_schema(
        tags=KEYS,
        summary="Report leaked API keys",
        request=shapes.LeaksIn,
        responses={202: shapes.LeaksOut},
        examples=[LEAK_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Revoke keys that were found where they should not be. Anybody may; the answer does not tell which of the texts were keys."""
        found = parsing.read_json(self.request._request)
        listed = parsing.validated(shapes.LeaksIn, data={"leaks": found} if isinstance(found, list) else found)["leaks"]
        leaks = [actions.Leak(text=leak["token"], found_at=leak["url"]) for leak in listed]
        actions.report_leaked_keys(leaks, actor=audit.ANONYMOUS)
        return self.answer({"received": len(leaks)}, status=202)


class Revocation(View):
    """PUT /v1/api-keys/{id}/revocation"""

    access = {"PUT": Permission.WRITE_KEYS}

    @extend_schema(
        tags=KEYS, summary="Revoke an API key", request=shapes.ReasonIn, responses=shapes.KeyOut, examples=[REASON_EXAMPLE]
    )
    def put(self, request: Request, key_id: str) -> HttpResponseBase:
        """Refuse the key from the next request on, for good."""
        key = actions.revoke_api_key(
            ids.wanted("key", key_id),
            reason=self.parse(shapes.ReasonIn)["reason"],
            expected_version=self.expected_version(),
            actor=self.actor,
        )
        return self.answer(documents.of_api_key(key), version=key.version)


def _owner(text: str) -> UUID:
    """The id of a person or a service account. Raises NotFound."""
    return ids.wanted("svc" if text.startswith("svc_") else "usr", text)


def _made(view: View, created: actions.Created) -> HttpResponseBase:
    """The answer with a new key and its secret."""
    document = {**documents.of_api_key(created.key), "secret": created.secret}
    return view.answer(document, status=201, version=created.key.version, location=f"/v1/api-keys/{created.key.public_id}")
