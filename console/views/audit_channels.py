"""Channels: who is told of alerts, and how that goes."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from audit import actions, queries
from audit.permissions import Permission
from console import audit_tabs, forms, identifiers
from console.views.audit_alerts import WORDS
from console.views.base import Confirm, Page

READ, WRITE = Permission.READ_ALERTS, Permission.WRITE_RULES
CRUMBS = (("Audit log", "console.audit"), ("Channels", "console.audit-channels"))


def found(channel_id: str) -> Any:
    """The channel of an address. Raises ChannelNotFound."""
    return queries.channel(identifiers.read("chn", channel_id))


def shown(channel: Any) -> dict[str, Any]:
    """A channel with the words of its badges."""
    state = "paused" if channel.paused_at else "failing" if channel.fault else "live"
    return {"channel": channel, "severity": WORDS[channel.from_severity], "state": state}


class Channels(Page):
    """The list."""

    access = {"GET": READ}
    template = "console/pages/audit/channels/list.html"
    title = "Channels"

    def get(self) -> HttpResponse:
        """One page of channels."""
        filters = forms.ChannelsQuery(self.request.GET).filters()
        page = self.listed(queries.channels(q=filters["q"]), filters=filters)
        tabs = audit_tabs.of(present="console.audit-channels", actor=self.actor)
        context = {"page": page, "rows": [shown(channel) for channel in page.items], "filters": filters, "tabs": tabs}
        return self.page(context | {"may_write": self.may(WRITE)})


class NewChannel(Page):
    """One more way to tell people."""

    access = {"GET": WRITE, "POST": WRITE}
    template = "console/pages/audit/channels/new.html"
    title = "New channel"
    crumbs = CRUMBS

    def get(self) -> HttpResponse:
        """The empty form."""
        return self.page({"form": forms.NewChannel()})

    def post(self) -> HttpResponse:
        """Make it."""
        form = forms.NewChannel(self.request.POST)
        with self.refusals(form):
            values = {name: value for name, value in form.values().items() if name not in {"name", "version"}}
            made = actions.create_channel(form.cleaned_data["name"], **values, actor=self.actor)
            return self.done("The channel is made. Send a test message next.", to="console.audit-channel", at=made.public_id)
        return self.page({"form": form}, status=form.answer_status)


class OneChannel(Page):
    """One channel: how it does, its settings, what a test sends."""

    access = {"GET": READ, "POST": WRITE}
    template = "console/pages/audit/channels/detail.html"
    crumbs = CRUMBS

    def get(self, channel_id: str) -> HttpResponse:
        """The page."""
        channel = found(channel_id)
        names = ("name", "from_severity", "most_per_hour", "version")
        return self._page(channel, forms.ChannelForm(initial={name: getattr(channel, name) for name in names}))

    def post(self, channel_id: str) -> HttpResponse:
        """Change it, unless somebody else changed it meanwhile."""
        channel, form = found(channel_id), forms.ChannelForm(self.request.POST)
        with self.refusals(form):
            values = form.values()
            version = values.pop("version")
            actions.change_channel(channel.pk, **values, actor=self.actor, expected_version=version)
            return self.done("The changes are saved.", to="console.audit-channel", at=channel_id)
        return self._page(channel, form)

    def _page(self, channel: Any, form: forms.ChannelForm) -> HttpResponse:
        context = {"title": channel.name, **shown(channel), "form": form, "sent": queries.trial_message(channel)}
        return self.page(context | {"may_write": self.may(WRITE)}, status=form.answer_status)


class ChannelTest(Page):
    """A message for trial."""

    access = {"POST": WRITE}

    def post(self, channel_id: str) -> HttpResponse:
        """Have it sent."""
        actions.test_channel(found(channel_id).pk, actor=self.actor)
        words = "A worker sends the test message. Load this page again in a moment to see whether it was taken."
        return self.done(words, to="console.audit-channel", at=channel_id)


class Pause(Confirm):
    """Telling nobody for a while."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Pause"

    def get(self, channel_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(channel_id, forms.Confirmation())

    def post(self, channel_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.pause_channel(found(channel_id).pk, actor=self.actor)
            return self.done("Nobody is told by it until it is resumed.", to="console.audit-channel", at=channel_id)
        return self._page(channel_id, form)

    def _page(self, channel_id: str, form: forms.Confirmation) -> HttpResponse:
        effects = [
            "Nobody is told by this channel.",
            "What is opened meanwhile is not told later; it stands in the list of alerts.",
        ]
        back = reverse("console.audit-channel", args=[channel_id])
        return self.confirm(form, title=f"Pause {found(channel_id).name}?", consequences=effects, back=back)


class Resumption(Page):
    """Telling again."""

    access = {"POST": WRITE}

    def post(self, channel_id: str) -> HttpResponse:
        """Do it."""
        actions.resume_channel(found(channel_id).pk, actor=self.actor)
        return self.done("People are told by it again.", to="console.audit-channel", at=channel_id)


class Deletion(Confirm):
    """The end of a channel."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Delete"

    def get(self, channel_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(channel_id, forms.Confirmation())

    def post(self, channel_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.delete_channel(found(channel_id).pk, actor=self.actor)
            return self.done("The channel is deleted.", to="console.audit-channels")
        return self._page(channel_id, form)

    def _page(self, channel_id: str, form: forms.Confirmation) -> HttpResponse:
        effects = ["Its address is forgotten, with what it still had to tell.", "The alerts stay."]
        back = reverse("console.audit-channel", args=[channel_id])
        return self.confirm(form, title=f"Delete {found(channel_id).name}?", consequences=effects, back=back)
