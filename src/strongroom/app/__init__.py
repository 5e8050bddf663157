"""The composition root: the only room that names concrete backends, and the processes that serve."""
