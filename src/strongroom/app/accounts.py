"""`strongroom account`: accounts of an installation, and the control policies that bind them. Every change leaves an event."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from strongroom.app.compose import Node
from strongroom.app.initialise import RootCredentials
from strongroom.app.layout import DataDirectory
from strongroom.app.operating import change, operating, operator_name
from strongroom.calls.jobs import ServiceEvent
from strongroom.config import Settings
from strongroom.core.errors import OperatorError
from strongroom.crypto.random import random_bytes
from strongroom.identity.bootstrap import CannotCreateAccount, create_account, new_root_key
from strongroom.identity.ids import is_account_id
from strongroom.identity.organisation import MEMBERS, Controls, OrganisationRecord, organisation_of
from strongroom.identity.organisation_changes import (
    ControlType,
    OrganisationError,
    accounts,
    attach_policy,
    change_member,
    close_account,
    controls_of,
    detach_policy,
    found_organisation,
    reopen_account,
)
from strongroom.identity.tables import ACCOUNTS
from strongroom.storage.ports import Store

T = TypeVar("T")
_EVENT_SOURCE = "organizations.amazonaws.com"
_EVENT_REGION = "us-east-1"  # where AWS records events of Organizations
_ID_DIGITS = 12


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account, as it is listed. Times are seconds since the epoch."""

    account_id: str
    name: str
    created_at: float
    closed_at: float | None
    is_management: bool


def _management_account(settings: Settings) -> str:
    marker = DataDirectory(settings.data_dir).marker
    if not marker.is_file():
        raise OperatorError(f"{settings.data_dir} is not initialised; run `strongroom init --data-dir {settings.data_dir}` first")
    return marker.read_text(encoding="utf-8").strip()


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (OrganisationError, CannotCreateAccount) as error:
        raise OperatorError(str(error)) from error


def _change(settings: Settings, name: str, details: dict[str, str], work: Callable[[Node, Store, OrganisationRecord, float], T]) -> T:
    """Run `work` on the organisation, founded if need be, and record it in the management account's trail. Raises OperatorError."""
    management = _management_account(settings)
    event = ServiceEvent(_EVENT_SOURCE, name, management, _EVENT_REGION, additional={**details, "operator": operator_name()})
    with operating(settings, "account") as node, _refusals():
        now = node.environment.clocks.wall.now()
        return change(node, event, lambda store: work(node, store, found_organisation(store, management, now, random_bytes), now))


def create(settings: Settings, account_id: str | None, name: str | None) -> RootCredentials:
    """Make an account with a root access key. Raises OperatorError."""
    chosen = account_id or str(int.from_bytes(random_bytes(8)) % 10**_ID_DIGITS).zfill(_ID_DIGITS)
    if not is_account_id(chosen):
        raise OperatorError(f"{chosen!r} is not an account id: 12 digits are needed")
    access_key_id, secret = new_root_key(chosen, random_bytes)

    def work(_node: Node, store: Store, _organisation: OrganisationRecord, now: float) -> RootCredentials:
        create_account(store, chosen, access_key_id, secret, now)
        if name is not None:
            change_member(store, chosen, name=name)
        return RootCredentials(chosen, access_key_id, secret)

    return _change(settings, "CreateAccount", {"accountId": chosen, "accountName": name or ""}, work)


def close(settings: Settings, account_id: str) -> None:
    """Close an account: its credentials end to work, its resources are shut, and nothing is deleted. Raises OperatorError."""
    _change(settings, "CloseAccount", {"accountId": account_id}, lambda _, store, found, now: close_account(store, found, account_id, now))


def reopen(settings: Settings, account_id: str) -> None:
    """Open a closed account again. Raises OperatorError."""
    _change(settings, "ReopenAccount", {"accountId": account_id}, lambda _, store, _found, _now: reopen_account(store, account_id))


def attach(settings: Settings, target: str, kind: ControlType, name: str, text: str) -> None:
    """Attach a control policy to `root` or an account. Raises OperatorError."""
    details = {"targetId": target, "policyType": kind.value, "policyName": name, "content": text}
    _change(settings, "AttachPolicy", details, lambda _, store, found, _now: attach_policy(store, found, target, kind, name, text))


def detach(settings: Settings, target: str, kind: ControlType, name: str) -> None:
    """Detach a control policy. Raises OperatorError."""
    details = {"targetId": target, "policyType": kind.value, "policyName": name}
    _change(settings, "DetachPolicy", details, lambda _, store, found, _now: detach_policy(store, found, target, kind, name))


def list_accounts(settings: Settings) -> list[AccountLine]:
    """Return every account in order of its id. Raises OperatorError."""
    management = _management_account(settings)
    with operating(settings, "account") as node:
        store = node.database.begin(inline=False)
        return [_line(store, account.account_id, account.created_at, management) for account in accounts(store)]


def _line(store: Store, account_id: str, created_at: float, management: str) -> AccountLine:
    member = store.get(MEMBERS, account_id)
    name, closed_at = (member.name, member.closed_at) if member else (None, None)
    return AccountLine(account_id, name or "", created_at, closed_at, account_id == management)


def list_policies(settings: Settings, target: str) -> Controls:
    """Return what is attached to `root` or an account. Raises OperatorError."""
    with operating(settings, "account") as node, _refusals():
        store = node.database.begin(inline=False)
        organisation = organisation_of(store)
        if organisation is None:
            if target != "root" and store.get(ACCOUNTS, target) is None:
                raise OperatorError(f"there is no account {target}")
            return Controls()
        return controls_of(store, organisation, target)
