"""Credentials that users have for services which do not exist here. Nobody has any: clients ask before they delete a user."""

from collections.abc import Mapping
from typing import Any

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.iam.callers import user_or_caller
from strongroom.iam.service import IAM


@IAM.operation("ListSSHPublicKeys", action="iam:ListSSHPublicKeys", resource=user_or_caller)
def list_ssh_public_keys(_: Call, __: object, ___: Mapping[str, Any]) -> Response:
    """List the keys of a user for CodeCommit: none.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSSHPublicKeys.html
    """
    return {"SSHPublicKeys": [], "IsTruncated": False}


@IAM.operation("ListSigningCertificates", action="iam:ListSigningCertificates", resource=user_or_caller)
def list_signing_certificates(_: Call, __: object, ___: Mapping[str, Any]) -> Response:
    """List the certificates with which a user signs SOAP requests: none.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSigningCertificates.html
    """
    return {"Certificates": [], "IsTruncated": False}


@IAM.operation("ListServiceSpecificCredentials", action="iam:ListServiceSpecificCredentials", resource=user_or_caller)
def list_service_specific_credentials(_: Call, __: object, ___: Mapping[str, Any]) -> Response:
    """List the passwords of a user for single services: none.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html
    """
    return {"ServiceSpecificCredentials": [], "IsTruncated": False}
