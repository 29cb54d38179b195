"""The trail: its filters, saved views, exports."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from django import forms

from audit.queries import Filters
from console.forms.base import SHORT, Form, ListQuery
from kernel.events import CATEGORIES
from kernel.problems import Invalid

ANY = ("", "Any")
SEVERITIES = (("1", "Informational"), ("2", "Low"), ("3", "Medium"), ("4", "High"), ("5", "Critical"))


class AuditQuery(ListQuery):
    """Filters of the trail. `since` and `until` are moments: `since` counts itself in, `until` does not; without a zone they are in UTC.

    A day alone is one too: both days count, the last one to its end.
    """

    OUTCOMES: ClassVar = [("", "Any outcome"), ("success", "Success"), ("failure", "Failure"), ("denied", "Denied")]
    CATEGORIES: ClassVar = [("", "Any category"), *((name, name.title()) for name in CATEGORIES)]
    LEVELS: ClassVar = [
        ("", "Any severity"),
        *((code, f"{name} or above" if code < "5" else name) for code, name in SEVERITIES[1:]),
    ]
    SOURCES: ClassVar = [("", "Any source"), ("freehold", "Freehold"), ("product", "Your product")]
    action = forms.CharField(required=False, max_length=SHORT)
    category = forms.CharField(required=False, max_length=SHORT)
    outcome = forms.CharField(required=False, max_length=SHORT)
    severity = forms.CharField(required=False, max_length=SHORT)
    source = forms.CharField(required=False, max_length=SHORT)
    actor = forms.CharField(required=False, max_length=SHORT)
    subject = forms.CharField(required=False, max_length=SHORT)
    address = forms.CharField(required=False, max_length=SHORT)
    since = forms.CharField(required=False, max_length=SHORT)
    until = forms.CharField(required=False, max_length=SHORT)

    def chosen(self) -> Filters:
        """The filters; a value that cannot be read filters nothing."""
        self.is_valid()
        given: dict[str, Any] = {name: self.cleaned_data.get(name) for name in self.fields}
        given |= {"since": moment_of(given["since"]), "until": moment_of(given["until"], days=1)}
        while True:
            try:
                return Filters.parse(given)
            except Invalid as fault:
                for error in fault.fields["errors"]:
                    given.pop(error["pointer"].strip("/"), None)

    def span(self) -> dict[str, str]:
        """The span as the fields for moments show it, in whole seconds: rounded outwards, so that nothing drops out when the form is sent again."""
        chosen = self.chosen()
        return {"since": local(chosen.since), "until": local(chosen.until, up=timedelta(seconds=1))}


class ViewForm(Form):
    """A saved view's name and audience; its filters come from the list."""

    AUDIENCES: ClassVar = [("own", "Only I see it"), ("shared", "Everybody who may read the audit log sees it")]
    name = forms.CharField(max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    audience = forms.ChoiceField(choices=AUDIENCES, label="Who sees it")
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class ExportForm(Form):
    """How an export is written."""

    FORMATS: ClassVar = [
        ("jsonl", "JSON Lines: everything, one entry a line"),
        ("csv", "CSV: for spreadsheets"),
        ("cef", "CEF: for ArcSight and others"),
        ("syslog", "Syslog: RFC 5424"),
        ("ocsf", "OCSF: Open Cybersecurity Schema Framework"),
        ("ecs", "ECS: Elastic Common Schema"),
    ]
    format = forms.ChoiceField(choices=FORMATS)


class ExportsQuery(ListQuery):
    """Filters of the list of exports."""

    FORMATS: ClassVar = [("", "Any format"), *((name, label.partition(":")[0]) for name, label in ExportForm.FORMATS)]
    format = forms.ChoiceField(choices=FORMATS, required=False)


class ViewsQuery(ListQuery):
    """Filter of the list of saved views."""


def moment_of(text: str, *, days: int = 0) -> str | datetime | None:
    """The first moment of a day in UTC, or so many days later; a moment without a zone, in UTC; all else as it is, for who reads it to judge."""
    try:
        if len(text) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(text) + timedelta(days=days), time.min, tzinfo=UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return text or None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def local(moment: datetime | None, *, up: timedelta = timedelta()) -> str:
    """A moment as an input of the type `datetime-local` holds it (HTML, section 2.3.5.5), in UTC and whole seconds; `up` is added to a part of one."""
    if moment is None:
        return ""
    whole = moment.replace(microsecond=0)
    is_part = moment.microsecond and datetime.max.replace(tzinfo=UTC) - whole >= up
    return (whole + up if is_part else whole).replace(tzinfo=None).isoformat()
