"""audit tail and audit verify."""
