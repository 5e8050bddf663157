"""KMS operations, one file for each noun."""
