"""The tree: the vectors of RFC 6962 and of others who build such logs, and properties that hold for every size."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle
from audit.merkle import EMPTY_ROOT, Frontier, Node

VECTORS = json.loads((Path(__file__).parent / "data" / "merkle.json").read_text())
"""Facts from the test data of transparency-dev/merkle (Apache-2.0), see `source` in the file."""
RFC_INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
RFC_ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
MOST = 64
LEAVES = [hashlib.sha256(b"\0" + str(number).encode()).digest() for number in range(300)]


def plain_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word: slow, and obviously right."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + plain_root(leaves[:split]) + plain_root(leaves[split:])).digest()


def read(node: Node) -> bytes:
    width = 1 << node.height
    return plain_root(LEAVES[node.position * width : (node.position + 1) * width])


def flipped(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value) ^ (1 << bit)).to_bytes(len(value))


def test_the_vectors_of_the_rfc() -> None:
    leaves = [hashlib.sha256(b"\0" + bytes.fromhex(text)).digest() for text in RFC_INPUTS]

    found = [merkle.root_of(leaves[:size]).hex() for size in range(len(leaves) + 1)]

    assert tuple(found) == RFC_ROOTS


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=lambda case: case["file"])
def test_inclusion_vectors(case: dict[str, Any]) -> None:
    proof = [bytes.fromhex(text) for text in case["proof"]]

    found = merkle.verify_inclusion(
        bytes.fromhex(case["leafHash"]),
        index=case["leafIdx"],
        size=case["treeSize"],
        root=bytes.fromhex(case["root"]),
        proof=proof,
    )

    assert found is not case["wantErr"]


@pytest.mark.parametrize("case", VECTORS["consistency"], ids=lambda case: case["file"])
def test_consistency_vectors(case: dict[str, Any]) -> None:
    proof = [bytes.fromhex(text) for text in case["proof"]]

    found = merkle.verify_consistency(
        case["size1"],
        case["size2"],
        first_root=bytes.fromhex(case["root1"]),
        second_root=bytes.fromhex(case["root2"]),
        proof=proof,
    )

    assert found is not case["wantErr"]


def test_there_are_as_many_vectors_as_were_published() -> None:
    assert (len(VECTORS["inclusion"]), len(VECTORS["consistency"])) == (98, 98)


def test_a_frontier_has_the_root_of_the_whole_tree_at_every_size() -> None:
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT

    for size, leaf in enumerate(LEAVES, start=1):
        frontier.append(leaf)

        assert frontier.root() == plain_root(LEAVES[:size])
        assert len(bytes(frontier)) == 32 * size.bit_count()


@given(st.integers(0, 6), st.lists(st.booleans(), max_size=5), st.integers(0, 64))
def test_trees_of_one_width_join_to_the_tree_of_all_their_leaves(height: int, whole: list[bool], rest: int) -> None:
    width = 1 << height
    sizes = [*(width for _ in whole), min(rest, width)]
    all_of_them, joined, complete = Frontier(), Frontier(), 0

    for size in sizes:
        leaves = (LEAVES * 2)[joined.size : joined.size + size]
        part = Frontier()
        complete += len(part.extend(leaves))
        complete += len(joined.join(part))
        complete -= len(all_of_them.extend(leaves))

        assert (joined.size, bytes(joined), joined.root()) == (all_of_them.size, bytes(all_of_them), all_of_them.root())
    assert complete == 0


def test_subtrees_that_become_complete_by_joining_are_told() -> None:
    leaves = [hashlib.sha256(bytes([number % 251])).digest() for number in range(512)]
    whole, joined, half = Frontier(), Frontier(), Frontier()
    half.extend(leaves[:128])

    told = [*joined.join(half), *joined.join(half)]

    assert told == whole.extend([*leaves[:128], *leaves[:128]])
    assert [(one.level, one.position) for one in told] == [(1, 0)]


@pytest.mark.parametrize(("size", "other"), [(1, 2), (2, 3), (4, 5), (6, 4)])
def test_a_tree_that_is_no_subtree_there_is_refused(size: int, other: int) -> None:
    tree, more = Frontier(), Frontier()
    tree.extend(LEAVES[:size])
    more.extend(LEAVES[:other])
    before = bytes(tree)

    with pytest.raises(ValueError, match="no subtree"):
        tree.join(more)

    assert bytes(tree) == before


@given(st.lists(st.integers(0, 60), max_size=8))
def test_a_frontier_goes_on_from_its_bytes_in_steps_of_any_width(steps: list[int]) -> None:
    size, raw = 0, b""

    for step in steps:
        frontier = Frontier(size, raw)
        frontier.extend(LEAVES[size : size + step])
        size, raw = frontier.size, bytes(frontier)

    assert Frontier(size, raw).root() == plain_root(LEAVES[:size])


def test_a_frontier_that_does_not_fit_its_size_is_refused() -> None:
    with pytest.raises(ValueError, match="a tree of 3 leaves has a frontier of 64 bytes, not 32"):
        Frontier(3, bytes(32))


def test_complete_tiles_are_told_of_once_in_order() -> None:
    leaves = [hashlib.sha256(number.to_bytes(4)).digest() for number in range(65_536 + 300)]
    frontier = Frontier()

    done = frontier.extend(leaves[:1000]) + frontier.extend(leaves[1000:])

    assert [(found.level, found.position) for found in done[:256]] == [(1, number) for number in range(256)]
    assert [(found.level, found.position) for found in done[256:]] == [(2, 0), (1, 256)]
    assert done[3].hash == merkle.root_of(leaves[768:1024])
    assert done[256].hash == merkle.root_of(leaves[:65_536]) == merkle.root_of([found.hash for found in done[:256]])


def inclusions() -> Iterator[tuple[int, int]]:
    return ((index, size) for size in range(1, MOST) for index in range(size))


def test_every_inclusion_proof_verifies_and_nothing_else_does() -> None:
    for index, size in inclusions():
        proof, root = merkle.inclusion_proof(index, size=size, read=read), plain_root(LEAVES[:size])
        facts: dict[str, Any] = {"index": index, "size": size, "root": root, "proof": proof}

        assert merkle.verify_inclusion(LEAVES[index], **facts)
        bit = (index * 31 + size) % 256
        for place, sibling in enumerate(proof):
            changed = [*proof[:place], flipped(sibling, bit), *proof[place + 1 :]]
            assert not merkle.verify_inclusion(LEAVES[index], **facts | {"proof": changed})
            assert not merkle.verify_inclusion(LEAVES[index], **facts | {"proof": [*proof[:place], *proof[place + 1 :]]})
        assert not merkle.verify_inclusion(flipped(LEAVES[index], bit), **facts)
        assert not merkle.verify_inclusion(LEAVES[index], **facts | {"root": flipped(root, bit)})
        assert not merkle.verify_inclusion(LEAVES[index], **facts | {"proof": [*proof, root]})
        assert not merkle.verify_inclusion(LEAVES[index + 1], **facts)


def test_a_proof_shows_one_place_only() -> None:
    for index, size in inclusions():
        proof, root = merkle.inclusion_proof(index, size=size, read=read), plain_root(LEAVES[:size])

        shown = [
            place
            for place in range(-1, size + 1)
            if merkle.verify_inclusion(LEAVES[index], index=place, size=size, root=root, proof=proof)
        ]

        assert shown == [index]


def test_every_consistency_proof_verifies_and_nothing_else_does() -> None:
    for second in range(1, MOST):
        for first in range(1, second + 1):
            proof = merkle.consistency_proof(first, second, read=read)
            facts: dict[str, Any] = {
                "first_root": plain_root(LEAVES[:first]),
                "second_root": plain_root(LEAVES[:second]),
                "proof": proof,
            }

            assert merkle.verify_consistency(first, second, **facts)
            bit = (first * 31 + second) % 256
            for place, node in enumerate(proof):
                changed = [*proof[:place], flipped(node, bit), *proof[place + 1 :]]
                assert not merkle.verify_consistency(first, second, **facts | {"proof": changed})
                assert not merkle.verify_consistency(first, second, **facts | {"proof": [*proof[:place], *proof[place + 1 :]]})
            for name in ("first_root", "second_root"):
                assert not merkle.verify_consistency(first, second, **facts | {name: flipped(facts[name], bit)})
            assert not merkle.verify_consistency(first, second, **facts | {"proof": [*proof, bytes(32)]})


@pytest.mark.parametrize(("index", "size"), [(0, 1), (4, 7), (20, 41)])
def test_every_single_bit_of_an_inclusion_proof_counts(index: int, size: int) -> None:
    proof, root = merkle.inclusion_proof(index, size=size, read=read), plain_root(LEAVES[:size])
    whole = b"".join([LEAVES[index], root, *proof])

    for bit in range(len(whole) * 8):
        changed = flipped(whole, bit)
        leaf, other, rest = changed[:32], changed[32:64], changed[64:]
        hashes = [rest[start : start + 32] for start in range(0, len(rest), 32)]
        assert not merkle.verify_inclusion(leaf, index=index, size=size, root=other, proof=hashes)


@pytest.mark.parametrize(("first", "second"), [(1, 2), (6, 8), (23, 41)])
def test_every_single_bit_of_a_consistency_proof_counts(first: int, second: int) -> None:
    proof = merkle.consistency_proof(first, second, read=read)
    whole = b"".join([plain_root(LEAVES[:first]), plain_root(LEAVES[:second]), *proof])

    for bit in range(len(whole) * 8):
        changed = flipped(whole, bit)
        rest = changed[64:]
        hashes = [rest[start : start + 32] for start in range(0, len(rest), 32)]
        assert not merkle.verify_consistency(first, second, first_root=changed[:32], second_root=changed[32:64], proof=hashes)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_a_leaf_that_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        merkle.inclusion_proof(index, size=size, read=read)


@pytest.mark.parametrize(("first", "second"), [(0, 5), (6, 5), (-1, 5)])
def test_sizes_in_the_wrong_order_have_no_proof(first: int, second: int) -> None:
    with pytest.raises(ValueError, match="there is no proof"):
        merkle.consistency_proof(first, second, read=read)


@given(st.integers(1, 2**48), st.data())
def test_a_proof_of_a_very_long_log_is_short(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))

    ranges = merkle.inclusion_ranges(index, size=size)

    assert len(ranges) * 32 <= 2048
    assert sum(end - begin for begin, end in ranges) == size - 1
    for wanted in ranges:
        assert next(node.position << node.height for node in merkle.cover(wanted)) == wanted[0]
        assert sum(1 << node.height for node in merkle.cover(wanted)) == wanted[1] - wanted[0]
