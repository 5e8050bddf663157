"""Centralised root access: whether the management account may begin root sessions in member accounts (sts:AssumeRoot)."""

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Response
from strongroom.iam.errors import AccountNotManagementOrDelegatedAdministrator, CallerIsNotManagementAccount, OrganizationNotFound
from strongroom.iam.service import IAM
from strongroom.identity.organisation import (
    ORGANISATIONS,
    ROOT_CREDENTIALS_MANAGEMENT,
    ROOT_SESSIONS,
    OrganisationRecord,
    organisation_of,
)


def _organisation(call: Call) -> OrganisationRecord:
    """Return the organisation that the caller's account manages."""
    organisation = organisation_of(call.store)
    if organisation is None:
        raise OrganizationNotFound
    if organisation.management_account_id != call.account_id:
        raise AccountNotManagementOrDelegatedAdministrator
    return organisation


def _answer(organisation: OrganisationRecord) -> Response:
    return {"OrganizationId": organisation.organisation_id, "EnabledFeatures": list(organisation.root_features)}


def _keep(call: Call, organisation: OrganisationRecord, features: set[str]) -> Response:
    changed = msgspec.structs.replace(organisation, root_features=tuple(sorted(features)))
    call.store.replace(ORGANISATIONS, changed)
    return _answer(changed)


def _enable(call: Call, feature: str) -> Response:
    organisation = organisation_of(call.store)
    if organisation is not None and organisation.management_account_id != call.account_id:
        raise CallerIsNotManagementAccount
    organisation = _organisation(call)
    return _keep(call, organisation, {*organisation.root_features, feature})


def _disable(call: Call, feature: str) -> Response:
    organisation = _organisation(call)
    return _keep(call, organisation, {*organisation.root_features} - {feature})


@IAM.operation("EnableOrganizationsRootSessions", action="iam:EnableOrganizationsRootSessions", resource=ANY_RESOURCE)
def enable_organizations_root_sessions(call: Call, _: object) -> Response:
    """Let the management account begin root sessions in member accounts.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableOrganizationsRootSessions.html
    """
    return _enable(call, ROOT_SESSIONS)


@IAM.operation("DisableOrganizationsRootSessions", action="iam:DisableOrganizationsRootSessions", resource=ANY_RESOURCE)
def disable_organizations_root_sessions(call: Call, _: object) -> Response:
    """Take that back; sessions that have begun end by themselves, within 15 minutes.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DisableOrganizationsRootSessions.html
    """
    return _disable(call, ROOT_SESSIONS)


@IAM.operation(
    "EnableOrganizationsRootCredentialsManagement", action="iam:EnableOrganizationsRootCredentialsManagement", resource=ANY_RESOURCE
)
def enable_organizations_root_credentials_management(call: Call, _: object) -> Response:
    """Let the management account look after the root credentials of member accounts.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableOrganizationsRootCredentialsManagement.html
    """
    return _enable(call, ROOT_CREDENTIALS_MANAGEMENT)


@IAM.operation(
    "DisableOrganizationsRootCredentialsManagement", action="iam:DisableOrganizationsRootCredentialsManagement", resource=ANY_RESOURCE
)
def disable_organizations_root_credentials_management(call: Call, _: object) -> Response:
    """Take that back.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DisableOrganizationsRootCredentialsManagement.html
    """
    return _disable(call, ROOT_CREDENTIALS_MANAGEMENT)


@IAM.operation("ListOrganizationsFeatures", action="iam:ListOrganizationsFeatures", resource=ANY_RESOURCE)
def list_organizations_features(call: Call, _: object) -> Response:
    """List what of centralised root access is enabled.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html
    """
    return _answer(_organisation(call))
