"""Parameter Store operations, one file for each noun."""
