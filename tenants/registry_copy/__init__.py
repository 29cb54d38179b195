"""Read copies of the registry in other regions: what is copied, how one is made, how it is read while home is away."""
