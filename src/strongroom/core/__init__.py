"""Words that every room shares: ARNs, ids, errors, clocks, secret types. Standard library only."""
