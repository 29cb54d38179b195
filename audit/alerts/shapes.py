"""The bodies that Slack and PagerDuty want, and what takes the same, as Apprise plugins without a way out of their own.

Apprise knows the limits and looks of its services (length of titles and texts, colours by kind of message, cutting) but calls them by itself,
with redirects and without checked addresses. So the plugins here end where the body is made; `kernel.outbound` carries it.
"""

from typing import Any

import orjson
from apprise import NotifyType
from apprise.common import OverflowMode
from apprise.plugins.base import NotifyBase

from audit.alerts.telling import Message

TYPES = (NotifyType.INFO, NotifyType.INFO, NotifyType.INFO, NotifyType.WARNING, NotifyType.WARNING, NotifyType.FAILURE)
PAGERDUTY_WORDS = ("info", "info", "info", "warning", "error", "critical")


class Body(NotifyBase):
    """A plugin that keeps what it would send, in `body`."""

    service_name = "Body"  # type: ignore[assignment]  # theirs is None
    overflow_mode = OverflowMode.TRUNCATE
    request_rate_per_sec = 0
    body = b""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # theirs is untyped

    def url(self, *args: Any, **kwargs: Any) -> str:  # noqa: ARG002  (their signature)
        """Apprise asks every plugin for an address; this one has none."""
        return "body://"


class SlackBody(Body):
    """An incoming webhook of Slack; Mattermost, Rocket.Chat and Discord's `/slack` take the same."""

    service_name = "Slack"
    body_maxlen = 35_000
    title_maxlen = 250

    def send(self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **kwargs: Any) -> bool:  # noqa: ARG002  (their signature)
        """Make the body."""
        attachment = {
            "title": _escaped(title),
            "text": _escaped(body),
            "color": self.color(notify_type),
            "fallback": _escaped(title),
        }
        self.body = orjson.dumps({"text": _escaped(title), "attachments": [attachment]})
        return True


class PagerDutyBody(Body):
    """An event of PagerDuty's Events API v2; an alert keeps its `dedup_key`, so telling it twice is one incident."""

    service_name = "PagerDuty"
    body_maxlen = 20_000
    title_maxlen = 1024
    message: Message
    secret = ""

    def send(self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **kwargs: Any) -> bool:  # noqa: ARG002  (their signature)
        """Make the body."""
        payload = {
            "summary": title, "severity": PAGERDUTY_WORDS[self.message.severity], "source": str(self.message.document["tenant"]),
            "component": "audit", "class": str(self.message.document["type"]), "custom_details": {"text": body, **self.message.document},
        }  # fmt: skip
        links = [{"href": self.message.document["url"], "text": "Open the alert"}] if "url" in self.message.document else []
        event = {
            "routing_key": self.secret,
            "event_action": "trigger",
            "dedup_key": self.message.key,
            "payload": payload,
            "links": links,
        }
        self.body = orjson.dumps(event)
        return True


def slack(message: Message, *, secret: str) -> bytes:  # noqa: ARG001  (Slack's secret is its address)
    """The body for an incoming webhook of Slack."""
    return _sent(SlackBody(), message)


def pagerduty(message: Message, *, secret: str) -> bytes:
    """The body for PagerDuty's Events API; `secret` is the routing key."""
    plugin = PagerDutyBody()
    plugin.message, plugin.secret = message, secret
    return _sent(plugin, message)


def _sent(plugin: Body, message: Message) -> bytes:
    if not plugin.notify(body=message.text, title=message.subject, notify_type=TYPES[message.severity]):
        raise ValueError(f"Apprise made no body for {message.key}")
    return plugin.body


def _escaped(text: str) -> str:
    """Slack reads `<…>` as links and mentions: what somebody else chose must not ping everybody (Slack's rule: these three signs)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
