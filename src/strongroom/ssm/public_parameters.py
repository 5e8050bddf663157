"""Public parameters: what an operator publishes under /aws/service/ to every account of a Region.

Source: Systems Manager User Guide, "Discovering public parameters in Parameter Store".
"""

import msgspec

from strongroom.core.secret import SecretBytes
from strongroom.ssm.records import Content, PublicParameterRecord
from strongroom.ssm.rules.data_types import TEXT
from strongroom.ssm.rules.names import PUBLIC_PREFIX, parent_of, plain_name
from strongroom.ssm.rules.tiers import STANDARD
from strongroom.ssm.tables import PUBLIC_PARAMETERS
from strongroom.storage.ports import Store

PUBLISHER = "Amazon Web Services"


class PublicParameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of the operator's file, in AWS's names."""

    Name: str
    Value: str
    Type: str = "String"
    DataType: str = TEXT


Document = dict[str, list[PublicParameter]]


def read_document(data: bytes) -> Document:
    """Return the public parameters by Region that a JSON file holds: {"eu-west-1": [{"Name": "/aws/service/...", "Value": "..."}]}.

    Raises ValueError for anything else, and for names outside /aws/service/; ValidationFailed for malformed names.
    """
    document = msgspec.json.decode(data, type=Document)
    for parameters in document.values():
        for parameter in parameters:
            if not plain_name(parameter.Name).startswith(PUBLIC_PREFIX):
                raise ValueError(f"{parameter.Name} is not under {PUBLIC_PREFIX}")
    return document


def publish(store: Store, document: Document, now: float) -> int:
    """Write the document's parameters; one whose value differs from the published one gets its next version. Return how many changed."""
    changed = 0
    for region, parameters in document.items():
        for parameter in parameters:
            changed += _publish_one(store, region, parameter, now)
    return changed


def _publish_one(store: Store, region: str, parameter: PublicParameter, now: float) -> bool:
    before = store.get(PUBLIC_PARAMETERS, region, parameter.Name)
    value = parameter.Value.encode()
    if before and before.current.value.reveal() == value:
        return False
    content = Content(
        version=before.current.version + 1 if before else 1,
        type=parameter.Type,
        value=SecretBytes(value),
        tier=STANDARD,
        data_type=parameter.DataType,
        modified=now,
        modified_by=PUBLISHER,
    )
    record = PublicParameterRecord(region=region, name=parameter.Name, parent=parent_of(parameter.Name), current=content)
    if before:
        store.replace(PUBLIC_PARAMETERS, record)
    else:
        store.insert(PUBLIC_PARAMETERS, record)
    return True
