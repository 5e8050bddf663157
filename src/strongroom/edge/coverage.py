"""Which operations of the six models are offered, as a page of documentation.

An operation that is not offered has a reason here; a test holds every one to that.
"""

import re
from collections.abc import Iterator, Mapping

from strongroom.calls.operation import Service
from strongroom.edge.models import Models, ServiceModel, load_models

_ORGANIZATIONS = "needs AWS Organizations, which this server does not have"
_CONSOLE = "belongs to the AWS console"
_ONE_VERSION = "functions have one version, $LATEST"
_ELSEWHERE = "functions run on the server's own machine, one call at a time"
_LAKE = "CloudTrail Lake: events are looked up and exported here, not queried in place"

# (service, pattern of operation names, reason); the first that matches counts.
_REASONS: tuple[tuple[str, str, str], ...] = (
    ("cloudtrail", r".*(Organization|Delegated).*", _ORGANIZATIONS),
    ("cloudtrail", r".*(Channel|Import).*", "events of other systems are not taken in"),
    ("cloudtrail", r".*(Insight|EventConfiguration).*", "events are not analysed"),
    ("cloudtrail", r".*(EventDataStore|Quer|Dashboard|Federation|ResourcePolicy).*", _LAKE),
    ("ssm", r"(?!.*(Parameter|ResourcePolic|ServiceSetting|Tags(To|From|For)Resource)).*", "Systems Manager beyond Parameter Store"),
    ("iam", r".*Organizations?.*", _ORGANIZATIONS),
    ("iam", r".*(Delegat|RoleTemplate|AcquireRole|HumanReadableSummary).*", "delegation to AWS partners"),
    ("iam", r".*(LoginProfile|ChangePassword|PasswordPolicy).*", _CONSOLE),
    ("iam", r".*(ServerCertificate|SigningCertificate|SSHPublicKey).*", "certificates and keys of services that do not exist here"),
    ("iam", r".*ServiceSpecificCredential.*", "credentials of services that do not exist here"),
    ("iam", r".*(SAML|OutboundWebIdentity).*", "federation by SAML and outbound tokens is not built"),
    ("iam", r".*AccountPropert.*", "account properties mean nothing here"),
    ("iam", r".*ServiceLinkedRole.*", "the server's own services need no linked roles"),
    ("iam", r".*SecurityTokenServicePreferences", "there is one STS endpoint"),
    ("sts", r"GetDelegatedAccessToken", "delegation to AWS partners"),
    ("sts", r".*(SAML|GetWebIdentityToken).*", "federation by SAML and outbound tokens is not built"),
    ("secretsmanager", r".*CrossAccountReplica", "replication to other accounts is not built"),
    ("lambda", r".*(Alias|Version|ProvisionedConcurrency|FunctionConcurrency|RuntimeManagement|RuntimeConfig).*", _ONE_VERSION),
    ("lambda", r".*ResourcePolicy", "a function's policy is written statement by statement, with AddPermission and RemovePermission"),
    ("lambda", r".*Layer.*", "a function's zip file holds all that it needs"),
    ("lambda", r".*(EventSourceMapping|EventInvokeConfig|InvokeAsync).*", "functions are run for callers that wait"),
    ("lambda", r".*(FunctionUrl|InvokeWithResponseStream).*", "functions are not served to the web"),
    ("lambda", r".*(CodeSigning).*", "code is signed nowhere here"),
    ("lambda", r".*(Durable|CapacityProvider|NetworkConnector|ScalingConfig|RecursionConfig|Callback).*", _ELSEWHERE),
    ("lambda", r"GetAccountSettings", "there are no concurrency quotas of accounts"),
    ("kms", r".*CustomKeyStore.*", "custom key stores are not built"),
)


def reason(service: str, operation: str) -> str | None:
    """Return why an operation is not offered, or None where no reason is written down."""
    for named, pattern, text in _REASONS:
        if named == service and re.fullmatch(pattern, operation):
            return text
    return None


def not_offered(models: Models, services: Mapping[str, Service]) -> Iterator[tuple[str, str]]:
    """Yield (service, operation) for every operation of the models without a handler."""
    for name, model in models.services.items():
        offered = services[name].operations if name in services else {}
        for operation in model.operations:
            if operation not in offered:
                yield name, operation


def coverage(services: Mapping[str, Service]) -> str:
    """Return docs/coverage.md for these services."""
    models = load_models(services)
    lines = [
        "# Coverage",
        "",
        "Every operation of these services. This page is generated from the service models and the registered handlers.",
    ]
    for name, model in models.services.items():
        lines += _section(model, services[name])
    return "\n".join(lines) + "\n"


def _section(model: ServiceModel, service: Service) -> list[str]:
    offered = service.operations
    count = sum(operation in offered for operation in model.operations)
    lines = ["", f"## {model.name} ({model.api_version}): {count} of {len(model.operations)}", "", "| Operation | Offered |", "|---|---|"]
    for operation in sorted(model.operations):
        answer = "yes" if operation in offered else f"no: {reason(model.name, operation) or 'not built'}"
        lines.append(f"| {operation} | {answer} |")
    return lines
