"""Facts from a real name server."""

from kernel.tenancy import TenantRef
from tenants.domains import asking, records
from tests.conftest import Settings
from tests.nameserver import NameServer

HOST = "id.globex.com"


def test_everything_that_dns_says_is_gathered(globex: TenantRef, dns: NameServer) -> None:
    target = records.target(globex.id)
    dns.serve(
        f'_freehold-challenge.{HOST}. 0 IN TXT "in " "pieces"',
        f'_freehold-challenge.{HOST}. 0 IN TXT "another"',
        f"{HOST}. 0 IN CNAME {target.upper()}.",
        f"{target}. 0 IN A 192.0.2.1",
        f"{target}. 0 IN AAAA 2001:db8::1",
        'globex.com. 0 IN CAA 0 issue "letsencrypt.org; accounturi=https://example.net/1"',
        'globex.com. 0 IN CAA 0 iodef "mailto:security@globex.com"',
    )

    facts = asking.ask(HOST, target=target)

    assert sorted(facts.texts or ()) == ["another", "in pieces"]
    assert facts.aliases == (target,)
    assert facts.addresses == facts.edge == {"192.0.2.1", "2001:db8::1"}
    assert set(facts.authorities or ()) == {"letsencrypt.org"}
    assert facts.is_complete


def test_what_is_not_there_is_an_answer(globex: TenantRef, dns: NameServer) -> None:
    facts = asking.ask(HOST, target=records.target(globex.id))

    assert facts == asking.Facts(texts=(), is_complete=True)


def test_a_proof_behind_a_cname_is_found(globex: TenantRef, dns: NameServer) -> None:
    dns.serve(f"_freehold-challenge.{HOST}. 0 IN CNAME proofs.example.net.", 'proofs.example.net. 0 IN TXT "far"')

    assert asking.ask(HOST, target=records.target(globex.id)).texts == ("far",)


def test_caa_records_that_say_nothing_of_issuing_leave_it_free_and_the_nearest_ones_count(
    globex: TenantRef, dns: NameServer
) -> None:
    dns.serve('globex.com. 0 IN CAA 0 issue ";"', f'{HOST}. 0 IN CAA 0 iodef "mailto:security@globex.com"')

    assert asking.ask(HOST, target=records.target(globex.id)).authorities is None
    assert set(asking.ask("www.globex.com", target=records.target(globex.id)).authorities or ()) == {""}


def test_a_server_that_does_not_answer_is_no_answer(globex: TenantRef, outage: None) -> None:
    assert asking.ask(HOST, target=records.target(globex.id)) == asking.Facts(texts=None)


def test_a_server_that_fails_is_no_answer(globex: TenantRef, dns: NameServer) -> None:
    """Lame delegations and broken signatures come as SERVFAIL: nobody has said that the record is not there."""
    assert asking.ask("id.broken.test", target=records.target(globex.id)) == asking.Facts(texts=None)


def test_the_edges_own_addresses_are_taken_where_they_are_named(globex: TenantRef, settings: Settings, dns: NameServer) -> None:
    settings.EDGE_ADDRESSES = ("192.0.2.9",)

    assert asking.ask(HOST, target=records.target(globex.id)).edge == {"192.0.2.9"}
