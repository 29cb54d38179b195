"""The ten attacks of a superuser: what finds them is what the page says, and nothing is left behind."""

import io
import json
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from django.core.management import call_command

from audit import actions
from audit.attack import ATTACKS, DOCUMENTED
from audit.permissions import Permission
from audit.verifying import Check
from kernel.problems import Conflict, Forbidden
from tenants.models import PublishedHead, Tenant
from tests import makers

PAGE = Path(__file__).resolve().parents[2] / "docs" / "verify.md"
ROW = re.compile(r"^\| (\d+) \| [^|]+ \| [^|]+ \|((?: [^|]+ \|){6})$", re.MULTILINE)


def documented() -> dict[int, frozenset[Check]]:
    """The table of the page: by number, the checks that find an attack."""
    marks = {int(number): [cell.strip() for cell in cells.split("|")[:-1]] for number, cells in ROW.findall(PAGE.read_text())}
    assert all(set(row) <= {"**found**", "-"} for row in marks.values())
    return {
        number: frozenset(check for check, mark in zip(Check, row, strict=True) if mark == "**found**")
        for number, row in marks.items()
    }


def test_the_page_says_what_the_code_expects() -> None:
    assert documented() == DOCUMENTED
    assert [attack.number for attack in ATTACKS] == list(range(1, 11))


@pytest.mark.committed
def test_each_attack_is_found_by_the_checks_that_the_page_names_and_nothing_is_left() -> None:
    tenants, heads = (
        set(Tenant.objects.values_list("id", flat=True)),
        set(PublishedHead.objects.values_list("tenant_id", flat=True)),
    )
    shown = io.StringIO()

    with redirect_stdout(shown):
        call_command("audit", "attack", "--json", stdout=shown)

    told = json.loads(shown.getvalue())
    assert {row["number"]: frozenset(Check(check) for check in row["found_by"]) for row in told["attacks"]} == documented()
    assert told["ok"] is True
    assert [row["number"] for row in told["attacks"] if not row["is_found"]] == [10]
    assert set(Tenant.objects.values_list("id", flat=True)) == tenants
    assert set(PublishedHead.objects.values_list("tenant_id", flat=True)) == heads


def test_attacking_needs_its_permission() -> None:
    reader = makers.person_actor(grants=frozenset({str(Permission.READ_ENTRIES)}))

    with pytest.raises(Forbidden):
        next(actions.attack_log(actor=reader))


def test_a_server_of_somebody_else_is_not_attacked(settings: object) -> None:
    settings.IS_EMBEDDED = False  # type: ignore[attr-defined]

    with pytest.raises(Conflict, match="superuser of the embedded server"):
        next(actions.attack_log(actor=makers.OPERATOR))
