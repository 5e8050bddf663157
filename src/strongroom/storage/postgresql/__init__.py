"""The engine for many nodes."""
