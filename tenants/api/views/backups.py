"""Copies of tenants over HTTP."""

from pathlib import PurePath

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel.api.schema import page_of
from kernel.api.views import View
from kernel.problems import Invalid
from operations.models import Operation
from tenants import actions, documents, queries
from tenants.api import serializers as shapes
from tenants.api.views.parts import answered, given, tenant_id
from tenants.backups import archive, files
from tenants.permissions import Permission

OPERATION = "op_06f0kt8m1wfvx5r2c9h3qjz4ad"
BACKUP = {
    "id": "bak_06f0kt8m1wfvx5r2c9h3qjz4ba",
    "tenant": "ten_06f0kt8m1wfvx5r2c9h3qjz4ab",
    "tenant_slug": "acme",
    "kind": "scheduled",
    "state": "ready",
    "cell": "cell-1",
    "region": "local",
    "table_count": 14,
    "row_count": 20344,
    "size_bytes": 1843207,
    "manifest_sha256": "445142d5043b415aa5750be085bf8bd06e7fa0b1c80279b476ddaed449373311",
    "lsn": "0/214C540",
    "taken_at": "2026-01-31T12:00:00.000000Z",
    "expires_at": "2026-03-07T12:00:00.000000Z",
    "verified_at": "2026-02-01T03:17:04.000000Z",
    "verify_ms": 812,
    "fault": "",
    "version": 3,
}
A_PAGE = answered("A page", {"data": [BACKUP], "has_more": False, "next_cursor": None})


class Backups(View):
    """All copies."""

    access = {"GET": Permission.READ_BACKUPS}

    @extend_schema(
        tags=["Backups"],
        summary="List backups",
        parameters=[shapes.BackupQuery],
        responses=page_of(shapes.BackupOut),
        examples=[A_PAGE],
    )
    def get(self, request: Request) -> HttpResponse:
        """Copies of all tenants, newest first; removed ones stay in the list as a record."""
        query = self.query(shapes.BackupQuery)
        found = queries.backups(q=query["q"], state=query["state"], kind=query["kind"])
        return self.page(found, query=query, shape=documents.of_backup)


class TenantBackups(View):
    """The copies of one tenant."""

    access = {"GET": Permission.READ_BACKUPS, "POST": Permission.WRITE_BACKUPS}

    @extend_schema(
        tags=["Backups"],
        summary="List a tenant's backups",
        parameters=[shapes.BackupQuery],
        responses=page_of(shapes.BackupOut),
        examples=[A_PAGE],
    )
    def get(self, request: Request, tenant: str) -> HttpResponse:
        """Copies of one tenant, newest first."""
        query = self.query(shapes.BackupQuery)
        owner = queries.tenant(tenant_id(tenant))
        found = queries.backups(q=query["q"], tenant_id=owner.id, state=query["state"], kind=query["kind"])
        return self.page(found, query=query, shape=documents.of_backup)

    @extend_schema(
        tags=["Backups"],
        summary="Back up a tenant",
        request=None,
        responses={202: shapes.BackupStartedOut},
        examples=[answered("Begun", {"operation": OPERATION}, status=202)],
    )
    def post(self, request: Request, tenant: str) -> HttpResponse:
        """Copy all rows of a tenant from one snapshot. The tenant goes on working; the operation's result names the backup."""
        return _begun(self, actions.back_up_tenant(tenant_id(tenant), actor=self.actor))


class OneBackup(View):
    """One copy."""

    access = {"GET": Permission.READ_BACKUPS, "DELETE": Permission.WRITE_BACKUPS}

    @extend_schema(tags=["Backups"], summary="Read a backup", responses=shapes.BackupOut, examples=[answered("A backup", BACKUP)])
    def get(self, request: Request, backup: str) -> HttpResponse:
        """One copy, with its ETag."""
        found = queries.backup_named(backup)
        return self.answer(documents.of_backup(found), version=found.version)

    @extend_schema(tags=["Backups"], summary="Remove a backup", responses={204: None})
    def delete(self, request: Request, backup: str) -> HttpResponse:
        """Remove the file for good; never the newest good copy of a tenant."""
        actions.remove_backup(queries.backup_named(backup).id, expected_version=self.expected_version(), actor=self.actor)
        return self.no_content()


class BackupFile(View):
    """The file of one copy."""

    access = {"GET": Permission.WRITE_BACKUPS}

    @extend_schema(
        tags=["Backups"],
        summary="Download a backup",
        parameters=[shapes.FileQuery],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, backup: str) -> StreamingHttpResponse:
        """The file, sealed or plain. That it was handed out stands in the operator's trail."""
        form = self.query(shapes.FileQuery)["form"]
        found = actions.hand_out_backup(queries.backup_named(backup).id, form=form, actor=self.actor)
        path = files.present(found)
        is_plain = form == actions.PLAIN
        pieces = archive.plain_pieces(path) if is_plain else archive.sealed_pieces(path)
        name = PurePath(found.path).with_suffix(".tar" if is_plain else files.SUFFIX).name
        response = StreamingHttpResponse(pieces, content_type="application/x-tar" if is_plain else "application/octet-stream")
        response["Content-Disposition"] = f'attachment; filename="{found.tenant.slug}-{name}"'
        response["Cache-Control"] = "no-store"
        return response


class BackupCheck(View):
    """The trial of one copy."""

    access = {"PUT": Permission.WRITE_BACKUPS}

    @extend_schema(
        tags=["Backups"],
        summary="Try a backup",
        request=None,
        responses={202: shapes.BackupStartedOut},
        examples=[answered("Begun", {"operation": OPERATION}, status=202)],
    )
    def put(self, request: Request, backup: str) -> HttpResponse:
        """Restore the copy into a scratch place, compare every checksum, and drop the place. The backup then says how long it took."""
        return _begun(self, actions.check_backup(queries.backup_named(backup).id, actor=self.actor))


class Restorations(View):
    """Restores."""

    access = {"POST": Permission.WRITE_BACKUPS}

    @extend_schema(
        tags=["Backups"],
        summary="Restore a backup",
        request=shapes.RestorationIn,
        responses={202: shapes.RestorationOut},
        examples=[
            given("As a new tenant", {"backup": BACKUP["id"], "slug": "acme-may", "name": "Acme as of May"}),
            given("In place", {"backup": BACKUP["id"], "replace": "acme"}),
            answered("Begun", {"operation": OPERATION, "tenant": "ten_06f0kt8m1wfvx5r2c9h3qjz4bb"}, status=202),
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        """Make a new tenant from a copy, or give a tenant back what it had then.

        A new tenant gets the people and all other rows, but no session, invitation or key of the original works in it. Replacing needs the
        permission to delete tenants as well; what the tenant had until then is kept for a week.
        """
        values = self.parse(shapes.RestorationIn)
        backup = queries.backup_named(values["backup"])
        if ("slug" in values) == ("replace" in values):
            detail = "Give either `slug`, for a new tenant, or `replace`, with the slug of the backed-up one."
            raise Invalid(detail, errors=[{"pointer": "/slug", "code": "either", "detail": detail}])
        if "replace" in values:
            asked = actions.replace_tenant(backup.id, slug=values["replace"], actor=self.actor)
        else:
            named = actions.Named(slug=values["slug"], name=values.get("name") or values["slug"], cell=values["cell"])
            asked = actions.restore_tenant(backup.id, named=named, actor=self.actor)
        document = {"operation": asked.operation.public_id, "tenant": asked.tenant.public_id}
        return self.answer(document, status=202, location=f"/v1/operations/{asked.operation.public_id}")


def _begun(view: View, operation: Operation) -> HttpResponse:
    return view.answer({"operation": operation.public_id}, status=202, location=f"/v1/operations/{operation.public_id}")
