"""Shapes of tenants."""

from typing import Any

from rest_framework import serializers

from kernel.api.parsing import Shape
from kernel.api.views import PageQuery
from tenants.api.serializers.domains import DomainOut
from tenants.states import TenantState


class TenantQuery(PageQuery):
    """The filters of the list of tenants."""

    q = serializers.CharField(
        max_length=100, default="", required=False, allow_blank=True, help_text="Part of a slug, a name or a host."
    )
    state = serializers.ChoiceField(choices=[state.value for state in TenantState], default="", required=False, allow_blank=True)


class TenantIn(Shape):
    """A tenant to make."""

    slug = serializers.CharField(
        max_length=100, help_text="3 to 40 of a to z, 0 to 9 and single hyphens; leads the tenant's address."
    )
    name = serializers.CharField(max_length=200)
    owner_email = serializers.CharField(max_length=254, help_text="Gets the invitation to be the tenant's first owner.")
    owner_name = serializers.CharField(max_length=200)
    cell = serializers.CharField(
        max_length=63, required=False, allow_null=True, default=None, help_text="Left out, the emptiest open one is taken."
    )


class TenantChange(Shape):
    """What of a tenant can be changed directly."""

    slug = serializers.CharField(max_length=100, required=False)
    name = serializers.CharField(max_length=200, required=False)


class SuspensionIn(Shape):
    """Why a tenant is shut off."""

    reason = serializers.CharField(max_length=1000, help_text="Shown to the tenant's people.")


class RegisteredTenantOut(serializers.Serializer[Any]):
    """A tenant."""

    id = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()
    host = serializers.CharField(help_text="The primary address.")
    cell = serializers.CharField()
    state = serializers.CharField()
    state_reason = serializers.CharField()
    state_since = serializers.DateTimeField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class RequestedOut(RegisteredTenantOut):
    """A tenant that is being made."""

    operation = serializers.CharField(help_text="The operation that makes it; ask /v1/operations/{id} how far it is.")


class CurrentOut(RegisteredTenantOut):
    """The tenant of this address."""

    domains = DomainOut(many=True)
