"""Shapes of tenants."""

from typing import Any

from rest_framework import serializers

from kernel.api.parsing import Shape
from kernel.api.views import PageQuery
from tenants.api.serializers.domains import DomainOut
from tenants.states import TenantState

STATES = "|".join(state.value for state in TenantState)


class TenantQuery(PageQuery):
    """The filters of the list of tenants."""

    q = serializers.CharField(
        max_length=100, default="", required=False, allow_blank=True, help_text="Part of a slug, a name or a host."
    )
    state = serializers.RegexField(
        rf"^(?:{STATES})(?:,(?:{STATES}))*$",
        max_length=200,
        default="",
        required=False,
        allow_blank=True,
        help_text=f"One or more of {', '.join(state.value for state in TenantState)}, with commas between.",
    )
    cell = serializers.CharField(max_length=63, default="", required=False, allow_blank=True)
    region = serializers.CharField(max_length=40, default="", required=False, allow_blank=True)
    plan = serializers.CharField(max_length=40, default="", required=False, allow_blank=True)
    residency = serializers.CharField(
        max_length=40, default="", required=False, allow_blank=True, help_text="The jurisdiction that its data must stay in."
    )


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
    plan = serializers.CharField(
        max_length=40, required=False, allow_blank=True, default="", help_text="Code of a plan; left out, the tenant is on none."
    )
    residency = serializers.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        default="",
        help_text="Jurisdiction that the tenant's data must stay in, as a region names it; left out, any.",
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
    plan = serializers.CharField(allow_null=True)
    residency = serializers.CharField(help_text="The jurisdiction that its data must stay in; empty: any.")
    state = serializers.CharField()
    state_reason = serializers.CharField()
    state_since = serializers.DateTimeField()
    previous_state = serializers.CharField(help_text="Where it goes back to when what is being done with it is called off.")
    delete_after = serializers.DateTimeField(allow_null=True, help_text="When its grace time is over, while it is being deleted.")
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class RequestedOut(RegisteredTenantOut):
    """A tenant that was made, or is being made."""

    operation = serializers.CharField(
        help_text="The operation that makes it, or has made it. Ask /v1/operations/{id} how far it is, and for the owner's invitation."
    )


class CurrentOut(RegisteredTenantOut):
    """The tenant of this address."""

    domains = DomainOut(many=True)
