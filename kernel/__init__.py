"""What every app needs and no app owns.

Here belong the actor, the clock, ids, problems, events, sealing, tenancy, tasks and the manners of HTTP. Never a table, never an import of
an app, never a module that is not in the list of `docs/architecture.md`: the import contract keeps the list closed.
"""
