"""The keys that seal a tenant's secrets: made once, apart from every other tenant's, remembered only as long as they should be."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from identity.data_keys import replacing, store
from identity.models import DataKey
from kernel import sealing, tenancy
from kernel.sealing import Unsealable
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.conftest import Settings

PLACE = "tests.row:1"


@pytest.fixture
def bare() -> Iterator[TenantRef]:
    """A tenant that commits, and whose keys this process does not know."""
    with makers.passing_tenant("keyed") as ref:
        store.forget_all()
        yield ref
    store.forget_all()


def test_a_tenant_seals_under_its_own_key_and_its_id_tells_which() -> None:
    sealed = sealing.seal(b"secret", context=PLACE)

    form, key_id = sealing.sealed_by(sealed)
    assert form == "v2"
    assert DataKey.objects.get(state="active").short_id == key_id
    assert sealing.unseal(sealed, context=PLACE) == b"secret"


def test_two_tenants_have_two_keys_and_neither_opens_the_others(acme: TenantRef, globex: TenantRef) -> None:
    ours = sealing.seal(b"secret", context=PLACE)
    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        theirs = sealing.seal(b"secret", context=PLACE)

        with pytest.raises(Unsealable, match="no key"):
            sealing.unseal(ours, context=PLACE)
    assert sealing.sealed_by(ours)[1] != sealing.sealed_by(theirs)[1]
    with pytest.raises(Unsealable, match="no key"):
        sealing.unseal(theirs, context=PLACE)


def test_a_key_row_that_was_put_into_another_tenant_does_not_open_there_what_was_made_for_this_one(globex: TenantRef) -> None:
    sealed = sealing.seal(b"secret", context=PLACE)
    row = DataKey.objects.values().get(state="active")

    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        DataKey.objects.create(**{**row, "state": "retired", "tenant_id": globex.id})
        with pytest.raises(Unsealable, match="does not belong here"):
            sealing.unseal(sealed, context=PLACE)


def test_the_wrapped_key_is_bound_to_its_row() -> None:
    sealing.seal(b"secret", context=PLACE)
    first = DataKey.objects.get(state="active")
    second = replacing.replace()
    DataKey.objects.filter(pk=second.pk).update(wrapped=first.wrapped)

    with pytest.raises(Unsealable, match="does not belong here"):
        sealing.seal(b"secret", context=PLACE)


def test_no_key_stands_in_its_row_in_the_clear() -> None:
    sealing.seal(b"secret", context=PLACE)

    row = DataKey.objects.get(state="active")
    assert row.wrapped.startswith("v1.")
    assert (row.provider, row.wrapped_by) == ("ring", sealing.ring_key_id())


def test_what_the_ring_sealed_before_still_opens_inside_the_tenant() -> None:
    before = sealing.seal_at_home(b"secret", context=PLACE)

    assert sealing.unseal(before, context=PLACE) == b"secret"


def test_for_the_installation_nothing_is_sealed_under_a_tenants_key() -> None:
    sealed = sealing.seal_at_home(b"secret", context=PLACE)

    with tenancy.outside():
        assert sealing.unseal(sealed, context=PLACE) == b"secret"


def test_a_ring_without_the_wrapping_key_opens_nothing_although_the_key_was_open_a_moment_ago(settings: Settings) -> None:
    sealed = sealing.seal(b"secret", context=PLACE)
    settings.SEALING_KEYS = ("other:" + "A" * 43,)

    with pytest.raises(Unsealable, match=r"no key .* in the ring"):
        sealing.unseal(sealed, context=PLACE)


@pytest.mark.committed
def test_an_open_key_costs_no_statement(bare: TenantRef) -> None:
    with tenancy.activate(bare, purpose=Purpose.REQUEST):
        sealed = sealing.seal(b"secret", context=PLACE)
        with CaptureQueriesContext(connections[bare.cell]) as asked:
            sealing.unseal(sealed, context=PLACE)
            sealing.seal(b"again", context=PLACE)

    assert len(asked) == 0


@pytest.mark.committed
def test_the_sealer_of_the_trail_opens_keys_without_any_right_to_their_table(bare: TenantRef) -> None:
    with tenancy.activate(bare, purpose=Purpose.REQUEST):
        sealed = sealing.seal(b"secret", context=PLACE)
    store.forget_all()

    with tenancy.activate(bare, purpose=Purpose.SEAL), transaction.atomic(using=bare.cell):
        assert sealing.unseal(sealed, context=PLACE) == b"secret"
        assert tenancy.current_purpose() is Purpose.SEAL


@pytest.mark.committed
def test_of_many_that_need_the_first_key_at_once_one_makes_it(bare: TenantRef) -> None:
    with tenancy.activate(bare, purpose=Purpose.OPERATOR):
        DataKey.objects.all().delete()

    def sealed(_number: int) -> str:
        try:
            with tenancy.activate(bare, purpose=Purpose.REQUEST):
                return sealing.seal(b"secret", context=PLACE)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(sealed, range(16)))

    with tenancy.activate(bare, purpose=Purpose.OPERATOR):
        (key,) = DataKey.objects.all()
        assert {sealing.sealed_by(text)[1] for text in texts} == {key.short_id}
        assert {sealing.unseal(text, context=PLACE) for text in texts} == {b"secret"}


@pytest.mark.committed
def test_a_key_whose_transaction_was_rolled_back_is_not_remembered(bare: TenantRef) -> None:
    with tenancy.activate(bare, purpose=Purpose.OPERATOR):
        DataKey.objects.all().delete()
        with transaction.atomic(using=bare.cell):
            lost = sealing.seal(b"secret", context=PLACE)
            transaction.set_rollback(True, using=bare.cell)
        kept = sealing.seal(b"secret", context=PLACE)

        assert sealing.sealed_by(kept)[1] == DataKey.objects.get().short_id != sealing.sealed_by(lost)[1]
        with pytest.raises(Unsealable):
            sealing.unseal(lost, context=PLACE)


@pytest.mark.committed
def test_a_tenant_in_another_place_does_not_find_the_keys_of_the_first(bare: TenantRef, globex: TenantRef) -> None:
    with tenancy.activate(bare, purpose=Purpose.REQUEST):
        sealed = sealing.seal(b"secret", context=PLACE)
    elsewhere = tenancy.TenantRef(**{**{name: getattr(bare, name) for name in bare.__slots__}, "schema": globex.schema})

    with tenancy.activate(elsewhere, purpose=Purpose.REQUEST), pytest.raises(Unsealable, match="no key"):
        sealing.unseal(sealed, context=PLACE)


@pytest.mark.committed
def test_what_a_process_remembers_of_one_tenant_seals_for_no_other(bare: TenantRef, globex: TenantRef) -> None:
    with tenancy.activate(bare, purpose=Purpose.REQUEST):
        ours = [sealing.sealed_by(sealing.seal(b"secret", context=PLACE))[1] for _ in range(2)]
    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        theirs = [sealing.sealed_by(sealing.seal(b"secret", context=PLACE))[1] for _ in range(2)]

    assert (len(set(ours)), len(set(theirs)), set(ours) & set(theirs)) == (1, 1, set())
