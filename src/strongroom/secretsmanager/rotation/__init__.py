"""The engine that carries rotations out: due secrets are found on time, and their functions called step by step."""
