"""A client of external key store proxies (XKS Proxy API 1.0)."""
