"""Tags and filters of the console's templates: how states, moments, names and actions look to people."""

import json as json_text
from datetime import UTC, datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide

from console import forms, frames
from console.catalogue import sentence
from identity import queries as identity
from kernel import clock
from kernel.problems import Problem

register = template.Library()

OWNER_ROLE = "owner"
GRANTORS_SHOWN = 3

# Tone and word of every state that a page shows. Tone is never the only sign: the dot changes its shape, the word stands beside it.
STATES = {
    "active": ("ok", "Active"),
    "success": ("ok", "Success"),
    "succeeded": ("ok", "Done"),
    "open": ("ok", "Open"),
    "invited": ("busy", "Invited"),
    "requested": ("busy", "Requested"),
    "provisioning": ("busy", "Being made"),
    "queued": ("busy", "Waiting"),
    "running": ("busy", "Running"),
    "moving": ("busy", "Moving"),
    "claimed": ("busy", "Waiting for proof"),
    "writing": ("busy", "Being written"),
    "building": ("busy", "Being made"),
    "waiting": ("busy", "Waiting"),
    "ready": ("ok", "Ready"),
    "done": ("ok", "Done"),
    "paused": ("warn", "Paused"),
    "lapsed": ("warn", "Proof lapsed"),
    "deleting": ("warn", "Being deleted"),
    "suspended": ("warn", "Suspended"),
    "denied": ("warn", "Denied"),
    "refused": ("warn", "Refused"),
    "retiring": ("busy", "Being retired"),
    "unchanged": ("off", "So already"),
    "rehearsed": ("ok", "Rehearsed"),
    "would_change": ("ok", "Would change"),
    "would_refuse": ("warn", "Would be refused"),
    "draining": ("warn", "Draining"),
    "live": ("ok", "Live"),
    "behind": ("busy", "Catching up"),
    "late": ("warn", "Late"),
    "standing": ("ok", "Standing"),
    "lift_asked": ("warn", "End asked for"),
    "lifted": ("off", "Lifted"),
    "failing": ("bad", "Failing"),
    "failed": ("bad", "Failed"),
    "unanswered": ("bad", "Open"),
    "acknowledged": ("busy", "Acknowledged"),
    "critical": ("bad", "Critical"),
    "high": ("bad", "High"),
    "medium": ("warn", "Medium"),
    "low": ("off", "Low"),
    "informational": ("off", "Informational"),
    "enabled": ("ok", "Watching"),
    "disabled": ("off", "Disabled"),
    "muted": ("warn", "Muted"),
    "broken": ("bad", "Cannot be read"),
    "failure": ("bad", "Failure"),
    "revoked": ("off", "Revoked"),
    "expired": ("off", "Expired"),
    "deactivated": ("off", "Deactivated"),
    "cancelled": ("off", "Cancelled"),
    "closed": ("off", "Closed"),
    "archived": ("off", "Archived"),
    "purged": ("off", "Erased"),
    "released": ("off", "Given back"),
    "removed": ("off", "Removed"),
    "armed": ("bad", "Armed"),
    "unarmed": ("ok", "Shut"),
}
# Of a rehearsal and its rows.
WOULD = {"succeeded": "rehearsed", "done": "would_change", "refused": "would_refuse"}
# Events whose name reads less well than what people say.
PHRASES = {
    "identity.session.started": "Signed in",
    "identity.session.ended": "Signed out",
    "identity.session.refused": "Sign-in refused",
    "identity.sessions.ended": "Signed out everywhere",
    "audit.request.refused": "Request refused",
}
ACTOR_ICONS = {"person": "user", "key": "key-round", "system": "cpu"}
PROBLEM_ICONS = {
    401: "lock",
    403: "shield-x",
    404: "compass",
    409: "git-compare",
    410: "archive",
    422: "pencil-line",
    429: "gauge",
    503: "unplug",
}


@register.simple_tag(takes_context=True)
def frame(context: Context) -> frames.Frame:
    """What surrounds every page: the tenant, the signed-in person, the sidebar, the chosen theme."""
    return frames.of(context["request"])


@register.simple_tag
def badge(state: str, *, is_rehearsal: bool = False) -> SafeString:
    """A state as a word with a dot; of a rehearsal, what would be. A state that has no word of its own yet is shown as it is."""
    shown = WOULD.get(str(state), str(state)) if is_rehearsal else str(state)
    tone, word = STATES.get(shown, ("off", sentence(shown)))
    return format_html('<span class="badge {}">{}</span>', tone, word)


@register.simple_tag
def severity(level: int) -> str:
    """How much an entry of the trail asks for a look, as a word."""
    return dict(forms.SEVERITIES).get(str(level), str(level))


@register.simple_tag
def moment(value: datetime | None, otherwise: str = "-") -> SafeString:
    """A moment as `<time>` in UTC, with its year unless it is the present one; the custom element around it shows the reader's own zone."""
    if value is None:
        return format_html("{}", otherwise)
    at = value.astimezone(UTC)
    year = "" if at.year == clock.now().year else f" {at.year}"
    return format_html(
        '<local-time><time datetime="{}" title="{} UTC">{}</time></local-time>',
        at.isoformat(timespec="seconds"),
        f"{at:%Y-%m-%d %H:%M:%S}",
        f"{at.day} {at:%b}{year}, {at:%H:%M}",
    )


@register.simple_tag
def actor_icon(entry: Any) -> str:
    """The icon of the sort of caller that an entry of the trail names."""
    return lucide(ACTOR_ICONS.get(str(entry.actor_kind), "circle-question-mark"), size=14)


@register.simple_tag
def problem_icon(problem: Problem) -> str:
    """The icon of a refusal, by its status."""
    return lucide(PROBLEM_ICONS.get(problem.status, "circle-alert"), size=20)


@register.simple_tag(takes_context=True)
def grantors(context: Context, problem: Problem) -> list[str]:
    """Names of up to three owners, for somebody signed in who lacks a permission; else none."""
    if "permission" not in problem.fields or getattr(context["request"], "actor", None) is None:
        return []
    owners = identity.people(status="active").filter(bindings__role__name=OWNER_ROLE).order_by("created_at")[:GRANTORS_SHOWN]
    return [owner.name or owner.email for owner in owners]


@register.simple_tag(takes_context=True)
def with_query(context: Context, **changes: str | None) -> str:
    """The present address with some parameters changed; None removes one."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


@register.filter
def initials(name: str) -> str:
    """One or two signs that stand for a name: `Dana Okafor` → `DO`."""
    words = [word for word in str(name or "").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


@register.filter
def words(action: str) -> str:
    """The name of an event as words: `identity.api_key.created` → `API key created`; what is no event's name stays."""
    if action in PHRASES:
        return PHRASES[action]
    parts = str(action).split(".")
    if len(parts) < 2 or not all(part.replace("_", "").isalnum() for part in parts):
        return str(action)
    return sentence("_".join(parts[-2:]))


@register.filter
def number(value: int) -> str:
    """A whole number with separators: `12,480`."""
    return f"{value:,}"


@register.filter
def json(document: Any) -> SafeString:
    """A document as indented JSON with its parts marked by classes; every value is escaped."""
    return format_html_join(
        "\n", "{}", ((_marked(line),) for line in json_text.dumps(document, indent=2, ensure_ascii=False).splitlines())
    )


@register.filter
def hex(value: Any) -> str:  # noqa: A001  (its name in templates)
    """Bytes as hexadecimal text; text stays as it is."""
    return bytes(value).hex() if isinstance(value, (bytes, memoryview)) else str(value)


def _marked(line: str) -> SafeString:
    indent = line[: len(line) - len(line.lstrip())]
    name, colon, value = line.strip().partition(": ")
    if not (colon and name.startswith('"')):
        return format_html("{}{}", indent, _value(line.strip()))
    return format_html('{}<span class="key">{}</span>: {}', indent, name, _value(value))


def _value(text: str) -> SafeString:
    if text[:1] in {"{", "}", "[", "]", ""}:
        return format_html("{}", text)
    bare, comma = text.rstrip(","), text[len(text.rstrip(",")) :]
    return format_html('<span class="{}">{}</span>{}', "text" if bare.startswith('"') else "value", bare, comma)
