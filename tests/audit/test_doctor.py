"""`audit doctor`: a log that lacks something of what makes it evidence is found, whoever took it away."""

import io
import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.core.management import call_command
from django.db import transaction

from audit import doctor, partitions
from audit.models import Cursor, PersonKey
from kernel import clock, ids
from kernel.commands import CHECK_FAILED
from kernel.tenancy import Purpose, TenantRef
from tenants.models import ForgottenPerson
from tests import makers
from tests.audit import places
from tests.audit.conftest import seal

DEFENCES = {"tables", "owner", "rights", "triggers", "functions", "months"}


@pytest.fixture
def patient(acme: TenantRef) -> Iterator[TenantRef]:
    """A tenant whose log may be spoilt; as it was afterwards."""
    with transaction.atomic(using=acme.cell):
        yield acme
        transaction.set_rollback(True, using=acme.cell)


def found(ref: TenantRef) -> list[tuple[str, str, str]]:
    """What an examination says of a log's defences."""
    return [(lack.check, lack.what, lack.detail) for lack in doctor.examine(ref).lacks if lack.check in DEFENCES]


def months(ref: TenantRef) -> list[str]:
    with places.owning(ref):
        return [month.name for month in partitions.months()]


def test_a_log_as_it_is_made_lacks_nothing(acme: TenantRef, platform: TenantRef) -> None:
    assert found(acme) == found(platform) == []


@pytest.mark.parametrize(
    ("harm", "lack"),
    [
        ("DROP TRIGGER audit_keep ON audit_entry", ("triggers", "audit_entry", "The trigger audit_keep is missing.")),
        ("DROP TRIGGER audit_enqueue ON audit_entry", ("triggers", "{month}", "The trigger audit_enqueue is missing.")),
        ("DROP TRIGGER audit_deny_truncate ON {month}", ("triggers", "{month}", "The trigger audit_deny_truncate is missing.")),
        ("ALTER TABLE audit_entry DISABLE TRIGGER audit_keep", ("triggers", "audit_entry", "The trigger audit_keep is switched off.")),
        ("ALTER TABLE {month} DISABLE TRIGGER audit_keep", ("triggers", "{month}", "The trigger audit_keep is switched off.")),
        ("ALTER TABLE audit_seal ENABLE REPLICA TRIGGER audit_keep_seal", ("triggers", "audit_seal", "The trigger audit_keep_seal is switched off.")),
        ("GRANT UPDATE ON audit_entry TO {tenant}", ("rights", "audit_entry", "The tenant's role may UPDATE.")),
        ("GRANT UPDATE (canonical) ON audit_entry TO {tenant}", ("rights", "audit_entry", "The tenant's role may UPDATE.")),
        ("GRANT DELETE ON audit_entry TO freehold_sealer", ("rights", "audit_entry", "The sealer's role may DELETE.")),
        ("GRANT INSERT, SELECT ON {month} TO {tenant}", ("rights", "{month}", "The tenant's role may INSERT, SELECT.")),
        ("GRANT TRUNCATE ON audit_seal TO PUBLIC", ("rights", "audit_seal", "The sealer's role may TRUNCATE.")),
        ("REVOKE INSERT ON audit_entry FROM {tenant}", ("rights", "audit_entry", "The tenant's role lacks INSERT.")),
        ("REVOKE DELETE ON audit_queuedentry FROM freehold_sealer", ("rights", "audit_queuedentry", "The sealer's role lacks DELETE.")),
        ("ALTER FUNCTION audit_enqueue() SECURITY INVOKER", ("functions", "audit_enqueue", "It works with the rights of its caller.")),
        ("ALTER FUNCTION audit_enqueue() RESET search_path", ("functions", "audit_enqueue", "Its search path is not fixed, so that a caller chooses its tables.")),
        ("GRANT EXECUTE ON FUNCTION audit_make_partitions TO {tenant}", ("functions", "audit_make_partitions", "The tenant's or the sealer's role may call it.")),
        ("DROP FUNCTION audit_make_partitions", ("functions", "audit_make_partitions", "The function is missing.")),
        ("ALTER TABLE audit_entry DETACH PARTITION {month}", ("months", "{month}", "It is not attached to the trail, so that its entries are not found.")),
        ("DROP TABLE {next}", ("months", "audit_entry", "A month is missing between {month} and {last}.")),
        ("DROP TABLE audit_entry_later", ("months", "audit_entry", "There is no rest: an entry of no month would be refused.")),
        ("DROP TABLE audit_tile", ("tables", "audit_tile", "The table is missing.")),
    ],
)  # fmt: skip
def test_what_a_log_lacks_is_named(patient: TenantRef, harm: str, lack: tuple[str, str, str]) -> None:
    names = dict(zip(("month", "next", "last", "rest"), months(patient), strict=True)) | {"tenant": patient.schema}
    for statement in harm.format(**names).split("; "):
        places.run(patient, statement)

    assert tuple(part.format(**names) for part in lack) in found(patient)


def test_too_few_months_ahead_are_named(patient: TenantRef) -> None:
    _, following, last, _ = months(patient)
    places.run(patient, f"DROP TABLE {last}")
    enough = found(patient)
    places.run(patient, f"DROP TABLE {following}")

    assert enough == []
    ((check, what, detail),) = found(patient)
    assert (check, what, detail[:20]) == ("months", "audit_entry", "There is room until ")


def test_entries_that_came_before_their_month_are_counted(patient: TenantRef) -> None:
    for number in range(3):
        places.run(patient, places.insert("audit_entry", entry_id=places.id_at(clock.now().year + 5, 6, number=number)))

    assert found(patient) == [("months", "audit_entry_later", "3 entries came before there was a month for them.")]


def test_what_waits_too_long_for_its_seal_is_told(patient: TenantRef) -> None:
    seal(patient)
    old = places.id_at(clock.now().year - 1, 6)
    places.run(patient, places.insert("audit_entry", entry_id=old))

    examined = doctor.examine(patient)

    assert examined.delays is not None
    assert (examined.delays.waiting, examined.delays.queue_s > 86_400) == (1, True)
    assert [lack.what for lack in examined.lacks if lack.check == "queue"] == ["audit_queuedentry"]


@pytest.mark.usefixtures("sealed")
def test_a_reader_that_fails_for_long_is_told(patient: TenantRef) -> None:
    Cursor.objects.create(name="late", seq=0, attempts=4, fault="No route", moved_at=clock.now().replace(year=2020))
    Cursor.objects.create(name="busy", seq=0, attempts=4, fault="No route")
    Cursor.objects.create(name="idle", seq=0, moved_at=clock.now().replace(year=2020))

    late = [(lack.what, lack.detail[-8:]) for lack in doctor.examine(patient).lacks if lack.check == "cursor"]

    assert late == [("late", "No route")]


def test_the_command_ends_with_6_and_names_what_is_amiss(patient: TenantRef) -> None:
    places.run(patient, "ALTER TABLE audit_entry DISABLE TRIGGER audit_keep")
    out = io.StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("audit", "doctor", "--tenant", patient.slug, "--json", stdout=out)

    told = json.loads(out.getvalue())
    assert (ended.value.code, told["ok"]) == (CHECK_FAILED, False)
    (tenant,) = told["tenants"]
    assert (tenant["tenant"], tenant["cell"]) == (patient.slug, patient.cell)
    lack = next(lack for lack in tenant["lacks"] if lack["what"] == "audit_entry")
    assert lack["fix"].endswith(f"ALTER TABLE {patient.schema}.audit_entry ENABLE TRIGGER audit_keep")
    assert abs(tenant["delays"]["clock_skew_s"]) < 5


def test_all_logs_are_examined_when_none_is_named(acme: TenantRef, globex: TenantRef, platform: TenantRef) -> None:
    out = io.StringIO()

    with suppress(SystemExit):  # what waits for its seal here is no matter
        call_command("audit", "doctor", "--json", stdout=out)

    told = {one["tenant"]: one["lacks"] for one in json.loads(out.getvalue())["tenants"]}
    assert {acme.slug, globex.slug, platform.slug} <= told.keys()
    assert [lack for lacks in told.values() for lack in lacks if lack["check"] in DEFENCES] == []


def test_an_old_id_is_not_taken_for_a_missing_month(patient: TenantRef) -> None:
    places.run(patient, places.insert("audit_entry", entry_id=ids.new_id()), purpose=Purpose.OPERATOR)
    places.run(patient, places.insert("audit_entry", entry_id=places.id_at(2001, 2)), purpose=Purpose.OPERATOR)

    assert found(patient) == []


@pytest.mark.committed
def test_a_table_and_a_function_of_another_owner_are_named() -> None:
    with makers.passing_tenant("owned") as tenant, makers.superuser(tenant.cell) as superuser:
        superuser.execute(f"ALTER TABLE {tenant.schema}.audit_seal OWNER TO {tenant.schema}")
        superuser.execute(f"ALTER FUNCTION {tenant.schema}.audit_deny() OWNER TO freehold_sealer")

        lacks = found(tenant)

        superuser.execute(f"ALTER TABLE {tenant.schema}.audit_seal OWNER TO freehold_owner")
        superuser.execute(f"ALTER FUNCTION {tenant.schema}.audit_deny() OWNER TO freehold_owner")
    assert ("owner", "audit_seal", f"It belongs to {tenant.schema}, who may do anything with it.") in lacks
    assert ("functions", "audit_deny", "It belongs to freehold_sealer.") in lacks


def test_the_key_of_a_forgotten_person_that_came_back_is_found_and_destroyed_again(patient: TenantRef) -> None:
    ForgottenPerson.objects.create(tenant_id=patient.id, ref="usr_gone")
    PersonKey.objects.create(ref="usr_gone", sealed="as in the backup")
    PersonKey.objects.create(ref="usr_here", sealed="as it was")
    before = [lack.detail for lack in doctor.examine(patient).lacks if lack.check == "forgotten"]

    call_command("audit", "forget-again", "--tenant", patient.slug, "--json", stdout=io.StringIO())

    assert before == ["The keys of 1 forgotten persons came back, e.g. with a backup of the server."]
    assert [lack for lack in doctor.examine(patient).lacks if lack.check == "forgotten"] == []
    assert PersonKey.objects.get(pk="usr_gone").sealed == ""
    assert PersonKey.objects.get(pk="usr_here").sealed == "as it was"
