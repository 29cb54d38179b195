"""Shapes of questions about access and their answers."""

from typing import Any

from rest_framework import serializers

from identity.access.decide import FAILED, FORBIDDEN, GRANTED, KEPT, NOT_GRANTED
from identity.access.simulation import MFA_AGE_MAX, NOT_ACTIVE
from identity.api.serializers.bindings import HolderOut
from identity.api.serializers.fields import Text, Whole
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

REASONS = [GRANTED, KEPT, NOT_GRANTED, FORBIDDEN, FAILED, NOT_ACTIVE]


class SimulationIn(Shape):
    """A question: would this caller be allowed to do this, and why? What is left out is as it is now, without a second factor."""

    principal = Text(max_length=40, help_text="A person usr_…, a service account svc_… or an API key key_….")
    permission = Text(max_length=100, help_text="verb:resource, e.g. write:identity.people.")
    at = serializers.DateTimeField(required=False, allow_null=True, default=None, help_text="The moment of the request.")
    address = serializers.IPAddressField(required=False, allow_null=True, default=None, help_text="Where it comes from.")
    mfa_age_s = Whole(
        min_value=0,
        max_value=MFA_AGE_MAX,
        required=False,
        allow_null=True,
        default=None,
        help_text="Seconds since the last second factor; null for none.",
    )
    method = Text(max_length=16, required=False, default="", allow_blank=True, help_text="How they signed in, e.g. passkey.")
    is_support = serializers.BooleanField(required=False, default=False)
    policy = Text(
        max_length=40, required=False, default="", allow_blank=True, help_text="pol_…: count this policy as if it were in force."
    )


class GrantOut(serializers.Serializer[Any]):
    """A role that allows it, whose it is, and which of its permissions cover it."""

    binding = serializers.CharField()
    role = serializers.CharField()
    through = HolderOut()
    permissions = serializers.ListField(child=serializers.CharField())
    expires_at = serializers.DateTimeField(allow_null=True)


class EvaluationFaultOut(serializers.Serializer[Any]):
    """A policy that could not be evaluated, which counts as a refusal."""

    policy = serializers.CharField()
    detail = serializers.CharField()


class ExplanationOut(serializers.Serializer[Any]):
    """The answer. `is_in_scope` is about keys: whether the key's own scopes cover it."""

    allowed = serializers.BooleanField()
    reason = serializers.ChoiceField(choices=REASONS)
    granted_by = GrantOut(many=True)
    is_in_scope = serializers.BooleanField()
    forbidden_by = serializers.ListField(child=serializers.CharField(), help_text="Names of policies.")
    errors = EvaluationFaultOut(many=True)  # type: ignore[assignment]  # DRF takes declared fields off the class
    circumstances = serializers.DictField(help_text="What the policies were told.")


class HoldersQuery(PageQuery):
    """The question who may do something."""

    permission = serializers.CharField(max_length=100, help_text="verb:resource, e.g. write:identity.people.")
    kind = serializers.ChoiceField(choices=["person", "service_account"], default="person", required=False)
    q = serializers.CharField(
        required=False, default="", max_length=200, allow_blank=True, help_text="Part of a name or an address."
    )
