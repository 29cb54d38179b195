"""Whether anybody whom the trail was told to forget can be read again, because a server was put back from an older backup."""

from collections.abc import Iterator
from importlib import import_module

from django.conf import settings

from audit.doctor.findings import Lack
from audit.models import PersonKey
from kernel import tenancy


def forgotten() -> list[str]:
    """Whom the active tenant's trail was told to forget, as home's journal has it."""
    refs: list[str] = import_module(settings.FORGOTTEN_PERSONS).refs(tenancy.current().id)
    return refs


def lacks() -> Iterator[Lack]:
    """Forgotten persons whose keys are there again."""
    back = PersonKey.objects.filter(ref__in=forgotten()).exclude(sealed="").count()
    if back:
        fix = f"Run `manage.py audit forget-again --tenant {tenancy.current().slug}`."
        yield Lack(
            "forgotten",
            "audit_personkey",
            f"The keys of {back} forgotten persons came back, e.g. with a backup of the server.",
            fix,
        )
