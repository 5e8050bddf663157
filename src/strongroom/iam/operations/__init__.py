"""IAM operations, one file for each noun."""
