"""Refusing one field of what somebody typed, by its JSON pointer. Pure."""

from kernel.problems import Invalid


def refusal(field: str, *, code: str, detail: str) -> Invalid:
    """The refusal of a field, to be raised by the caller."""
    return Invalid(detail, errors=[{"pointer": f"/{field}", "code": code, "detail": detail}])
