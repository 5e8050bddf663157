"""Secrets Manager operations, one file for each noun."""
