"""Reading values: choosing the version that a selector means, and showing it."""

from strongroom.calls.call import Call
from strongroom.ssm.encryption import shown_value
from strongroom.ssm.errors import ParameterNotFound, ParameterVersionNotFound
from strongroom.ssm.records import Content, ParameterRecord, PublicParameterRecord
from strongroom.ssm.resolve import Found
from strongroom.ssm.rules.versions import selected_version
from strongroom.ssm.secrets import is_secret, secret_view
from strongroom.ssm.tables import VERSIONS
from strongroom.ssm.views import View, value_view


def content_of(call: Call, record: ParameterRecord, version: int) -> Content | None:
    """Return a version of a parameter, or None if it is not kept."""
    if version == record.current.version:
        return record.current
    kept = call.store.get(VERSIONS, record.account_id, record.region, record.name, version)
    return kept.content if kept else None


def _selected(call: Call, found: Found) -> Content:
    record, selector = found.record, found.reference.selector
    if record is None:
        raise ParameterNotFound
    if selector is None:
        return record.current
    if isinstance(record, PublicParameterRecord):
        content = record.current if selector == str(record.current.version) else None
    else:
        version = selected_version(record, selector)
        content = None if version is None else content_of(call, record, version)
    if content is None:
        raise ParameterVersionNotFound(found.reference.shown, selector)
    return content


def parameter_view(call: Call, found: Found, *, decrypt: bool) -> View:
    """Return the shape `Parameter` for what a read refers to.

    Raises ParameterNotFound, ParameterVersionNotFound, InvalidKeyId, or AccessDenied with KMS's text.
    """
    if is_secret(found):
        return secret_view(call, found, decrypt=decrypt)
    content = _selected(call, found)
    name = found.record.spelling if found.record else found.reference.shown
    value = shown_value(call, found.arn, content, decrypt=decrypt)
    return value_view(content, name, found.arn, value, found.reference.selector)
