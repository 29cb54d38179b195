"""Streams: where the trail is sent, and how far behind each target is."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from audit import actions, queries
from audit.actions import Wanted
from audit.permissions import Permission
from console import audit_tabs, forms, identifiers
from console.views.base import Confirm, FormPage, Page

READ, WRITE = Permission.READ_STREAMS, Permission.WRITE_STREAMS
CRUMBS = (("Audit log", "console.audit"), ("Streams", "console.audit-streams"))
KINDS = {kind: label for kind, label, _ in forms.STREAM_KINDS}


def formats_of(kind: str) -> list[tuple[str, str]]:
    """The formats that a kind takes with their versions; "" stands for formats that have one form."""
    return [(name, version) for name in queries.STREAM_FORMATS[kind] for version in queries.FORMAT_VERSIONS.get(name, ("",))]


def found(stream_id: str) -> Any:
    """The stream of an address. Raises StreamNotFound."""
    return queries.stream(identifiers.read("stm", stream_id))


class Streams(Page):
    """The list."""

    access = {"GET": READ}
    template = "console/pages/audit/streams/list.html"
    title = "Streams"

    def get(self) -> HttpResponse:
        """One page of streams, each with how it does."""
        form = forms.StreamsQuery(self.request.GET)
        filters = form.filters()
        page = self.listed(queries.streams(q=filters["q"], kind=filters["kind"]), filters=filters)
        told = [document | {"kind_label": KINDS[document["kind"]]} for document in queries.stream_documents(page.items)]
        context = {"page": page, "rows": list(zip(page.items, told, strict=True)), "filters": filters, "kinds": form.KINDS}
        tabs = audit_tabs.of(present="console.audit-streams", actor=self.actor)
        return self.page(context | {"tabs": tabs, "may_write": self.may(WRITE)})


class NewStream(Page):
    """First the kind, then what that kind needs."""

    access = {"GET": WRITE, "POST": WRITE}
    template = "console/pages/audit/streams/new.html"
    title = "New stream"
    crumbs = CRUMBS

    def get(self) -> HttpResponse:
        """The kinds, or the form of one."""
        kind = self._kind()
        form = forms.StreamForm(kind=kind, formats=formats_of(kind)) if kind else None
        return self.page({"kinds": forms.STREAM_KINDS, "kind": kind, "form": form, "label": KINDS.get(kind, "")})

    def post(self) -> HttpResponse:
        """Make it."""
        kind = self._kind() or "https"
        form = forms.StreamForm(self.request.POST, kind=kind, formats=formats_of(kind))
        with self.refusals(form):
            wanted, from_seq = Wanted(**form.wanted()), 1 if form.cleaned_data["start"] == "first" else None
            stream = actions.create_stream(kind, wanted=wanted, from_seq=from_seq, actor=self.actor)
            return self.done("The stream is made. Send a test record next.", to="console.audit-stream", at=stream.public_id)
        return self.page({"kinds": forms.STREAM_KINDS, "kind": kind, "form": form, "label": KINDS[kind]}, status=form.answer_status)

    def _kind(self) -> str:
        kind = self.request.GET.get("kind", "")
        return kind if kind in KINDS else ""


class OneStream(Page):
    """One stream: how it does, and what can be done."""

    access = {"GET": READ}
    template = "console/pages/audit/streams/detail.html"
    crumbs = CRUMBS

    def get(self, stream_id: str) -> HttpResponse:
        """The page; asked for again every few seconds."""
        stream = found(stream_id)
        context = {"title": stream.name, "stream": stream, "status": queries.stream_status(stream)}
        context |= {"told": queries.stream_document(stream), "may_write": self.may(WRITE), "label": KINDS[stream.kind]}
        return self.page(context)


class StreamSettings(FormPage):
    """Another target, secret, format or filter."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS

    def get(self, stream_id: str) -> HttpResponse:
        """The form with what it is now; secrets are never shown."""
        stream = found(stream_id)
        version = stream.format_version or next(iter(queries.FORMAT_VERSIONS.get(stream.format, ("",))))
        initial = {**stream.filters, **stream.settings, "name": stream.name, "format": f"{stream.format}:{version}"}
        form = forms.StreamForm(kind=stream.kind, formats=formats_of(stream.kind), is_new=False, initial=initial)
        return self._page(stream, form)

    def post(self, stream_id: str) -> HttpResponse:
        """Change it."""
        stream = found(stream_id)
        form = forms.StreamForm(self.request.POST, kind=stream.kind, formats=formats_of(stream.kind), is_new=False)
        with self.refusals(form):
            actions.change_stream(stream.pk, wanted=Wanted(**form.wanted(kept=stream.filters)), actor=self.actor)
            return self.done("Saved. What waits is sent as it is now.", to="console.audit-stream", at=stream_id)
        return self._page(stream, form)

    def _page(self, stream: Any, form: forms.StreamForm) -> HttpResponse:
        back = reverse("console.audit-stream", args=[stream.public_id])
        return self.form(form, back=back, title=f"Change {stream.name}")


class StreamTest(Page):
    """A test record, now."""

    access = {"POST": WRITE}

    def post(self, stream_id: str) -> HttpResponse:
        """Send it, and say what the target answered."""
        trial = actions.check_stream(found(stream_id).pk, actor=self.actor)
        to = reverse("console.audit-stream", args=[stream_id])
        if trial.is_taken:
            return self.told(f"The target took the test record and answered: {trial.answer}", to=to)
        return self.warned(f"The target did not take the test record. {trial.answer}", to=to)


class StreamPause(Confirm):
    """Sending nothing for a while."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Pause"

    def get(self, stream_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(stream_id, forms.Reason())

    def post(self, stream_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Reason(self.request.POST)
        with self.refusals(form):
            actions.pause_stream(found(stream_id).pk, reason=form.values()["reason"], actor=self.actor)
            return self.done("Paused. Its place is kept.", to="console.audit-stream", at=stream_id)
        return self._page(stream_id, form)

    def _page(self, stream_id: str, form: forms.Reason) -> HttpResponse:
        effects = ["Nothing is sent until somebody resumes it.", "What happens meanwhile waits, and is sent then in order."]
        back = reverse("console.audit-stream", args=[stream_id])
        return self.confirm(form, title=f"Pause {found(stream_id).name}?", consequences=effects, back=back)


class StreamResumption(Page):
    """Going on."""

    access = {"POST": WRITE}

    def post(self, stream_id: str) -> HttpResponse:
        """Resume it."""
        actions.resume_stream(found(stream_id).pk, actor=self.actor)
        return self.done("It goes on where it stopped.", to="console.audit-stream", at=stream_id)


class StreamReplay(FormPage):
    """Sending again."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Send again"
    lead = "Everything from this place on is sent once more, in order. Receivers know repeated entries by their id."

    def get(self, stream_id: str) -> HttpResponse:
        """The form."""
        return self._page(found(stream_id), forms.StreamReplay())

    def post(self, stream_id: str) -> HttpResponse:
        """Do it."""
        stream, form = found(stream_id), forms.StreamReplay(self.request.POST)
        with self.refusals(form):
            actions.replay_stream(stream.pk, from_seq=form.values()["from_seq"], actor=self.actor)
            return self.done("It is sent again from there.", to="console.audit-stream", at=stream_id)
        return self._page(stream, form)

    def _page(self, stream: Any, form: forms.StreamReplay) -> HttpResponse:
        return self.form(form, back=reverse("console.audit-stream", args=[stream.public_id]), title=f"Send again to {stream.name}")


class StreamRemoval(Confirm):
    """The end of a stream."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Remove"

    def get(self, stream_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(stream_id, forms.Confirmation())

    def post(self, stream_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.remove_stream(found(stream_id).pk, actor=self.actor)
            return self.done("The stream is removed.", to="console.audit-streams")
        return self._page(stream_id, form)

    def _page(self, stream_id: str, form: forms.Confirmation) -> HttpResponse:
        effects = [
            "Nothing more is sent to this target.",
            "Its secret and its place are forgotten.",
            "What was sent stays where it is.",
        ]
        back = reverse("console.audit-stream", args=[stream_id])
        return self.confirm(form, title=f"Remove {found(stream_id).name}?", consequences=effects, back=back)
