"""The trail: append-only entries, chained per tenant; search, proof of integrity. Also the outbox that webhooks will read.

An entry is the canonical text of what happened, written in the transaction of the change and sealed into the chain right after it.
"""
