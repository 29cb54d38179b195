"""Shapes of how tenants end."""

from typing import Any

from rest_framework import serializers

from kernel.api.parsing import Shape
from kernel.api.views import PageQuery
from tenants.api.serializers.tenants import RegisteredTenantOut
from tenants.bulk import DONE, MOST, SKIPPED, UNCHANGED, BulkAction


class ArchiveIn(Shape):
    """Why a tenant is put away."""

    reason = serializers.CharField(max_length=1000, help_text="Stands in the trail, and beside the tenant.")


class UnarchiveQuery(Shape):
    """Where an archived tenant comes back to."""

    cell = serializers.CharField(
        max_length=63, required=False, allow_blank=True, default="", help_text="Left out, the emptiest one that it may lie in."
    )


class DeletionIn(Shape):
    """A tenant to delete."""

    slug = serializers.CharField(max_length=63, help_text="The tenant's slug, typed to confirm that this is the one.")
    reason = serializers.CharField(max_length=1000, help_text="Stands in the trail, and beside the tenant.")


class ErasureIn(Shape):
    """A tenant to erase. Without a reason it is erased only if its grace time is over."""

    slug = serializers.CharField(max_length=63, help_text="The tenant's slug, typed to confirm that this is the one.")
    reason = serializers.CharField(
        max_length=1000, required=False, allow_blank=True, default="", help_text="Why it is erased before its grace time is over."
    )
    without_export = serializers.CharField(
        max_length=63,
        required=False,
        allow_blank=True,
        default="",
        help_text="The slug once more, where the tenant is to go without a final copy; only with a reason.",
    )


class BulkIn(Shape):
    """A change of many tenants."""

    action = serializers.ChoiceField(choices=[action.value for action in BulkAction])
    tenants = serializers.ListField(
        child=serializers.CharField(max_length=63), max_length=MOST, help_text="Slugs or ids; each is changed once."
    )
    reason = serializers.CharField(
        max_length=1000, required=False, allow_blank=True, default="", help_text="Needed to suspend, archive and delete."
    )
    confirm = serializers.CharField(
        max_length=10, required=False, allow_blank=True, default="", help_text="To delete: how many tenants there are, as text."
    )
    dry_run = serializers.BooleanField(required=False, default=False, help_text="Only say what would become of each.")


class ErasuresQuery(PageQuery):
    """The filter of the list of proofs."""

    q = serializers.CharField(max_length=100, default="", required=False, allow_blank=True, help_text="Part of a slug.")


class BegunOut(RegisteredTenantOut):
    """A tenant that is being worked on."""

    operation = serializers.CharField(
        allow_null=True,
        help_text="The operation that does it; ask /v1/operations/{id} how far it is. None where nothing is left to do.",
    )


class CopyOut(serializers.Serializer[Any]):
    """A backup that goes with its tenant."""

    id = serializers.CharField()
    kind = serializers.CharField()
    bytes = serializers.IntegerField()
    taken_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)


class GoesOut(serializers.Serializer[Any]):
    """What a deletion takes."""

    people = serializers.IntegerField()
    api_keys = serializers.IntegerField()
    trail_entries = serializers.IntegerField()
    tables = serializers.DictField(child=serializers.IntegerField(), help_text="Rows by table.")
    rows = serializers.IntegerField()
    bytes = serializers.IntegerField()
    hosts = serializers.ListField(child=serializers.CharField())
    backups = CopyOut(many=True)


class StaysOut(serializers.Serializer[Any]):
    """What a deletion leaves, and until when."""

    final_copy_until = serializers.DateTimeField()
    hosts_kept_from_others_until = serializers.DateTimeField()
    tombstone = serializers.CharField()


class DeletionOut(serializers.Serializer[Any]):
    """What deleting a tenant takes, when, and what stays."""

    tenant = serializers.CharField()
    slug = serializers.CharField()
    state = serializers.CharField()
    is_deleting = serializers.BooleanField()
    grace_days = serializers.IntegerField()
    delete_after = serializers.DateTimeField()
    goes = GoesOut()
    stays = StaysOut()


class ErasureOut(serializers.Serializer[Any]):
    """The proof that a tenant was erased."""

    tenant = serializers.CharField()
    slug = serializers.CharField()
    purged_at = serializers.DateTimeField()
    last_backup_expires_at = serializers.DateTimeField(allow_null=True, help_text="None: no copy of it is left.")
    sha256 = serializers.CharField(
        help_text="Over the proof as JSON without spaces, keys in order; stands in the operator's trail."
    )
    proof = serializers.DictField()


class OutcomeOut(serializers.Serializer[Any]):
    """What became, or would become, of one tenant."""

    tenant = serializers.CharField(help_text="As it was named.")
    outcome = serializers.ChoiceField(choices=(DONE, UNCHANGED, SKIPPED))
    state = serializers.CharField(required=False)
    why = serializers.CharField(required=False, help_text="Why it was skipped.")
    problem = serializers.CharField(required=False, help_text="The type of the problem that it was skipped for.")
    operation = serializers.CharField(required=False, help_text="The operation that goes on with it.")


class BulkOut(serializers.Serializer[Any]):
    """The operation that changes many tenants, or with `dry_run` what would become of each."""

    operation = serializers.CharField(allow_null=True)
    dry_run = serializers.BooleanField()
    outcomes = OutcomeOut(many=True, help_text="With `dry_run` only; else they stand in the operation's result as they come.")
