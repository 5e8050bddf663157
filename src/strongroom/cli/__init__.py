"""The strongroom command: what operators type. Never imported by a worker."""
