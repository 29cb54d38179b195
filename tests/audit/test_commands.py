"""`manage.py audit`: what people typed is shown as text, whatever it looks like."""

import io
from contextlib import redirect_stdout

import pytest
from django.core.management import call_command

from kernel import tenancy
from tests.audit.conftest import happen
from tests.makers import person_actor


@pytest.mark.parametrize("label", ["[/]", "[b]x[/b]", "[red", "a]b"])
def test_a_label_that_looks_like_markup_is_listed_as_it_is(acme: tenancy.TenantRef, label: str) -> None:
    happen(actor=person_actor(), label=label)

    shown = io.StringIO()
    with redirect_stdout(shown):
        call_command("audit", "list", "--tenant", acme.slug, "--limit", "1")

    assert label in shown.getvalue()
