"""Bytes in, bytes out: HTTP, SigV4, the AWS protocols and the service models."""
