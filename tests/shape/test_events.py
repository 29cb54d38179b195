"""Every event says what it is about, how much it asks for a look, and which of its fields are about a person."""

import re
from dataclasses import fields

import pytest

from kernel.events import CATALOGUE, CATEGORIES, CRITICAL, INFORMATIONAL, Event

EVENTS = pytest.mark.parametrize("event", [CATALOGUE[name] for name in sorted(CATALOGUE)], ids=sorted(CATALOGUE))
LOOKS_PERSONAL = re.compile(r"(?:^|_)(?:e?mail|name|label|address|phone|person|user|recipient|street|birth\w*)(?:_|s?$)")
NOT_PERSONAL = {
    "audit.view.changed": {"old_label": "what a saved view is called", "new_label": "the same"},
    "identity.api_key.changed": {
        "old_name": "what a key is called, as in the label of each entry about it",
        "new_name": "the same",
    },
    "tenants.region.changed": {"old_label": "what a region is called", "new_label": "the same"},
    "tenants.tenant.renamed": {"old_name": "what a tenant is called, which is an organisation", "new_name": "the same"},
}


def _own(event: type[Event]) -> set[str]:
    return {field.name for field in fields(event)} - {"subject", "subject_label"}


@EVENTS
def test_an_event_names_its_category_and_what_it_is_about(event: type[Event]) -> None:
    assert event.category in CATEGORIES
    assert re.fullmatch(r"[a-z_]{2,30}", event.subject_kind)
    assert INFORMATIONAL <= event.severity <= CRITICAL


@EVENTS
def test_what_is_declared_personal_is_a_field(event: type[Event]) -> None:
    assert event.personal <= _own(event)


@EVENTS
def test_a_field_that_looks_personal_is_declared_or_has_a_reason(event: type[Event]) -> None:
    looking = {name for name in _own(event) if LOOKS_PERSONAL.search(name)}

    assert looking - event.personal == NOT_PERSONAL.get(event.name, {}).keys()


def test_every_reason_is_still_for_something() -> None:
    assert NOT_PERSONAL.keys() <= CATALOGUE.keys()
    assert all(reason for excused in NOT_PERSONAL.values() for reason in excused.values())


@pytest.mark.parametrize(
    ("name", "looks"),
    [
        ("email", True), ("old_name", True), ("names", True), ("owner_label", True), ("address", True), ("phone_number", True),
        ("host", False), ("named", False), ("labelled", False), ("reason", False),
    ],
)  # fmt: skip
def test_names_of_personal_fields_are_recognised(name: str, *, looks: bool) -> None:
    assert bool(LOOKS_PERSONAL.search(name)) is looks
