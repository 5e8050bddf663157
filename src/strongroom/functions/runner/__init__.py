"""Runs functions in child processes: confined, limited, timed, and used again while they are warm."""
