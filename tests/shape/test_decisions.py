"""Who may do what is decided in one place: `Actor.require` and `Actor.may` ask it for every door, and nothing else compares permissions."""

import ast

from tests.shape import source
from tests.shape.source import PRODUCT

COMPARES = {
    "identity/access/simulation.py": "names the pattern of a role that says yes; what is answered is the decision of every door",
    "identity/support.py": "whether a supporter's roles still let them; the policies were asked when the visit began",
    "identity/queries/access.py": "lists roles by what they allow; nobody is let in by it",
    "kernel/actors.py": "the place itself",
}
"""Where `allows` is called."""
HALF_WAY = {"identity/access/decide.py", "kernel/actors.py"}
"""Where the grants are asked without the policies: the decision itself."""
WITHOUT_FACTS = {
    "audit/actions/recording.py": "nobody in particular, who may nothing",
    "audit/ingest/composing.py": "tells of whoever acted in the customer's product; it asks for nothing",
    "identity/access/simulation.py": "nobody: the facts that are supposed go beside it",
    "identity/bulk/askers.py": "a run goes on for whoever began it: the policies were asked then",
}
"""Where an actor is made that carries nothing for policies to ask about."""


def _calls(name: str) -> dict[str, list[ast.Call]]:
    """The calls of a function or method by its last name, by file."""
    found: dict[str, list[ast.Call]] = {}
    for path in source.python(*PRODUCT):
        for node in ast.walk(source.tree(path)):
            if isinstance(node, ast.Call) and source.dotted(node.func).rpartition(".")[2] == name:
                found.setdefault(str(path), []).append(node)
    return found


def test_permissions_are_compared_in_one_place() -> None:
    assert set(_calls("allows")) == set(COMPARES)


def test_grants_alone_decide_nothing() -> None:
    assert set(_calls("is_granted")) == HALF_WAY


def test_whoever_comes_by_a_request_carries_what_policies_ask_about() -> None:
    bare = {
        path for path, calls in _calls("Actor").items() if any("facts" not in {one.arg for one in call.keywords} for call in calls)
    }

    assert bare == set(WITHOUT_FACTS)
