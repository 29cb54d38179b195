"""Whatever is sealed is declared, so that a rotation finds it: callers of `seal`, columns of sealed text, and the places they are sealed for."""

import ast
from collections.abc import Callable
from uuid import UUID

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.models import BinaryField, CharField, TextField
from django.utils.module_loading import import_string

from audit import person_keys, signing_keys
from audit.alerts import telling
from audit.anchors import giving
from audit.exports import files
from audit.models import AlertChannel, Anchor, PersonKey, SigningKey, Stream
from audit.streams import sending
from identity.data_keys import places
from identity.factors import sms, totp
from identity.request_signing import key_texts
from kernel import ids, sealing, tenancy
from kernel.sealing import SealedColumn
from kernel.tenancy import Purpose
from operations import secrets_of
from tests import makers
from tests.shape import source
from tests.shape.source import PRODUCT

RING, PASSING = "wraps the keys themselves", "sealed in passing"
CALLERS = {
    "audit/alerts/telling.py": "audit_alertchannel",
    "audit/anchors/giving.py": "audit_anchor",
    "audit/exports/files.py": PASSING,
    "audit/person_keys.py": "audit_personkey",
    "audit/signing_keys.py": "audit_signingkey",
    "audit/streams/sending.py": "audit_stream",
    "config/checkups.py": "seals and opens a word, and keeps nothing",
    "identity/data_keys/providers/ring.py": RING,
    "identity/factors/sms.py": "identity_smsdevice",
    "identity/factors/totp.py": "identity_totpdevice",
    "identity/mailing.py": PASSING,
    "identity/request_signing/key_texts.py": "identity_signingkey",
    "operations/secrets_of.py": "operations_operation",
    "tenants/addresses.py": "tenants_cell",
    "tenants/backups/sealed.py": PASSING,
    "tenants/outbox.py": "tenants_pendingentry",
}
"""What seals, and the table that it seals for."""
SEALING = {"sealing.seal", "sealing.seal_at_home"}
NUMBER = "+4915112345678"


def _declared() -> list[SealedColumn]:
    return [*places.of_tenants(), *places.of_home()]


def test_everything_that_seals_is_known_here() -> None:
    found = {
        str(path)
        for path in source.python(*PRODUCT)
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Call) and source.dotted(node.func) in SEALING
    }

    assert sorted(found) == sorted(CALLERS)


def test_every_table_that_is_sealed_for_is_declared() -> None:
    tables = {table for table in CALLERS.values() if "_" in table}

    assert {place.table for place in _declared()} == tables


def test_every_column_of_sealed_text_is_declared() -> None:
    named = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        if model._meta.app_label in {"audit", "identity", "operations", "tenants"}
        for field in model._meta.concrete_fields
        if isinstance(field, TextField | CharField | BinaryField) and field.attname.startswith("sealed")
    }

    assert named == {(place.table, place.column) for place in _declared()}


def test_every_app_that_declares_something_is_named_in_the_settings() -> None:
    named = {name.partition(".")[0] for name in (*settings.SEALED, *settings.SEALED_AT_HOME)}

    assert named == {
        path.split("/")[0] for path, table in CALLERS.items() if table not in {RING} and not path.startswith("config/")
    }
    assert all(import_string(name) for name in (*settings.SEALED, *settings.SEALED_AT_HOME))


def test_the_declared_columns_are_there_with_the_types_that_they_declare() -> None:
    statement = "SELECT data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s AND column_name = %s"
    types = {"uuid": "uuid", "text": "character varying"}

    for place in places.of_tenants():
        with connections[tenancy.current_alias()].cursor() as cursor:
            cursor.execute(statement, [place.table, place.key])
            assert cursor.fetchone() == (types[place.key_type],), place
            cursor.execute(statement, [place.table, place.column])
            assert cursor.fetchone() == ("text",), place


def _stream() -> tuple[str, str, str]:
    stream = Stream(name="s", kind="webhook")
    return sending.sealed_secret({"token": "t"}, stream=stream), str(stream.pk), ""


def _anchor() -> tuple[str, str, str]:
    anchor = Anchor(name="a")
    return giving.sealed_secret({"token": "t"}, anchor=anchor), str(anchor.pk), ""


def _channel() -> tuple[str, str, str]:
    channel = AlertChannel(name="c")
    return telling.sealed("https://example.com", channel_id=channel.pk), str(channel.pk), ""


def _operation() -> tuple[str, str, str]:
    operation_id = ids.new_id()
    return secrets_of.sealed({"link": "l"}, operation_id=operation_id), str(operation_id), ""


def _person_key() -> tuple[str, str, str]:
    person_keys.for_writing(["usr_shape"])
    return PersonKey.objects.get(ref="usr_shape").sealed, "usr_shape", ""


def _log_key() -> tuple[str, str, str]:
    with tenancy.activate(tenancy.current(), purpose=Purpose.SEAL):
        key = signing_keys.make(77)
    return SigningKey.objects.get(pk=key.pk).sealed_private, str(key.pk), key.origin


def _totp() -> tuple[str, str, str]:
    device = totp.start(makers.make_person(), name="t", issuer="Acme").device
    return device.sealed_seed, str(device.pk), ""


def _sms() -> tuple[str, str, str]:
    device = sms.start(makers.make_person(), name="t", number=NUMBER)
    return device.sealed_number, str(device.pk), ""


def _signing_key() -> tuple[str, str, str]:
    row_id: UUID = ids.new_id()
    return key_texts.sealed("secret", row_id=row_id), str(row_id), ""


SEALED_BY_THE_PRODUCT: dict[str, Callable[[], tuple[str, str, str]]] = {
    "audit_alertchannel": _channel,
    "audit_anchor": _anchor,
    "audit_personkey": _person_key,
    "audit_signingkey": _log_key,
    "audit_stream": _stream,
    "identity_signingkey": _signing_key,
    "identity_smsdevice": _sms,
    "identity_totpdevice": _totp,
    "operations_operation": _operation,
}


@pytest.mark.parametrize("place", places.of_tenants(), ids=lambda place: place.table)
def test_what_the_product_seals_opens_in_the_place_that_is_declared(place: SealedColumn) -> None:
    text, key, beside = SEALED_BY_THE_PRODUCT[place.table]()

    assert sealing.sealed_by(text)[0] == "v2"
    assert len(sealing.unseal(text, context=place.context(key, beside))) > 0


def test_retired_keys_are_kept_longer_than_any_export() -> None:
    assert max(place.days for place in places.in_passing()) > files.KEPT_DAYS
