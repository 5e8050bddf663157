"""The global condition keys of a call, computed only when a policy asks for one.

Sources: IAM User Guide, "AWS global condition context keys"; KMS Developer Guide, "Policy condition keys" for kms:CallerAccount
and kms:ViaService.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from strongroom.calls.call import Call
from strongroom.calls.target import Conditions, Resource, values_of
from strongroom.identity.organisation import organisation_of
from strongroom.identity.restrictions import ROOT_SESSION
from strongroom.policy.decision import PrincipalType, Values

Key = Callable[[Call, Resource], Values | None]


def iso_time(seconds: float) -> str:
    """Return a time as policies compare it: ISO 8601, UTC, whole seconds."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def service_domain(service: str, region: str) -> str:
    """Return the name under which a service passes its caller's rights on, such as `ssm.eu-west-1.amazonaws.com`."""
    return f"{service}.{region}.amazonaws.com"


def _principal_arn(call: Call, _: Resource) -> Values | None:
    facts = call.principal.facts
    return None if facts.type is PrincipalType.ANONYMOUS else (facts.role_arn or facts.arn,)


def _user_name(call: Call, _: Resource) -> Values | None:
    principal = call.principal
    return values_of(principal.user_name) if principal.facts.type is PrincipalType.USER else None


def _token_issue_time(call: Call, _: Resource) -> Values | None:
    session = call.principal.session
    return (iso_time(session.issued_at),) if session else None


def _mfa_present(call: Call, _: Resource) -> Values | None:
    session = call.principal.session
    return values_of(session.mfa_at is not None) if session else None


def _mfa_age(call: Call, _: Resource) -> Values | None:
    session = call.principal.session
    return (str(int(call.now - session.mfa_at)),) if session and session.mfa_at is not None else None


def _assumed_root(call: Call, _: Resource) -> Values | None:
    session = call.principal.session
    return values_of(session.kind == ROOT_SESSION) if session and call.principal.facts.type is PrincipalType.ROOT else None


def _source_identity(call: Call, _: Resource) -> Values | None:
    session = call.principal.session
    return values_of(session.source_identity) if session else None


def _federated_provider(call: Call, _: Resource) -> Values | None:
    session = call.principal.session
    return values_of(session.federated_provider) if session else None


def _called_via(call: Call, _: Resource) -> Values | None:
    return tuple(f"{service}.amazonaws.com" for service in call.via) or None


def _source_ip(call: Call, _: Resource) -> Values | None:
    return values_of(call.origin.source_ip or None)


def _source_arn(call: Call, _: Resource) -> Values | None:
    return values_of(call.principal.source_arn or None)


def _service_name(call: Call, _: Resource) -> Values | None:
    return values_of(call.principal.facts.service)


def _source_account(call: Call, _: Resource) -> Values | None:
    facts = call.principal.facts
    return (facts.account_id,) if facts.type is PrincipalType.SERVICE else None


def _organisation_id(call: Call, _: Resource) -> Values | None:
    organisation = organisation_of(call.store)
    return (organisation.organisation_id,) if organisation else None


def _principal_organisation(call: Call, resource: Resource) -> Values | None:
    facts = call.principal.facts
    return None if facts.type in {PrincipalType.ANONYMOUS, PrincipalType.SERVICE} else _organisation_id(call, resource)


GLOBAL_KEYS: dict[str, Key] = {
    "aws:currenttime": lambda call, _: (iso_time(call.now),),
    "aws:epochtime": lambda call, _: (str(int(call.now)),),
    "aws:principalaccount": lambda call, _: (call.principal.account_id,),
    "aws:principalarn": _principal_arn,
    "aws:principaltype": lambda call, _: (call.principal.facts.type.value,),
    "aws:userid": lambda call, _: (call.principal.user_id,),
    "aws:username": _user_name,
    "aws:sourceip": _source_ip,
    "aws:securetransport": lambda call, _: values_of(call.origin.secure_transport),
    "aws:useragent": lambda call, _: values_of(call.origin.user_agent or None),
    "aws:requestedregion": lambda call, _: (call.region,),
    "aws:viaawsservice": lambda call, _: values_of(bool(call.via)),
    "aws:calledvia": _called_via,
    "aws:calledviafirst": lambda call, _: (f"{call.via[0]}.amazonaws.com",) if call.via else None,
    "aws:calledvialast": lambda call, _: (f"{call.via[-1]}.amazonaws.com",) if call.via else None,
    "aws:principalisawsservice": lambda call, _: values_of(call.principal.facts.type is PrincipalType.SERVICE),
    "aws:principalservicename": _service_name,
    "aws:sourcearn": _source_arn,
    "aws:resourceaccount": lambda _, resource: (resource.account_id,),
    "aws:sourceaccount": _source_account,
    "aws:principalorgid": _principal_organisation,
    "aws:resourceorgid": _organisation_id,
    "aws:assumedroot": _assumed_root,
    "aws:sourceidentity": _source_identity,
    "aws:federatedprovider": _federated_provider,
    "aws:tokenissuetime": _token_issue_time,
    "aws:multifactorauthpresent": _mfa_present,
    "aws:multifactorauthage": _mfa_age,
}


def caller_keys(call: Call) -> Conditions:
    """Return the KMS condition keys that nothing but the call itself gives.

    The policies of AWS-managed keys ask for these two and no others, so they are looked for before what takes longer to make.
    """
    keys = {"kms:calleraccount": (call.principal.account_id,)}
    if call.via:
        keys["kms:viaservice"] = (service_domain(call.via[-1], call.region),)
    return keys


PRINCIPAL_TAG = "aws:principaltag/"
RESOURCE_TAG = "aws:resourcetag/"


def _tag(tags: Mapping[str, str], wanted: str) -> Values | None:
    """Return the value of the tag whose key equals `wanted` (lower case) without regard to case."""
    return next(((value,) for key, value in tags.items() if key.lower() == wanted), None)


def global_key(call: Call, resource: Resource, name: str) -> Values | None:
    """Return the values of the global condition key `name` (lower case), or None where this call has no such key."""
    key = GLOBAL_KEYS.get(name)
    if key is not None:
        return key(call, resource)
    if name.startswith(PRINCIPAL_TAG):
        return _tag(call.principal.tags, name[len(PRINCIPAL_TAG) :])
    if name.startswith(RESOURCE_TAG):
        return _tag(resource.tags, name[len(RESOURCE_TAG) :])
    return None
