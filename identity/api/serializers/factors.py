"""Shapes of second factors, trusted browsers and the rules that ask for them."""

from typing import Any

from rest_framework import serializers

from identity import factors, inputs, texts
from identity.api.serializers.fields import Text, Whole
from identity.factors import policy
from identity.factors.given import CODE_MAX, CREDENTIAL_MAX
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

DAYS_MAX, LIST_MAX = 90, 50


class FactorOut(serializers.Serializer[Any]):
    """A second factor, without its secret."""

    id = serializers.CharField(help_text="fac_…")
    kind = serializers.ChoiceField(choices=list(factors.ENROLLED))
    name = serializers.CharField()
    hint = serializers.CharField(help_text="Tells it from others: the end of a number, the host that a passkey is for.")
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)


class PersonFactorsOut(serializers.Serializer[Any]):
    """A person's factors, and what the rules ask of them."""

    person = serializers.CharField(help_text="usr_…")
    factors = FactorOut(many=True)
    recovery_codes_left = serializers.IntegerField()
    required = serializers.ChoiceField(choices=list(policy.LEVELS))  # type: ignore[assignment]  # DRF takes declared fields off the class
    allowed_factors = serializers.ListField(child=serializers.CharField())
    grace_until = serializers.DateTimeField(allow_null=True, help_text="Until then the person may enter without a factor.")
    remember_days = serializers.IntegerField(help_text="For how many days a browser may be trusted; 0: never.")


class FactorNameIn(Shape):
    """Another name for a factor."""

    name = Text(max_length=inputs.FACTOR_NAME_MAX)


class EnrolmentIn(Shape):
    """A factor to add."""

    kind = serializers.ChoiceField(choices=list(factors.ENROLLED))
    name = Text(max_length=inputs.FACTOR_NAME_MAX, required=False, default="", allow_blank=True)
    number = Text(max_length=32, required=False, default="", allow_blank=True, help_text="Of a telephone, with + and the country.")


class EnrolmentOut(serializers.Serializer[Any]):
    """What is needed to prove a new factor, given this once."""

    token = serializers.CharField(
        allow_null=True, help_text="Send it with the proof; ten minutes. Null when the answer is a repetition."
    )
    kind = serializers.ChoiceField(choices=list(factors.ENROLLED))
    secret = serializers.CharField(allow_null=True, help_text="Of an app: its key in base32. Null when the answer is a repetition.")
    address = serializers.CharField(
        allow_null=True, help_text="Of an app: otpauth://…, for a QR code. Null when the answer is a repetition."
    )
    hint = serializers.CharField(help_text="Of a telephone: the end of its number.")
    options = serializers.JSONField(
        allow_null=True, help_text="Of a passkey: for PublicKeyCredential.parseCreationOptionsFromJSON."
    )


class EnrolmentProofIn(Shape):
    """The proof of a new factor: a code, or the new passkey."""

    token = Text(max_length=100)
    kind = serializers.ChoiceField(choices=list(factors.ENROLLED))
    name = Text(max_length=inputs.FACTOR_NAME_MAX, required=False, default="", allow_blank=True)
    code = Text(max_length=CODE_MAX, required=False, default="", allow_blank=True)
    credential = Text(
        max_length=CREDENTIAL_MAX, required=False, default="", allow_blank=True, help_text="The browser's answer, toJSON() as text."
    )


class RecoveryCodesOut(serializers.Serializer[Any]):
    """New recovery codes, given this once."""

    codes = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="Null when the answer is a repetition: make others then."
    )


class TrustedDevicesQuery(PageQuery):
    """Filters of trusted browsers."""

    q = serializers.CharField(required=False, default="", max_length=200, allow_blank=True, help_text="Part of what it is called.")


class TrustedDeviceOut(serializers.Serializer[Any]):
    """A browser that is not asked for a factor."""

    id = serializers.CharField(help_text="tdv_…")
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes declared fields off the class
    address = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField()


class MfaPolicyChangeIn(Shape):
    """What a rule shall ask for; what is left out stays."""

    required = serializers.ChoiceField(choices=list(policy.LEVELS), required=False)  # type: ignore[assignment]  # as above
    allowed_factors = serializers.ListField(
        child=serializers.ChoiceField(choices=list(factors.KINDS)),
        max_length=LIST_MAX,
        required=False,
        help_text="None: all of them.",
    )
    allowed_aaguids = serializers.ListField(
        child=Text(max_length=36),
        max_length=LIST_MAX,
        required=False,
        help_text="Models of authenticators for passkeys; none: all.",
    )
    grace_days = Whole(min_value=0, max_value=DAYS_MAX, required=False)
    remember_days = Whole(min_value=0, max_value=DAYS_MAX, required=False, help_text="For how many days a browser may be trusted.")
    trusted_amr = serializers.ListField(
        child=Text(max_length=100),
        max_length=LIST_MAX,
        required=False,
        help_text="Proofs of an identity provider that count as a factor.",
    )


class MfaPolicyIn(MfaPolicyChangeIn):
    """A rule to make: for whoever has a role, is in a team, for one person, or for everybody when none is named."""

    role = Text(max_length=50, required=False, default="", allow_blank=True, help_text="The name of a role.")
    team = Text(max_length=50, required=False, default="", allow_blank=True, help_text="The name of a team.")
    person = Text(max_length=texts.EMAIL_MAX, required=False, default="", allow_blank=True, help_text="The address of a person.")


class MfaPoliciesQuery(PageQuery):
    """Filters of the rules about second factors."""

    q = serializers.CharField(required=False, default="", max_length=200, allow_blank=True, help_text="Part of whom it is for.")
    required = serializers.ChoiceField(required=False, default="", choices=list(policy.LEVELS))  # type: ignore[assignment]  # as above


class MfaPolicyOut(serializers.Serializer[Any]):
    """A rule about who needs which second factor."""

    id = serializers.CharField(help_text="mfa_…")
    applies_to = serializers.CharField(help_text="everybody, role:…, team:… or person:…")
    required = serializers.ChoiceField(choices=list(policy.LEVELS))  # type: ignore[assignment]  # as above
    allowed_factors = serializers.ListField(child=serializers.CharField())
    allowed_aaguids = serializers.ListField(child=serializers.CharField())
    grace_days = serializers.IntegerField()
    remember_days = serializers.IntegerField()
    trusted_amr = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()
