"""Settings as they are written at a terminal: `NAME=VALUE`, or `NAME=` to take one back to what holds without it."""

from collections.abc import Iterable

from kernel.problems import Invalid
from tenants import tenant_settings


def read(texts: Iterable[str]) -> dict[str, object]:
    """The settings of some assignments, by name; None for one that is taken back. Raises Invalid for a text without `=`."""
    found: dict[str, object] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator:
            detail = f"Write NAME=VALUE, such as deletion_grace_days=60, or NAME= to take a setting back; this is “{text[:60]}”."
            raise Invalid(detail, errors=[{"pointer": "/settings", "code": "form", "detail": detail}])
        setting = tenant_settings.CATALOGUE.get(name)
        found[name] = None if not value else value if setting is None else setting.read(value)
    return found
