"""RFC 9421, appendix B.2 to B.4, and RFC 9530, appendix B: the bases that we build are those that were signed there, byte for byte.

The signatures are the RFC's own, over a hash of the base: had our base one other byte, none of them would fit.
"""

import base64
import hashlib
import hmac

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from identity.request_signing import base, digests, proofs
from identity.request_signing.faults import Unacceptable

DATE = ('"date"', "Tue, 20 Apr 2021 02:07:55 GMT")
METHOD = ('"@method"', "POST")
PATH = ('"@path"', base.path("/foo", told=""))
QUERY = ('"@query"', base.query("param=Value&Pet=dog"))
AUTHORITY = ('"@authority"', base.authority("EXAMPLE.com:443", scheme="https"))
CONTENT_TYPE = ('"content-type"', "application/json")
LENGTH = ('"content-length"', "18")
DIGEST = (
    '"content-digest"',
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
)
BODY = b'{"hello": "world"}'

RSA_PSS = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB
-----END PUBLIC KEY-----
"""
ECC_P256 = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END PUBLIC KEY-----
"""
ED25519 = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
"""
SHARED_SECRET = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
CLIENT_CERT = (
    ":MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQncyBBdXRoZW50aWNhdGUxGzAZBgNVBAMMEkxBIEludGVybWVkaWF0ZSBDQTAeFw0yMDAx"
    "MTQyMjU1MzNaFw0yMTAxMjMyMjU1MzNaMA0xCzAJBgNVBAMMAkJDMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8YnXXfaUgmnMtOXU/IncWalRhebrXmckC8vdgJ1p"
    "5Be5F/3YC8OthxM4+k1M6aEAEFcGzkJiNy6J84y7uzo9M6NyMHAwCQYDVR0TBAIwADAfBgNVHSMEGDAWgBRm3WjLa38lbEYCuiCPct0ZaSED2DAOBgNVHQ8BAf8EBAMC"
    "BsAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0RAQH/BBMwEYEPYmRjQGV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIBHda/r1vaL6G3VliL4/Di6YK0Q6bMje"
    "SkC3dFCOOB8TAiEAx/kHSB4urmiZ0NX5r5XarmPk0wmuydBVoU4hBVZ1yhk=:"
)
RSA_VECTORS = {
    "B.2.1": (
        (),
        '();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"',
        "d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5WSb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q==",
    ),
    "B.2.2": (
        (AUTHORITY, DIGEST, ('"@query-param";name="Pet"', "dog")),
        '("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;keyid="test-key-rsa-pss";tag="header-example"',
        "LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQEdJzgI9qHxICagShLRiLMlAJjtq6N4CDfKtjvuJyE5qH7KT8UCMkSowOB4+ECxCmT8rtAmj/0PIXxi0A0nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1rLEuEfY17SARYhpTlaqwZVtR8NV7+4UKkjqpcAoFqWFQh62s7Cl+H2fjBSpqfZUJcsIk4N6wiKYd4je2U/lankenQ99PZfB4jY3I5rSV2DSBVkSFsURIjYErOs0tFTQosMTAoxk//0RoKUqiYY8Bh0aaUEb0rQl3/XaVe4bXTugEjHSw==",
    ),
    "B.2.3": (
        (DATE, METHOD, PATH, QUERY, AUTHORITY, CONTENT_TYPE, DIGEST, LENGTH),
        '("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss"',
        "bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768ZrCUb38K0fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIztsDZKEgM4cUA==",
    ),
}


def _pair(raw: bytes) -> bytes:
    """The signature of an elliptic key as the package reads it, from the 64 bytes of the RFC."""
    return utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


@pytest.mark.parametrize("section", sorted(RSA_VECTORS))
def test_the_base_is_what_the_rfcs_rsa_key_signed(section: str) -> None:
    components, parameters, signature = RSA_VECTORS[section]
    key = load_pem_public_key(RSA_PSS.encode())
    assert isinstance(key, rsa.RSAPublicKey)

    signed = base.of(components, parameters=parameters)

    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)
    key.verify(base64.b64decode(signature), signed, pss, hashes.SHA512())
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signature), signed + b" ", pss, hashes.SHA512())


def test_the_base_of_a_response_is_what_the_rfcs_elliptic_key_signed_b24() -> None:
    key = load_pem_public_key(ECC_P256.encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    digest = "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:"

    signed = base.of(
        (('"@status"', "200"), CONTENT_TYPE, ('"content-digest"', digest), ('"content-length"', "23")),
        parameters='("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256"',
    )

    raw = base64.b64decode("wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==")
    key.verify(_pair(raw), signed, ec.ECDSA(hashes.SHA256()))
    digests.require_match(digest, body=b'{"message": "good dog"}\n'[:-1])


def test_hmac_sha256_signs_as_in_b25() -> None:
    signed = base.of(
        (DATE, AUTHORITY, CONTENT_TYPE),
        parameters='("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
    )

    signature, secret = base64.b64decode("pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8="), base64.b64decode(SHARED_SECRET)

    assert hmac.digest(secret, signed, "sha256") == signature
    assert proofs.is_by_secret(signature, signed=signed, secret=secret)
    assert not proofs.is_by_secret(signature, signed=signed + b" ", secret=secret)
    assert not proofs.is_by_secret(signature[:-1], signed=signed, secret=secret)


def test_ed25519_signs_as_in_b26() -> None:
    key = load_pem_private_key(ED25519.encode(), None)
    assert isinstance(key, ed25519.Ed25519PrivateKey)
    signed = base.of(
        (DATE, METHOD, PATH, AUTHORITY, CONTENT_TYPE, LENGTH),
        parameters='("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
    )

    signature = base64.b64decode("wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==")
    public_key = key.public_key().public_bytes_raw()

    assert key.sign(signed) == signature
    assert proofs.is_by_public_key(signature, signed=signed, public_key=public_key)
    assert not proofs.is_by_public_key(signature, signed=signed + b" ", public_key=public_key)
    assert not proofs.is_by_public_key(signature[:-1], signed=signed, public_key=public_key)


def test_the_base_of_a_proxy_is_what_the_rfcs_elliptic_key_signed_b3() -> None:
    key = load_pem_public_key(ECC_P256.encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)

    signed = base.of(
        (
            PATH,
            QUERY,
            METHOD,
            ('"@authority"', base.authority("Service.internal.example", scheme="https")),
            ('"client-cert"', CLIENT_CERT),
        ),
        parameters='("@path" "@query" "@method" "@authority" "client-cert");created=1618884473;keyid="test-key-ecc-p256"',
    )

    raw = base64.b64decode("xVMHVpawaAC/0SbHrKRs9i8I3eOs5RtTMGCWXm/9nvZzoHsIg6Mce9315T6xoklyy0yzhD9ah4JHRwMLOgmizw==")
    key.verify(_pair(raw), signed, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(_pair(raw), signed.replace(b"Pet", b"pet"), ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("method", "host", "accept", "is_right"),
    [
        ("GET", "example.org", "application/json, */*", True),
        ("GET", "EXAMPLE.org:443", "application/json, */*", True),
        ("POST", "example.com", "application/json, */*", False),
        ("GET", "example.org", "*/*, application/json", False),
    ],
)
def test_what_intermediaries_may_change_leaves_the_base_of_b4_as_it_was(
    method: str, host: str, accept: str, *, is_right: bool
) -> None:
    key = load_pem_private_key(ED25519.encode(), None)
    assert isinstance(key, ed25519.Ed25519PrivateKey)
    signature = base64.b64decode("ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3NDA==")
    named = (
        ('"@method"', method),
        ('"@path"', base.path("/demo", told="")),
        ('"@authority"', base.authority(host, scheme="https")),
    )

    signed = base.of(
        (*named, ('"accept"', accept)),
        parameters='("@method" "@path" "@authority" "accept");created=1618884473;keyid="test-key-ed25519"',
    )

    assert proofs.is_by_public_key(signature, signed=signed, public_key=key.public_key().public_bytes_raw()) is is_right


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:", b'{"hello": "world"}\n'),
        ("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:", b""),
        (DIGEST[1], BODY),
        (
            "sha-256=:d435Qo+nKZ+gLcUHn7GQtQ72hiBVAgqoLsZnZPiTGPk=:, sha-512=:db7fdBbgZMgX1Wb2MjA8zZj+rSNgfmDCEEXM8qLWfpfoNY0sCpHAzZbj09X1/7HAb7Od5Qfto4QpuBsFbUO3dQ==:",
            bytes.fromhex("0b09807b2268656c6c6f223a2022776f726c64227d0a03"),
        ),
    ],
)
def test_the_digests_of_rfc_9530_fit_their_bodies_and_no_others(header: str, body: bytes) -> None:
    digests.require_match(header, body=body)

    with pytest.raises(Unacceptable):
        digests.require_match(header, body=body + b"\n")


def test_every_digest_that_is_given_must_fit() -> None:
    right = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
    wrong = base64.b64encode(hashlib.sha512(b"").digest()).decode()

    with pytest.raises(Unacceptable):
        digests.require_match(f"sha-256=:{right}:, sha-512=:{wrong}:", body=BODY)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:, sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
        "md5=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
        "SHA-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
        "sha-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=",
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:;a=1",
        "sha-512=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
        "sha-256=::",
        "x" * 100_000,
    ],
)
def test_digests_in_any_other_form_are_refused(header: str) -> None:
    with pytest.raises(Unacceptable):
        digests.require_match(header, body=b'{"hello": "world"}\n')


@pytest.mark.parametrize(
    ("host", "scheme", "wanted"),
    [
        ("Acme.Example.COM", "https", "acme.example.com"),
        ("acme.example.com:443", "https", "acme.example.com"),
        ("acme.example.com:80", "http", "acme.example.com"),
        ("acme.example.com:443", "http", "acme.example.com:443"),
        ("acme.localhost:8000", "http", "acme.localhost:8000"),
        ("acme.example.com:4430", "https", "acme.example.com:4430"),
    ],
)
def test_the_authority_is_in_small_letters_and_without_the_usual_port(host: str, scheme: str, wanted: str) -> None:
    assert base.authority(host, scheme=scheme) == wanted


@pytest.mark.parametrize(
    ("resolved", "wanted"),
    [("", "/"), ("/v1/me", "/v1/me"), ("/a b", "/a%20b"), ("/ü", "/%C3%BC"), ("/a%2Fb", "/a%252Fb"), ("/a?b#c", "/a%3Fb%23c")],
)
def test_a_path_of_which_nothing_is_told_has_one_spelling(resolved: str, wanted: str) -> None:
    assert base.path(resolved, told="") == wanted


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("/a%2fb", "/a%2fb"),
        ("/a%2Fb?q=/a/b", "/a%2Fb"),
        ("/%61/b", "/%61/b"),
        ("/a/c", "/a/b"),
        ("/a%252Fb", "/a/b"),
        ("//a/b", "/a/b"),
        ("?/a/b", "/a/b"),
        ("https://acme.example.com/a/b", "/a/b"),
    ],
)
def test_a_path_is_spelt_as_told_if_that_is_a_spelling_of_it(told: str, wanted: str) -> None:
    assert base.path("/a/b", told=told) == wanted


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "ü"])
def test_no_component_can_make_a_line_of_its_own(value: str) -> None:
    with pytest.raises(ValueError, match=r"line|ascii"):
        base.of((('"x"', value),), parameters="()")
