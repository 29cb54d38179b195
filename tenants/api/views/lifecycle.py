"""How tenants end, over HTTP: put away and brought back, deleted and undone, erased and proven."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel.api.schema import page_of
from kernel.api.views import View
from operations.models import Operation
from tenants import actions, documents, queries
from tenants.api import serializers as shapes
from tenants.api.views.parts import answered, given, tenant_id
from tenants.api.views.tenants import OPERATION, TENANT
from tenants.models import Tenant
from tenants.permissions import Permission

REASON = "The contract ended."
DELETING = {
    **TENANT,
    "state": "deleting",
    "state_reason": REASON,
    "previous_state": "active",
    "delete_after": "2026-03-02T12:00:00.000000Z",
    "version": 3,
}
PREVIEW = {
    "tenant": TENANT["id"],
    "slug": "acme",
    "state": "active",
    "is_deleting": False,
    "grace_days": 30,
    "delete_after": "2026-03-02T12:00:00.000000Z",
    "goes": {
        "people": 41,
        "api_keys": 3,
        "trail_entries": 20812,
        "tables": {"identity_user": 41, "identity_apikey": 3, "audit_entry": 20812},
        "rows": 20856,
        "bytes": 31457280,
        "hosts": ["acme.example.net"],
        "backups": [],
    },
    "stays": {
        "final_copy_until": "2026-04-06T12:00:00.000000Z",
        "hosts_kept_from_others_until": "2026-04-01T12:00:00.000000Z",
        "tombstone": "Id, slug, dates and the proof of erasure stay for good.",
    },
}
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PROOF = {
    "tenant": TENANT["id"],
    "slug": "acme",
    "purged_at": "2026-03-02T12:01:00.000000Z",
    "last_backup_expires_at": "2026-04-06T12:00:00.000000Z",
    "sha256": DIGEST,
    "proof": {"format": "freehold-erasure-1", "there_was": {"rows": 20856}, "found_afterwards": {"copies": 0, "redis": 0}},
}


class Archive(View):
    """A tenant's archive: there, or not."""

    access = {"PUT": Permission.ARCHIVE_TENANTS, "DELETE": Permission.ARCHIVE_TENANTS}

    @extend_schema(
        tags=["Tenants"],
        summary="Archive a tenant",
        request=shapes.ArchiveIn,
        responses={202: shapes.BegunOut},
        examples=[
            given("Out of use", {"reason": REASON}),
            answered("Being put away", {**TENANT, "state": "suspended", "version": 3, "operation": OPERATION}, status=202),
        ],
    )
    def put(self, request: Request, tenant: str) -> HttpResponse:
        """Put a tenant away: it is shut off, copied, the copy is tried by a real restore, and its place in the cell is dropped."""
        begun = actions.archive_tenant(
            tenant_id(tenant),
            reason=self.parse(shapes.ArchiveIn)["reason"],
            expected_version=self.expected_version(),
            actor=self.actor,
        )
        return _accepted(self, begun.tenant, operation=begun.operation)

    @extend_schema(
        tags=["Tenants"],
        summary="Bring an archived tenant back",
        parameters=[shapes.UnarchiveQuery],
        responses={202: shapes.BegunOut},
        examples=[answered("Coming back", {**TENANT, "state": "archived", "version": 6, "operation": OPERATION}, status=202)],
    )
    def delete(self, request: Request, tenant: str) -> HttpResponse:
        """Load an archived tenant's copy into a cell and let it answer again."""
        cell = self.query(shapes.UnarchiveQuery)["cell"] or None
        begun = actions.unarchive_tenant(tenant_id(tenant), cell=cell, expected_version=self.expected_version(), actor=self.actor)
        return _accepted(self, begun.tenant, operation=begun.operation)


class Deletion(View):
    """A tenant's deletion: what it takes, asked for, or undone."""

    access = {"GET": Permission.READ_TENANTS, "PUT": Permission.DELETE_TENANTS, "DELETE": Permission.DELETE_TENANTS}

    @extend_schema(
        tags=["Tenants"],
        summary="See what deleting a tenant takes",
        responses=shapes.DeletionOut,
        examples=[answered("What would go", PREVIEW)],
    )
    def get(self, request: Request, tenant: str) -> HttpResponse:
        """What would go, or will go, when, and what stays until when. Counts every table of the tenant once."""
        found = queries.tenant(tenant_id(tenant))
        return self.answer(documents.of_deletion(queries.deletion_preview(found)), version=found.version)

    @extend_schema(
        tags=["Tenants"],
        summary="Delete a tenant",
        request=shapes.DeletionIn,
        responses={202: shapes.BegunOut},
        examples=[
            given("The end of a contract", {"slug": "acme", "reason": REASON}),
            answered("In its grace time", {**DELETING, "operation": OPERATION}, status=202),
        ],
    )
    def put(self, request: Request, tenant: str) -> HttpResponse:
        """Let a tenant answer nobody from now on and erase it after its grace time. A final copy is taken first; until the end it can be undone."""
        given_in = self.parse(shapes.DeletionIn)
        deletion = actions.delete_tenant(
            tenant_id(tenant),
            slug=given_in["slug"],
            reason=given_in["reason"],
            expected_version=self.expected_version(),
            actor=self.actor,
        )
        return _accepted(self, deletion.tenant, operation=deletion.operation)

    @extend_schema(
        tags=["Tenants"],
        summary="Undo the deletion of a tenant",
        responses=shapes.RegisteredTenantOut,
        examples=[answered("As it was before", {**TENANT, "version": 4})],
    )
    def delete(self, request: Request, tenant: str) -> HttpResponse:
        """Put a tenant back into the state that it was in before it was deleted, as long as its erasure has not begun."""
        found = actions.undelete_tenant(tenant_id(tenant), expected_version=self.expected_version(), actor=self.actor)
        return self.answer(documents.of_tenant(found), version=found.version)


class Erasure(View):
    """A tenant's erasure: asked for, and its proof."""

    access = {"GET": Permission.READ_TENANTS, "PUT": Permission.DELETE_TENANTS}

    @extend_schema(
        tags=["Tenants"], summary="Read the proof of an erasure", responses=shapes.ErasureOut, examples=[answered("A proof", PROOF)]
    )
    def get(self, request: Request, tenant: str) -> HttpResponse:
        """What there was, what was removed, what was looked at afterwards, and until when a last copy exists."""
        return self.answer(documents.of_erasure(queries.erasure(queries.tenant(tenant_id(tenant)))))

    @extend_schema(
        tags=["Tenants"],
        summary="Erase a deleted tenant",
        request=shapes.ErasureIn,
        responses={202: shapes.BegunOut},
        examples=[
            given("Its grace time is over", {"slug": "acme"}),
            given("Now", {"slug": "acme", "reason": "The customer asked for it in writing."}),
            answered("Being erased", {**DELETING, "previous_state": "", "version": 4, "operation": OPERATION}, status=202),
        ],
    )
    def put(self, request: Request, tenant: str) -> HttpResponse:
        """Erase a tenant that is being deleted: after its grace time, or before it with a reason. This cannot be undone."""
        values = self.parse(shapes.ErasureIn)
        common: dict[str, Any] = {"slug": values["slug"], "expected_version": self.expected_version(), "actor": self.actor}
        if values["reason"] or values["without_export"]:
            purge = actions.purge_tenant_now(
                tenant_id(tenant), reason=values["reason"], without_export=values["without_export"], **common
            )
        else:
            purge = actions.purge_tenant(tenant_id(tenant), **common)
        return _accepted(self, purge.tenant, operation=purge.operation)


class Erasures(View):
    """All proofs."""

    access = {"GET": Permission.READ_TENANTS}

    @extend_schema(
        tags=["Tenants"],
        summary="List the proofs of erasures",
        parameters=[shapes.ErasuresQuery],
        responses=page_of(shapes.ErasureOut),
        examples=[answered("A page", {"data": [PROOF], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request) -> HttpResponse:
        """The proofs of all tenants that were erased, newest tenants first."""
        query = self.query(shapes.ErasuresQuery)
        return self.page(queries.purged_tenants(q=query["q"]), query=query, shape=lambda row: documents.of_erasure(row.erasure))


def _accepted(view: View, tenant: Tenant, *, operation: Operation | None) -> HttpResponse:
    """202 and the address of the operation; 200 where nothing is left to do."""
    named = None if operation is None else operation.public_id
    location = "" if named is None else f"/v1/operations/{named}"
    status = 200 if named is None else 202
    return view.answer(documents.of_begun(tenant, operation=named), status=status, version=tenant.version, location=location)
