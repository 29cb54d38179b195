"""Writing one's own profile."""

from audit import actions as audit
from identity import events, inputs, profiles, queries
from identity.models import User
from identity.problems import ProfileNeedsPerson
from kernel import problems, tenancy
from kernel.actors import Actor


@tenancy.atomic
def change_profile(
    *,
    name: str | None = None,
    locale: str | None = None,
    timezone: str | None = None,
    expected_version: int | None = None,
    actor: Actor,
) -> User:
    """Change what a signed-in person says of themself: name, language, time zone; None leaves as it is, and an empty text is the tenant's.

    Idempotent: what is so already is not recorded. Raises ProfileNeedsPerson, InputInvalid, PreconditionFailed.
    """
    called = None if name is None else inputs.name(name)
    language = None if locale is None else profiles.locale(locale)
    zone = None if timezone is None else profiles.timezone(timezone)
    user = _own(actor)
    problems.require_version(user, expected=expected_version)
    before = (user.name, user.locale, user.timezone)
    user.name = user.name if called is None else called
    user.locale = user.locale if language is None else language
    user.timezone = user.timezone if zone is None else zone
    if before != (user.name, user.locale, user.timezone):
        user.version += 1
        user.save(update_fields=["name", "locale", "timezone", "version"])
        audit.record(_changed(user, before=before), actor=actor)
    return queries.person(user.id)


def _own(actor: Actor) -> User:
    """The locked person who asks; a key, which may belong to a program that others run, is not one."""
    own = queries.person_of(actor)
    if own is None or own.public_id != actor.id or actor.on_behalf_of:
        raise ProfileNeedsPerson("Sign in as the person whose profile it is.")
    return queries.person_for_update(own.id)


def _changed(user: User, *, before: tuple[str, str, str]) -> events.ProfileChanged:
    return events.ProfileChanged(
        subject=user.public_id,
        subject_label=user.email,
        old_name=before[0],
        new_name=user.name,
        old_locale=before[1],
        new_locale=user.locale,
        old_timezone=before[2],
        new_timezone=user.timezone,
    )
