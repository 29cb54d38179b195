"""What facts from DNS mean."""

import pytest

from tenants.domains.asking import Facts
from tenants.domains.judging import Look, Proof, judge

HOST, TARGET, PROOF = "id.globex.com", "01abc.edge.tenants.net", "a" * 40
EDGE = frozenset({"192.0.2.1", "2001:db8::1"})


def judged(
    *,
    texts: tuple[str, ...] | None = (PROOF,),
    aliases: tuple[str, ...] = (),
    addresses: tuple[str, ...] = (),
    edge: frozenset[str] = EDGE,
    authorities: frozenset[str] | None = None,
    is_complete: bool = True,
) -> Look:
    facts = Facts(texts, aliases, frozenset(addresses), edge, authorities, is_complete)
    return judge(facts, host=HOST, challenge=PROOF, target=TARGET, authorities=("letsencrypt.org",))


def codes(look: Look) -> list[str]:
    return [finding.code for finding in look.findings]


def test_the_right_record_and_the_right_way_leave_nothing_to_say() -> None:
    look = judged(aliases=(TARGET,), addresses=("198.51.100.7",))

    assert (look.proof, codes(look)) == (Proof.GIVEN, [])


@pytest.mark.parametrize(
    ("texts", "code"),
    [((), "txt-missing"), (("b" * 40,), "txt-wrong"), ((PROOF.upper(),), "txt-wrong"), ((PROOF[:-1],), "txt-wrong")],
)
def test_without_the_right_record_there_is_no_proof(texts: tuple[str, ...], code: str) -> None:
    look = judged(texts=texts, aliases=(TARGET,))

    assert (look.proof, codes(look)) == (Proof.MISSING, [code])


def test_the_right_record_among_others_is_proof() -> None:
    assert judged(texts=("v=spf1 -all", PROOF), aliases=(TARGET,)).proof is Proof.GIVEN


def test_a_name_server_that_does_not_answer_proves_nothing_either_way() -> None:
    look = judged(texts=None, is_complete=False)

    assert (look.proof, codes(look)) == (Proof.UNKNOWN, ["dns-unavailable"])


def test_the_proof_stands_where_the_rest_could_not_be_asked() -> None:
    look = judged(is_complete=False)

    assert (look.proof, codes(look)) == (Proof.GIVEN, ["dns-unavailable"])


@pytest.mark.parametrize(
    ("aliases", "addresses", "found"),
    [
        ((), (), ["cname-missing"]),
        (("other.example.net",), (), ["points-elsewhere"]),
        (("other.example.net",), ("198.51.100.7",), ["points-elsewhere"]),
        (("cdn.example.net",), ("192.0.2.1",), []),
        ((TARGET, "other.example.net"), ("192.0.2.1",), ["several-cname"]),
        ((), ("192.0.2.1",), []),
        ((), ("192.0.2.1", "2001:db8::1"), []),
        ((), ("198.51.100.7",), ["points-elsewhere"]),
        ((), ("192.0.2.1", "198.51.100.7"), ["several-a"]),
        ((), ("192.0.2.1", "2001:db8::99"), ["aaaa-elsewhere"]),
        ((), ("198.51.100.7", "2001:db8::99"), ["aaaa-elsewhere", "points-elsewhere"]),
    ],
)
def test_a_way_that_leads_elsewhere_is_told_and_is_no_lack_of_proof(
    aliases: tuple[str, ...], addresses: tuple[str, ...], found: list[str]
) -> None:
    look = judged(aliases=aliases, addresses=addresses)

    assert (look.proof, codes(look)) == (Proof.GIVEN, found)


@pytest.mark.parametrize(
    ("authorities", "found"),
    [
        (None, []),
        (frozenset({"letsencrypt.org", "other.example"}), []),
        (frozenset({"other.example"}), ["caa-forbids"]),
        (frozenset({""}), ["caa-forbids"]),
    ],
)
def test_caa_records_that_forbid_our_authorities_are_told(authorities: frozenset[str] | None, found: list[str]) -> None:
    assert codes(judged(aliases=(TARGET,), authorities=authorities)) == found
