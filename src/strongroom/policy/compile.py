"""Policy documents compiled to closures, once for each content."""

from strongroom.policy.parse import PolicyKind


class CompiledPolicy:
    """A document ready to be evaluated."""


def compile_policy(text: str, kind: PolicyKind) -> CompiledPolicy:
    """Return the compiled form of `text`, from a bounded cache by content. Raises MalformedPolicy."""
    raise NotImplementedError
