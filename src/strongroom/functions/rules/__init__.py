"""Pure decisions of the functions room."""
