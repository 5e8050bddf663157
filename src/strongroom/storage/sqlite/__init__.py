"""The embedded engine: one file, many processes of one machine."""
