"""Sealing, key material, ciphertext blobs, tokens. The only room that imports cryptography libraries."""
