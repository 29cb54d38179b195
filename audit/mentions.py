"""Where else somebody is named: what alerts and rules keep, saved views, streams, exports. Forgetting a person ends that too.

An alert that names somebody keeps what it says of the rule, the moment and the entries, and loses its group, its facts and the note. In what
people saved, the label of somebody is replaced by their id, so that it goes on meaning the same.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db.models import CharField, F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from audit.alerts.correlating import digest
from audit.alerts.remembering import habit_key
from audit.models import Alert, AlertMemory, Entry, Export, SavedView, Seal, Stream
from kernel.tenancy.records import TenantModel

Row = TypeVar("Row", bound=TenantModel)
ADDRESSES_MAXIMUM = 1000
"""So many of somebody's addresses are looked for, the newest; the pattern must stay one that a database can read."""


def forget(ref: str) -> int:
    """Forget what is said of one person beside the entries, in the running transaction; the number of rows that said something.

    Comes before the labels and addresses of the person's entries are emptied: these are the words that are looked for.
    """
    labels = _labels(ref)
    gone, _ = AlertMemory.objects.filter(key=habit_key(digest(ref))).delete()
    return gone + _empty_alerts(ref, labels=labels) + (_rename(ref, labels=labels) if labels else 0)


def _labels(ref: str) -> list[str]:
    acted = Entry.objects.filter(actor_id=ref).exclude(actor_label="").values_list("actor_label", flat=True)
    meant = Entry.objects.filter(subject=ref).exclude(subject_label="").values_list("subject_label", flat=True)
    return sorted({*acted.distinct(), *meant.distinct()} - {ref}, key=lambda label: (-len(label), label))


def _addresses(ref: str) -> list[str]:
    found = Entry.objects.filter(actor_id=ref).exclude(address="").order_by("-received_at").values_list("address", flat=True)
    return list(dict.fromkeys(found[: 10 * ADDRESSES_MAXIMUM]))[:ADDRESSES_MAXIMUM]


def _empty_alerts(ref: str, *, labels: list[str]) -> int:
    named = _saying(Alert.objects.all(), "group", "note", "facts", words=[ref, *labels])
    chosen = Q(pk__in=named.values("pk"))
    addresses = _addresses(ref)
    if addresses:
        # An address may be somebody else's too: it counts where the entries of the alert are the person's own.
        among = _saying(Alert.objects.all(), "group", "note", "facts", words=addresses)
        chosen |= Q(pk__in=[alert.pk for alert in among.only("seqs") if _is_about(alert, ref=ref)])
    return Alert.objects.filter(chosen).update(
        group=Concat(Value("forgotten "), Cast("pk", CharField())), facts={}, note="", version=F("version") + 1
    )


def _is_about(alert: Alert, *, ref: str) -> bool:
    sealed = Seal.objects.filter(seq__in=alert.seqs).values("entry_id")
    return Entry.objects.filter(pk__in=sealed, actor_id=ref).exists()


def _rename(ref: str, *, labels: list[str]) -> int:
    """Put the id in the place of the label in what people saved."""
    kinds: Mapping[type[TenantModel], tuple[str, ...]] = {
        SavedView: ("name", "filters"),
        Stream: ("name", "filters"),
        Export: ("asked_by", "filters"),
    }
    word, number = re.compile(_pattern(labels, edge=r"\w"), re.IGNORECASE), 0
    for kind, fields in kinds.items():
        for row in _saying(kind.objects.all(), *fields, words=labels):
            for name in fields:
                setattr(row, name, _said(getattr(row, name), word=word, ref=ref))
            row.save(update_fields=fields)
            number += 1
    return number


def _said(value: Any, *, word: re.Pattern[str], ref: str) -> Any:
    if isinstance(value, dict):
        return {name: _said(inner, word=word, ref=ref) for name, inner in value.items()}
    return word.sub(ref, value) if isinstance(value, str) else value


def _saying(found: QuerySet[Row], *fields: str, words: Iterable[str]) -> QuerySet[Row]:
    """The rows in which one of some words stands by itself, in capitals or not."""
    text = Concat(*(part for name in fields for part in (Cast(name, TextField()), Value(" "))), output_field=TextField())
    named: QuerySet[Row] = found.annotate(said=text).filter(said__iregex=_pattern(words, edge="[[:alnum:]_]"))
    return named


def _pattern(words: Iterable[str], *, edge: str) -> str:
    return f"(?<!{edge})(?:{'|'.join(map(re.escape, words))})(?!{edge})"
