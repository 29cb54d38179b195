"""What the product tells of persons: sealed or refused in each field, and nowhere in the evidence."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, get_origin

import msgspec
import orjson
import pytest

from audit import actions, personal
from audit.ingest.reading import ProductEvent
from audit.models import Entry, IngestedKey
from kernel.actors import Actor
from kernel.problems import Invalid
from kernel.tenancy import TenantRef
from tests import makers
from tests.audit.conftest import seal
from tests.audit.ingesting import EVENT, product_entries, registered, tell, teller

__all__ = ["registered", "teller"]


@pytest.mark.usefixtures("registered")
def test_what_is_personal_is_not_in_the_evidence(teller: Actor) -> None:
    (taken,) = tell(EVENT, actor=teller)

    canonical = Entry.objects.get(pk=taken.entry_id).canonical
    assert [text for text in ("Olive", "Pia", "192.0.2.7", "Shop/2") if text in canonical] == []


def text_fields(struct: type[msgspec.Struct], *, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every field of an event, those that take no text among them."""
    for field in msgspec.structs.fields(struct):
        path, kind = (*above, field.name), field.type
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            yield from text_fields(kind, above=path)
        elif get_origin(kind) is dict:
            assert path in HOLDING, f"say in HOLDING how {path} holds a text"
            yield path
        else:
            assert "list" not in str(kind), f"say how {path} holds a text"
            yield path


HOLDING: dict[tuple[str, ...], Callable[[str], dict[str, Any]]] = {
    ("details",): lambda text: {"number": "1", "tree": {"a": [{"b": text}]}},
    ("changes",): lambda text: {"state": ["before", {"after": text}]},
}
"""How the fields that hold maps hold a text."""


def holding(text: str, *, at: tuple[str, ...]) -> dict[str, Any]:
    """An event that says a text in one field."""
    event = deepcopy(EVENT) | {"id": "id-1"}
    holder = event
    for name in at[:-1]:
        holder = holder[name]
    holder[at[-1]] = HOLDING.get(at, str)(text)
    return event


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    "kinds", [("person", "person"), ("person", "invoice"), ("key", "invoice"), ("system", "person")], ids="-".join
)
@pytest.mark.parametrize("text", ["olive@shop.example", "+49 170 123 45 67", "+491701234567", "DE89 3704 0044 0532 0130 00"])
@pytest.mark.parametrize("path", list(text_fields(ProductEvent)), ids=".".join)
def test_in_no_field_does_what_looks_personal_get_into_the_evidence(
    path: tuple[str, ...], text: str, kinds: tuple[str, str], teller: Actor
) -> None:
    event = holding(text, at=path)
    for name, kind in zip(("actor", "subject"), kinds, strict=True):
        event[name] = {"kind": kind} | event[name]

    try:
        (taken,) = tell(event, actor=teller)
    except Invalid:
        assert product_entries() == []
        assert not IngestedKey.objects.exists()
    else:
        entry = Entry.objects.get(pk=taken.entry_id)
        assert text not in entry.canonical
        assert text in orjson.dumps(personal.opened(entry)).decode()
        assert not IngestedKey.objects.filter(key__contains=text).exists()


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    "path",
    [
        ("id",), ("actor", "id"), ("actor", "auth_method"), ("actor", "on_behalf_of"), ("actor", "session"), ("subject", "id"),
        ("subject", "kind"), ("context", "request_id"), ("context", "trace_id"),
    ],
    ids=".".join,
)  # fmt: skip
@pytest.mark.parametrize("text", ["olive@shop.example", "Olive Owner", "+491701234567", "Ölive", "olive\n", "o\tlive"])
def test_what_stands_in_the_clear_for_ever_is_no_text_but_an_id(path: tuple[str, ...], text: str, teller: Actor) -> None:
    with pytest.raises(Invalid) as refusal:
        tell(holding(text, at=path), actor=teller)

    assert refusal.value.fields["errors"][0]["pointer"] == "/events/0/" + "/".join(path)
    assert product_entries() == []


@pytest.mark.usefixtures("registered")
def test_ids_of_other_systems_are_taken_as_they_are(teller: Actor) -> None:
    event = deepcopy(EVENT) | {"id": "order#4711/2;a=b"}
    event["actor"] |= {"on_behalf_of": "u-94", "session": "c2Vzc2lvbg==", "auth_method": "urn:saml:2.0"}
    event["context"] |= {"request_id": "Root=1-5759e988-bd862e3f;Sampled=1", "trace_id": "00-4bf92f3577b34da6-00f067aa-01"}

    (taken,) = tell(event, actor=teller)

    shown = personal.opened(Entry.objects.get(pk=taken.entry_id))
    assert {name: shown["actor"][name] for name in ("on_behalf_of", "session", "auth_method")} == {
        "on_behalf_of": "u-94", "session": "c2Vzc2lvbg==", "auth_method": "urn:saml:2.0",
    }  # fmt: skip
    assert (shown["context"]["request_id"], shown["context"]["trace_id"]) == (
        "Root=1-5759e988-bd862e3f;Sampled=1", "00-4bf92f3577b34da6-00f067aa-01",
    )  # fmt: skip


@pytest.mark.usefixtures("registered")
def test_the_name_of_a_program_that_looks_personal_is_sealed_named_and_found_sound(acme: TenantRef, teller: Actor) -> None:
    event = deepcopy(EVENT) | {"actor": {"id": "k-1", "kind": "key", "name": "Key of olive@shop.example"}}

    taken = tell(event, {**event, "id": "from-nowhere", "context": {}}, actor=teller)

    for entry in Entry.objects.filter(pk__in=[one.entry_id for one in taken]):
        shown = personal.opened(entry)
        assert (shown["actor"]["label"], entry.actor_label) == ("Key of olive@shop.example", "Key of olive@shop.example")
        assert shown["details"]["sealed_fields"] == ["actor.label"]
        assert "olive" not in entry.canonical
    seal(acme)
    assert actions.verify_chain(actor=makers.person_actor()).answer == "sound"
