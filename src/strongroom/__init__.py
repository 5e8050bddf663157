"""Strongroom: AWS KMS, Secrets Manager and Parameter Store on your own machines, with the IAM, STS and CloudTrail that make them safe."""
