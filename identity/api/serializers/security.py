"""Shapes of the figures of security, of accounts for emergencies, and of visits of support."""

from typing import Any

from rest_framework import serializers

from identity import texts
from identity.api.serializers.fields import Text, Whole
from identity.security import FIGURES
from kernel.api.parsing import Shape


def _figure(name: str) -> Whole:
    span = FIGURES[name]
    return Whole(min_value=span.least, max_value=span.most, allow_null=True)


class SecurityIn(Shape):
    """Figures to change; what is left out stays, null takes the installation's."""

    session_idle_s = _figure("session_idle_s")
    session_absolute_s = _figure("session_absolute_s")
    sessions_maximum = _figure("sessions_maximum")
    password_minimum = _figure("password_minimum")
    password_may_reset = serializers.BooleanField()
    step_up_s = _figure("step_up_s")
    inactive_days = _figure("inactive_days")
    key_days_maximum = _figure("key_days_maximum")
    support_may_enter = serializers.BooleanField()


class FiguresOut(serializers.Serializer[Any]):
    """The figures that count now."""

    session_idle_s = serializers.IntegerField()
    session_absolute_s = serializers.IntegerField()
    sessions_maximum = serializers.IntegerField()
    password_minimum = serializers.IntegerField()
    password_may_reset = serializers.BooleanField()
    step_up_s = serializers.IntegerField()
    inactive_days = serializers.IntegerField(help_text="0: nobody is put out for absence.")
    key_days_maximum = serializers.IntegerField()
    support_may_enter = serializers.BooleanField()


class SecurityOut(serializers.Serializer[Any]):
    """What the tenant decided (null: as the installation says), and what counts."""

    session_idle_s = serializers.IntegerField(allow_null=True)
    session_absolute_s = serializers.IntegerField(allow_null=True)
    sessions_maximum = serializers.IntegerField(allow_null=True)
    password_minimum = serializers.IntegerField(allow_null=True)
    password_may_reset = serializers.BooleanField()
    step_up_s = serializers.IntegerField(allow_null=True)
    inactive_days = serializers.IntegerField(allow_null=True)
    key_days_maximum = serializers.IntegerField(allow_null=True)
    support_may_enter = serializers.BooleanField()
    effective = FiguresOut()
    version = serializers.IntegerField()


class ArmingIn(Shape):
    """For how long an account is armed, and why."""

    hours = Whole(min_value=1, max_value=24)
    reason = Text(max_length=texts.REASON_MAX)


class BreakGlassOut(serializers.Serializer[Any]):
    """An account that is kept for emergencies."""

    id = serializers.CharField(help_text="usr_…")
    email = serializers.CharField()
    name = serializers.CharField()
    status = serializers.CharField()
    state = serializers.ChoiceField(choices=["armed", "unarmed"])
    armed_until = serializers.DateTimeField(allow_null=True)
    last_login_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class VisitIn(Shape):
    """Whom somebody of the operator acts as, for how long, and why."""

    tenant = Text(max_length=63, help_text="The tenant's slug.")
    email = Text(max_length=texts.EMAIL_MAX, help_text="The person's address.")
    minutes = Whole(min_value=1, max_value=60)
    reason = Text(max_length=texts.REASON_MAX)


class VisitOut(serializers.Serializer[Any]):
    """A visit that may begin within two minutes; `secret` is given this once."""

    tenant = serializers.CharField()
    host = serializers.CharField()
    person = serializers.CharField(help_text="usr_…")
    until = serializers.DateTimeField()
    secret = serializers.CharField(
        allow_null=True, help_text="Ends the address /support/enter/… on `host`; null when the answer is a repetition."
    )
