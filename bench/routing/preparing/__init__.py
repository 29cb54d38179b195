"""What each peer does before it is measured: tables, tenants and their rows by its own means.

Every function takes the number of tenants and gives one target per tenant: its host, the headers of a request that needs an actor, and the
text that an answer with a row must hold.
"""
