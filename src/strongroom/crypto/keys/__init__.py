"""Software keys of every KMS key spec: pairs, signatures, MACs, RSA encryption, key agreement, encapsulation, wrapping for import."""
