"""Shapes of hosts."""

from typing import Any

from rest_framework import serializers

from kernel.api.parsing import Shape
from kernel.api.views import PageQuery
from tenants import texts

STATES = ("claimed", "active", "lapsed", "released")


class DomainIn(Shape):
    """A host to claim."""

    host = serializers.CharField(max_length=300, help_text="A name such as id.example.com; taken into lower case and A-labels.")


class DomainQuery(PageQuery):
    """The parameters of a list of hosts."""

    q = serializers.CharField(max_length=253, default="", required=False, allow_blank=True, help_text="Part of a host.")
    state = serializers.ChoiceField(
        choices=STATES, default="", required=False, allow_blank=True, help_text="Only hosts in this state."
    )


class DomainReasonIn(Shape):
    """Why an operator does what the rules alone would not."""

    reason = serializers.CharField(max_length=texts.REASON_MAXIMUM, help_text="One line; it stands in the trails.")


class QuarantineQuery(Shape):
    """Why a quarantine ends early."""

    reason = serializers.CharField(max_length=texts.REASON_MAXIMUM, help_text="One line; it stands in the trails.")


class DomainRecordOut(serializers.Serializer[Any]):
    """A DNS record to set."""

    type = serializers.ChoiceField(choices=("TXT", "CNAME", "A", "AAAA"))
    name = serializers.CharField()
    value = serializers.CharField()
    purpose = serializers.ChoiceField(choices=("proof", "traffic"))


class DomainFindingOut(serializers.Serializer[Any]):
    """Something that the last look at DNS found."""

    code = serializers.CharField()
    level = serializers.ChoiceField(choices=("error", "warning"))
    detail = serializers.CharField()


class DomainOut(serializers.Serializer[Any]):
    """A host that a tenant answers at, has claimed, or has given back."""

    id = serializers.CharField()
    host = serializers.CharField()
    kind = serializers.ChoiceField(choices=("platform", "custom"))
    state = serializers.ChoiceField(choices=STATES)
    is_primary = serializers.BooleanField()
    redirects = serializers.BooleanField(help_text="Whether people are sent on to the primary host.")
    is_trusted = serializers.BooleanField(help_text="Whether an operator vouched for it instead of DNS.")
    records = DomainRecordOut(many=True, help_text="What must stand in DNS.")
    findings = DomainFindingOut(many=True, help_text="What the last look at DNS found; empty when all is well.")
    claim_expires_at = serializers.DateTimeField(allow_null=True)
    verified_at = serializers.DateTimeField(allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True)
    next_check_at = serializers.DateTimeField(allow_null=True)
    lapsed_at = serializers.DateTimeField(allow_null=True)
    quarantined_until = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class OwnedDomainOut(DomainOut):
    """A host with the tenant whose it is."""

    tenant = serializers.CharField()
    tenant_slug = serializers.CharField()
