"""How a handler's run can end without an answer. See docs/architecture.md, "Handlers that can be run again"."""


class MustBlock(BaseException):
    """Raised in an inline run when the work needs to wait: the call is run again in the thread pool.

    A BaseException, so that no handler's `except Exception` swallows it.
    """


class Conflict(Exception):
    """Another writer changed a record that this unit of work had read; the handler is run again."""
