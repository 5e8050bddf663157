"""How a call runs: operations, targets, authorisation, nested calls, pagination, timed work."""
