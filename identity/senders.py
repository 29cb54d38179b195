"""Who sent a link, an invitation or one to choose another password, and how far it reaches: they may know it, so it opens no more than they may do."""

from identity import access, grants
from identity.models import ApiKey, ServiceAccount, User
from kernel import ids


def may_open(user: User, *, sent_by: str) -> bool:
    """Whether a link to a person's access still opens it, whatever they or its sender were given or lost since.

    `sent_by` is the shown id of whoever sent it; what the product or somebody of the operator sent opens everything.
    """
    sender = _holder(sent_by)
    return sender is None or not grants.uncovered(access.grants_of(user), by=[access.grants_of(sender)])


def _holder(sent_by: str) -> User | ServiceAccount | None:
    """Who stands behind the id of a person or a key; None for the product, and for people of another tenant."""
    if sent_by.startswith("usr_"):
        return User.objects.filter(id=ids.parse("usr", sent_by)).first()
    if not sent_by.startswith("key_"):
        return None
    key = ApiKey.objects.select_related("owner", "service_account").filter(id=ids.parse("key", sent_by)).first()
    return None if key is None else key.holder
