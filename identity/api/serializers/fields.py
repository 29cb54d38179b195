"""Fields that this app uses everywhere."""

from typing import Any

from rest_framework import serializers

from identity.profiles import ATTRIBUTES_MAX, VALUE_MAX


class Text(serializers.CharField):
    """A JSON string and nothing that could be made one: 5 and true are refused."""

    def to_internal_value(self, data: Any) -> str:
        """The text. Raises DRF's ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A JSON number without a fraction: "5", 5.0 and true are refused."""

    def to_internal_value(self, data: Any) -> int:
        """The number. Raises DRF's ValidationError."""
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Attributes(serializers.DictField):
    """What policies may ask of a person or a service account: up to 50 names with texts of up to 200 characters."""

    child = Text(max_length=VALUE_MAX)

    def __init__(self, **options: Any) -> None:
        super().__init__(
            help_text="All the attributes that policies may ask for: names of a to z, digits and _, texts of up to 200 characters.",
            **options,
        )

    def to_internal_value(self, data: Any) -> dict[str, str]:
        """The attributes. Raises DRF's ValidationError."""
        if isinstance(data, dict) and len(data) > ATTRIBUTES_MAX:
            raise serializers.ValidationError(f"There is room for {ATTRIBUTES_MAX} attributes.", code="too_many")
        return dict(super().to_internal_value(data))


class Flag(serializers.BooleanField):
    """JSON's true or false: "true", 1 and null are refused."""

    def to_internal_value(self, data: Any) -> bool:
        """The truth value. Raises DRF's ValidationError."""
        if type(data) is not bool:
            self.fail("invalid", input=str(data)[:20])
        return data
