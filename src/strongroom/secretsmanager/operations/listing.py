"""Listing and searching secrets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE
from strongroom.calls.pagination import Position, page_position, page_token
from strongroom.secretsmanager.describe import secret_members, stages_member
from strongroom.secretsmanager.errors import InvalidNextToken
from strongroom.secretsmanager.reads import secret_read
from strongroom.secretsmanager.records import SecretRecord
from strongroom.secretsmanager.rules.limits import MOST_LISTED
from strongroom.secretsmanager.rules.search import Searchable, matches
from strongroom.secretsmanager.service import operation
from strongroom.secretsmanager.tables import CHANGED, CREATED, SECRETS
from strongroom.storage.ports import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_secretsmanager.type_defs import FilterTypeDef, ListSecretsRequestTypeDef

MOST_SCANNED = 1_000  # secrets looked at for one page; a page that ends here may be empty and has a NextToken
_BATCH = 200
_INDEXES = {"created-date": CREATED, "last-changed-date": CHANGED, "name": None}
LAST_ACCESSED = "last-accessed-date"


@dataclass(frozen=True, slots=True)
class Search:
    """Which secrets are wanted, in which order, and where the page begins."""

    filters: "Sequence[FilterTypeDef]" = ()
    sort_by: str = "created-date"
    descending: bool = False
    planned_deletion: bool = False

    def wants(self, secret: SecretRecord) -> bool:
        """Return whether `secret` belongs into the answer."""
        if secret.deleted is not None and not self.planned_deletion:
            return False
        facts = Searchable(secret.name, secret.description, secret.tags, secret.primary_region)
        return not self.filters or matches(self.filters, facts)


@operation("ListSecrets", action="secretsmanager:ListSecrets", resource=ANY_RESOURCE)
def list_secrets(call: Call, request: "ListSecretsRequestTypeDef") -> dict[str, Any]:
    """List the secrets of the account and Region that all filters let through.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
    """
    search = Search(
        request.get("Filters", ()),
        request.get("SortBy", "created-date"),
        request.get("SortOrder") == "desc",
        request.get("IncludePlannedDeletion", False),
    )
    found, token = search_page(call, search, request.get("NextToken"), request.get("MaxResults", MOST_LISTED))
    listed = [{**secret_members(call.store, secret), "SecretVersionsToStages": stages_member(secret)} for secret in found]
    return {"SecretList": listed, "NextToken": token}


def search_page(call: Call, search: Search, token: str | None, limit: int) -> tuple[list[SecretRecord], str | None]:
    """Return up to `limit` wanted secrets and the token of what follows. Raises InvalidNextToken."""
    ordering = search.sort_by + (":desc" if search.descending else ":asc")
    position = page_position(call, token, InvalidNextToken)
    if position is not None and position[0] != ordering:
        raise InvalidNextToken
    after = position[1:] if position else None
    position_of: Callable[[SecretRecord], Position]
    if search.sort_by == LAST_ACCESSED:
        candidates, position_of = _by_last_access(call, search, after)
    else:
        index = _INDEXES[search.sort_by]
        candidates = _scan(call, index, after, descending=search.descending, first=_BATCH if search.filters else min(limit + 1, _BATCH))

        def position_of(secret: SecretRecord) -> Position:
            return SECRETS.position_of(secret, index)

    return _cut(call, search, candidates, limit, lambda secret: (ordering, *position_of(secret)))


def _cut(
    call: Call, search: Search, candidates: Iterator[SecretRecord], limit: int, position_of: Callable[[SecretRecord], Position]
) -> tuple[list[SecretRecord], str | None]:
    """Take wanted candidates until one more than fits was seen, or too many were looked at."""
    found: list[SecretRecord] = []
    for looked_at, secret in enumerate(candidates, start=1):
        if search.wants(secret):
            if len(found) == limit:
                return found, page_token(call, position_of(found[-1]))
            found.append(secret)
        if looked_at >= MOST_SCANNED:
            return found, page_token(call, position_of(secret))
    return found, None


def _scan(call: Call, index: str | None, after: Position | None, *, descending: bool, first: int = _BATCH) -> Iterator[SecretRecord]:
    """Yield secrets in order; `first` says how many to read at first, which is all that a page without filters needs."""
    limit = first
    while True:
        batch = call.store.scan(SECRETS, call.account_id, call.region, index=index, after=after, limit=limit, descending=descending)
        yield from batch
        if len(batch) < limit:
            return
        limit, after = _BATCH, SECRETS.position_of(batch[-1], index)


def _by_last_access(
    call: Call, search: Search, after: Position | None
) -> tuple[Iterator[SecretRecord], Callable[[SecretRecord], Position]]:
    """Order every wanted secret by its last read. Reads are observations without an index, so each page sorts them all."""
    wanted = [secret for secret in _scan(call, None, None, descending=False) if search.wants(secret)]
    positions = {secret.name: (_last_access(call.store, secret), secret.name) for secret in wanted}
    wanted.sort(key=lambda secret: positions[secret.name], reverse=search.descending)
    if after is not None:
        start = (int(after[0] or 0), str(after[1]))
        wanted = [each for each in wanted if (positions[each.name] < start if search.descending else positions[each.name] > start)]
    return iter(wanted), lambda secret: positions[secret.name]


def _last_access(store: Store, secret: SecretRecord) -> int:
    return int(secret_read(store, secret) or 0)
