"""The keys that seal the secrets of one tenant: made at the first need, wrapped by a key provider, replaced while the product runs (ADR 37).

`store` is what `kernel.sealing` asks; `providers` wrap and unwrap; `places` and `resealing` know what is sealed and seal it again.
"""
