"""The policies of a principal, gathered from its user, groups or role, and its session."""

from dataclasses import dataclass

from strongroom.identity.principal import Principal
from strongroom.policy.decision import NamedPolicy
from strongroom.storage.ports import Store


@dataclass(frozen=True, slots=True)
class PrincipalPolicies:
    """The principal's side of a policy.decision.PolicySet."""

    identity: tuple[NamedPolicy, ...] = ()
    boundary: NamedPolicy | None = None
    session: tuple[NamedPolicy, ...] | None = None
    service_control: tuple[tuple[NamedPolicy, ...], ...] = ()


def policies_of(store: Store, principal: Principal) -> PrincipalPolicies:
    """Return every policy attached to `principal`, read through `store` so that their revisions guard the call's commit."""
    raise NotImplementedError
