"""Custom domains: what a tenant must put into DNS, what DNS says, who may have a certificate, and how a host is given back."""
