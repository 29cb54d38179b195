"""A look at DNS for one host or for many at once. Touches no database, so that threads may share the work."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings

from tenants.domains import asking, records
from tenants.domains.judging import Look, judge
from tenants.models import Domain

AT_ONCE = 8


def look(domain: Domain) -> Look:
    """What DNS says about a domain now; takes up to 8 s where name servers do not answer."""
    target = records.target(domain.tenant_id)
    facts = asking.ask(domain.host, target=target)
    challenge = records.challenge(domain.tenant_id, host=domain.host)
    return judge(facts, host=domain.host, challenge=challenge, target=target, authorities=settings.CERTIFICATE_AUTHORITIES)


def look_at_all(domains: Sequence[Domain]) -> list[Look]:
    """The same for many, eight at once, in their order."""
    if not domains:
        return []
    with ThreadPoolExecutor(max_workers=min(AT_ONCE, len(domains)), thread_name_prefix="dns") as threads:
        return list(threads.map(look, domains))
