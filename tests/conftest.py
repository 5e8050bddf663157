"""Fixtures that every level may use."""

pytest_plugins = ("tests.support.postgresql", "tests.support.stores")
