"""Fixtures for all tests."""

pytest_plugins = ("tests.support.postgresql", "tests.support.databases", "tests.support.servers", "tests.support.stores")
