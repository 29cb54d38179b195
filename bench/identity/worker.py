"""The process that is measured: `python -m bench.identity.worker`. It reads one JSON order per line and answers each with one line.

It runs in the scratch installation that FREEHOLD_VAR names, so that Freehold's own code works there as it does in a web process.
"""

import django

django.setup()

from bench.answering import answer_orders  # noqa: E402  (Django must be ready)
from bench.identity import checking, preparing, revoking  # noqa: E402

if __name__ == "__main__":
    answer_orders(
        {
            "prepare": preparing.prepare,
            "keys": checking.check_keys,
            "signatures": checking.check_signatures,
            "grants": checking.check_grants,
            "policies": checking.check_policies,
            "revoke": revoking.revoke,
        }
    )
