"""A key management service for development and tests: a process of its own that speaks the transit API of Vault, with its keys in a file.

It is software without any hardware behind it, and listens on loopback alone. For a living installation take HashiCorp Vault, OpenBao, or another
service that speaks the same.
"""
