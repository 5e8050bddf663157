"""Credential endpoints for machines: EC2's metadata service, the container endpoint, and what credential_process prints."""
