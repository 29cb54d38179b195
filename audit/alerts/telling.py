"""What is told on a channel, and how it gets there. Only tasks call `tell`; every way out is `kernel.outbound` or `kernel.mail`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from django.conf import settings
from django.utils.module_loading import import_string

from audit.alerts import inputs
from audit.models import Alert, AlertChannel, ChannelKind
from kernel import clock, mail, outbound, sealing, tenancy
from kernel.outbound import Answer
from kernel.problems import Unavailable

SEVERITY_WORDS = ("", "informational", "low", "medium", "high", "critical")
PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"
ROUTING_KEY = re.compile(r"[A-Za-z0-9]{32}")
TARGET_LENGTH = 1000
DIGEST_SHOWN = 20
SHAPES = {ChannelKind.SLACK: "audit.alerts.shapes.slack", ChannelKind.PAGERDUTY: "audit.alerts.shapes.pagerduty"}
"""By name: Apprise takes half a second to import, which only the worker that sends should spend."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is told: one line, a text, and the same for machines. `key` is the alert's id, by which a receiver knows it again."""

    key: str
    subject: str
    text: str
    severity: int
    document: dict[str, object]


class Shape(Protocol):
    """How a message looks to one sort of receiver."""

    def __call__(self, message: Message, *, secret: str) -> bytes:
        """The body of the request."""


def of_alert(alert: Alert, *, response: Sequence[str]) -> Message:
    """One alert."""
    here, word = tenancy.current(), SEVERITY_WORDS[alert.severity]
    facts = "\n".join(f"{name}: {value}" for name, value in sorted(alert.facts.items()))
    steps = "\n".join(f"- {step}" for step in response)
    text = (
        f"{alert.title}\n\nTenant: {here.name} ({here.slug})\nSeverity: {word}\nConcerns: {alert.group or 'the whole tenant'}\n"
        f"Happened: {clock.rfc3339(alert.happened_at)}\nEntries: {', '.join(map(str, alert.seqs))}\n{facts}\n\n"
        f"What to do\n{steps or '- Look at the entries.'}\n\n{address_of(alert.public_id)}\n"
    )
    return Message(alert.public_id, f"[{word}] {alert.title} ({here.slug})", text, alert.severity, _document(alert))


def of_digest(alerts: Sequence[Alert]) -> Message:
    """Several alerts in one message, because a channel's limit was reached."""
    here = tenancy.current()
    severity = max(alert.severity for alert in alerts)
    lines = [
        f"- [{SEVERITY_WORDS[each.severity]}] {each.title}: {each.group} {address_of(each.public_id)}"
        for each in alerts[:DIGEST_SHOWN]
    ]
    if len(alerts) > DIGEST_SHOWN:
        lines.append(f"- and {len(alerts) - DIGEST_SHOWN} more")
    text = (
        f"Tenant: {here.name} ({here.slug})\nThis channel's limit was reached; these alerts were opened since:\n\n"
        + "\n".join(lines)
        + "\n"
    )
    documents = [_document(alert) for alert in alerts]
    document: dict[str, object] = {"type": "audit.alerts.digest", "tenant": here.slug, "number": len(alerts), "alerts": documents}
    return Message(f"digest-{alerts[0].public_id}", f"{len(alerts)} more alerts ({here.slug})", text, severity, document)


def of_trial(channel: AlertChannel) -> Message:
    """A message for trial."""
    here = tenancy.current()
    text = f"This is a test of the channel “{channel.name}” of {here.name} ({here.slug}). Nothing happened, and there is nothing to do.\n"
    document: dict[str, object] = {"type": "audit.channel.test", "tenant": here.slug, "channel": channel.public_id}
    return Message(f"test-{channel.public_id}", f"Test of the channel {channel.name} ({here.slug})", text, 1, document)


def shown(channel: AlertChannel, message: Message) -> str:
    """What goes over the line, without the secret: for whoever asks what was sent."""
    if channel.kind == ChannelKind.MAIL:
        return f"Subject: {message.subject}\n\n{message.text}"
    return _body(channel.kind, message, secret="…").decode()  # noqa: S106  (the opposite of one)


def tell(channel: AlertChannel, message: Message) -> None:
    """Hand a message to the other side; when this returns, it was taken.

    Raises UnsafeAddress, Unreachable, MailRefused, Unavailable (also when the other side answers with anything but 2xx).
    """
    target = opened(channel)
    if channel.kind == ChannelKind.MAIL:
        mail.send(target, subject=message.subject, text=message.text)
        return
    url, secret = _parts(channel.kind, target)
    headers = {"content-type": "application/json", "idempotency-key": message.key}
    answer: Answer = outbound.post(url, body=_body(channel.kind, message, secret=secret), headers=headers)
    if not 200 <= answer.status < 300:
        raise Unavailable(
            f"The other side answered {answer.status}. Check the address, and that the integration is still enabled there."
        )


def sealed(target: str, *, channel_id: UUID) -> str:
    """A target as it is stored: its address often holds a token."""
    return sealing.seal(target.encode(), context=f"audit.channel:{channel_id}")


def opened(channel: AlertChannel) -> str:
    """The target of a channel."""
    return sealing.unseal(channel.sealed_target, context=f"audit.channel:{channel.id}").decode()


def require_target(kind: str, target: str) -> None:
    """Go on only with a target that fits its kind and may be called. Raises Invalid, UnsafeAddress, MailRefused, Unreachable."""
    if kind == ChannelKind.MAIL:
        mail.require_address(target)
        return
    url, secret = _parts(kind, target)
    if kind == ChannelKind.PAGERDUTY and not secret:
        detail = "Give the integration's routing key, 32 letters and digits, or `https://…/v2/enqueue#` and the key."
        raise inputs.refusal("target", code="routing-key", detail=detail)
    outbound.require_allowed(url)


def masked(kind: str, target: str) -> str:
    """A target as it may be shown: a mail address whole, of all others the host and the last four signs."""
    if kind == ChannelKind.MAIL:
        return target[:200]
    url, secret = _parts(kind, target)
    return f"{urlsplit(url).hostname or ''} …{(secret or url)[-4:]}"[:200]


def address_of(alert_id: str) -> str:
    """Where the console shows an alert."""
    base: str = import_string(settings.TENANT_ADDRESS)(tenancy.current().id)
    return f"{base}/audit/alerts/{alert_id}"


def _parts(kind: str, target: str) -> tuple[str, str]:
    """The address to call, and the secret that stands in the body instead."""
    if kind != ChannelKind.PAGERDUTY:
        return target, ""
    if ROUTING_KEY.fullmatch(target):
        return PAGERDUTY, target
    url, _, key = target.partition("#")
    return url, key


def _body(kind: str, message: Message, *, secret: str) -> bytes:
    if kind == ChannelKind.WEBHOOK:
        return orjson.dumps({"subject": message.subject, "text": message.text, **message.document})
    shape: Shape = import_string(SHAPES[ChannelKind(kind)])
    return shape(message, secret=secret)


def _document(alert: Alert) -> dict[str, object]:
    return {
        "type": "audit.alert.opened", "tenant": tenancy.current().slug, "alert": alert.public_id, "rule": alert.rule_key, "title": alert.title,
        "severity": alert.severity, "group": alert.group, "happened_at": clock.rfc3339(alert.happened_at), "seqs": alert.seqs,
        "facts": alert.facts, "url": address_of(alert.public_id),
    }  # fmt: skip
