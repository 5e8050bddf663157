"""Fixtures for all tests."""

from hypothesis import settings

# the same examples in every run, and no deadline: speed is measured in benchmarks/, never in a test
settings.register_profile("strongroom", deadline=None, derandomize=True)
settings.load_profile("strongroom")

pytest_plugins = ("tests.support.postgresql", "tests.support.databases", "tests.support.servers", "tests.support.stores")
