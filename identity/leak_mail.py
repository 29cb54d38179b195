"""Mails about an API key that was found outside: to whoever owns it and to the owners of the tenant. They hold nothing of the key but what lists show."""

from uuid import UUID

from identity import lifecycle, mailing
from identity.models import ApiKey, User
from kernel import mail, tenancy
from kernel.tasks import enqueue


def announce(key: ApiKey) -> None:
    """Ask that everybody who should know of a leaked key be told after the transaction; nothing is asked without a mail server."""
    if not mailing.is_possible():
        return
    for person_id in to_tell(key):
        enqueue("identity.mail_about_leaked_key", key_id=str(key.id), person_id=str(person_id))


def to_tell(key: ApiKey) -> list[UUID]:
    """The ids of the person whose key it is and of the tenant's owners, each once."""
    owners = lifecycle.lasting_owners().values_list("id", flat=True)
    return list(dict.fromkeys([*([key.owner_id] if key.owner_id else []), *owners]))


def send(key_id: UUID, *, person_id: UUID) -> None:
    """Tell one person that a key was found and revoked. Raises ApiKey.DoesNotExist, User.DoesNotExist, MailRefused, Unavailable."""
    person = User.objects.get(id=person_id)
    key = ApiKey.objects.select_related("owner", "service_account").get(id=key_id)
    here = tenancy.current()
    text = (
        f"Hello {person.name},\n\n"
        f"somebody found the API key “{key.name}” ({key.display}) of {here.name} where others could read it, and reported it.\n"
        f"It belongs to {key.holder.name}. We revoked it at once: no call with it is answered any more.\n\n"
        "What to do now\n"
        f"- Look at what was done with it: {mailing.address(f'/api-keys/{key.public_id}')}\n"
        "- Make a new key for the program that used it, and keep it in a secret store.\n"
        "- Remove the old one from where it was found.\n"
    )
    mail.send(person.email, subject=f"An API key of {here.name} leaked and was revoked", text=text)
