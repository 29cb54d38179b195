"""Moving a living tenant from one cell to another, by logical replication of its schema alone.

`ability` says what hinders it, `copying` brings the rows over and keeps them up to date, `walls` stop the writers for the moment of the change,
`sequences` and `comparing` make the two sides alike and prove it, `meeting` is what requests do that run into a wall. Who does what in which
order stands in `actions.relocation`.
"""
