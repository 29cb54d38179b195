"""Custom domains: claims, proofs, lapses, redirects and certificates, with a real name server."""
