"""The Lambda API for Python functions, the processes that run them, and the rotation templates that every account has."""
