"""Shapes of checks of the log."""

from typing import Any

from rest_framework import serializers

from audit.queries import Depth, LastCheck
from kernel.api.parsing import Shape
from kernel.clock import rfc3339_or_none

ANSWERS = ["sound", "tampered", "cannot_tell"]


class VerificationIn(Shape):
    """What is to be checked."""

    depth = serializers.ChoiceField(
        choices=list(Depth),
        default=Depth.QUICK,
        required=False,
        help_text="`quick` rests on the last check that found the log sound, and names it; `full` looks at everything from the first entry.",
    )
    against = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=100_000, trim_whitespace=False,
        help_text="A checkpoint or a `.tlog-proof` that you kept, as you were given it: the log must still begin with it.",
    )  # fmt: skip


class FaultOut(serializers.Serializer[Any]):
    """Something that does not hold, or could not be looked at."""

    check = serializers.ChoiceField(choices=["text", "chain", "checkpoint", "home", "held", "log"])
    seq = serializers.IntegerField(help_text="The place in the log.")
    entry = serializers.CharField(help_text="The entry, where it is about one.")
    what = serializers.CharField()
    expected = serializers.CharField()
    found = serializers.CharField()


class BasisOut(serializers.Serializer[Any]):
    """The earlier check that a quick one rests on."""

    entry = serializers.CharField(help_text="The entry that tells of it.")
    checked_at = serializers.DateTimeField()
    size = serializers.IntegerField(help_text="How many entries it covered.")


class RemovedOut(serializers.Serializer[Any]):
    """Entries that are gone because their time was over."""

    stage = serializers.ChoiceField(choices=["bodies", "seals"])
    first_seq = serializers.IntegerField()
    last_seq = serializers.IntegerField()
    removed_at = serializers.DateTimeField()
    basis = serializers.CharField()


class VerificationOut(serializers.Serializer[Any]):
    """What a check of the log found; `ok` is true for the answer `sound` alone."""

    answer = serializers.ChoiceField(choices=ANSWERS)
    ok = serializers.BooleanField()
    checked = serializers.IntegerField(help_text="Entries that were looked at, those that wait for their seal among them.")
    pending = serializers.IntegerField()
    size = serializers.IntegerField(help_text="How many entries are sealed.")
    epoch = serializers.IntegerField()
    root = serializers.CharField(  # type: ignore[assignment]  # as each serializer's parent is called; DRF takes fields out of the class
        help_text="The hash that stands for all sealed entries; 64 hex digits."
    )
    broken_at = serializers.IntegerField(help_text="The place of the first fault; 0 when there is none.")
    reason = serializers.CharField(help_text="The first fault or doubt in words; empty when all is well.")
    rests_on = BasisOut(allow_null=True)
    faults = FaultOut(many=True, help_text="The first fault of each check.")
    doubts = FaultOut(many=True, help_text="What could not be looked at.")
    removed = RemovedOut(many=True)


class LastCheckOut(serializers.Serializer[Any]):
    """What the newest check found."""

    state = serializers.ChoiceField(choices=["never", *ANSWERS])
    checked_at = serializers.DateTimeField(allow_null=True)
    entry = serializers.CharField(help_text="The entry that tells of it.")
    checked = serializers.IntegerField()
    broken_at = serializers.IntegerField()
    problem = serializers.CharField()
    rests_on = serializers.CharField(help_text="The entry of the check that it rests on; empty when it looked at everything.")


def last_check_out(found: LastCheck) -> dict[str, Any]:
    """The shape of the newest check."""
    return {
        "state": found.state,
        "checked_at": rfc3339_or_none(found.checked_at),
        "entry": found.entry,
        "checked": found.checked,
        "broken_at": found.broken_at,
        "problem": found.problem,
        "rests_on": found.rests_on,
    }
