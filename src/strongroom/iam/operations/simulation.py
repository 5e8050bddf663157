"""Policy simulation: SimulateCustomPolicy, SimulatePrincipalPolicy and the context keys that policies ask for."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Request, Response
from strongroom.calls.target import Target
from strongroom.iam.errors import InvalidInput
from strongroom.iam.named_by_arn import entity_with_arn
from strongroom.iam.paging import page_of
from strongroom.iam.service import IAM
from strongroom.iam.simulation import (
    Simulation,
    boundary_in,
    custom_caller,
    input_policies,
    questions_in,
    simulate,
    statement_count,
)
from strongroom.identity.organisation import service_control_of
from strongroom.identity.policies import boundary_text, policy_texts
from strongroom.identity.records import EntityRecord, RoleRecord, UserRecord
from strongroom.policy.decision import ContextValue, PrincipalFacts, PrincipalType
from strongroom.policy.parse import MalformedPolicy, PolicyKind, parse_policy
from strongroom.policy.principals import context_keys

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import (
        GetContextKeysForCustomPolicyRequestTypeDef,
        GetContextKeysForPrincipalPolicyRequestTypeDef,
        SimulateCustomPolicyRequestTypeDef,
        SimulatePrincipalPolicyRequestTypeDef,
    )

MOST_STATEMENTS = 10_000  # looked at for one page of results: about half a second


def _source(call: Call, request: Request) -> Target[EntityRecord]:
    """Resolve PolicySourceArn to a user, group or role of the caller's account."""
    return entity_with_arn(call, request["PolicySourceArn"])


@IAM.operation("SimulateCustomPolicy", action="iam:SimulateCustomPolicy", resource=ANY_RESOURCE)
def simulate_custom_policy(call: Call, request: "SimulateCustomPolicyRequestTypeDef") -> Response:
    """Say what the given policies would allow.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
    """
    call.ensure_may_block()  # the policies of a request are parsed and tried anew each time
    identity = input_policies(request, "PolicyInputList")
    return _answer(call, request, Simulation(custom_caller(call.account_id), identity, boundary_in(request)))


def _facts(entity: EntityRecord) -> PrincipalFacts:
    """Return a user or a role's session as the caller; a group is asked as if by a user in it."""
    if isinstance(entity, RoleRecord):
        return PrincipalFacts(PrincipalType.ASSUMED_ROLE, entity.account_id, entity.arn, role_arn=entity.arn, unique_id=entity.unique_id)
    return PrincipalFacts(PrincipalType.USER, entity.account_id, entity.arn, unique_id=entity.unique_id)


@IAM.operation("SimulatePrincipalPolicy", action="iam:SimulatePrincipalPolicy", resource=_source)
def simulate_principal_policy(call: Call, entity: EntityRecord, request: "SimulatePrincipalPolicyRequestTypeDef") -> Response:
    """Say what a user, group or role may do, with further policies as if attached.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    call.ensure_may_block()  # the policies of a request are parsed and tried anew each time
    identity = dict(policy_texts(call.store, entity)) | dict(input_policies(request, "PolicyInputList"))
    boundary = boundary_in(request)
    if not boundary and entity.boundary_arn is not None:
        boundary = dict([boundary_text(call.store, entity.boundary_arn)])
    facts = _facts(entity)
    simulation = Simulation(facts, identity, boundary, _keys_of(entity), service_control_of(call.store, facts))
    return _answer(call, request, simulation)


def _keys_of(entity: EntityRecord) -> dict[str, ContextValue]:
    """Return the condition keys that follow from the entity itself."""
    keys: dict[str, ContextValue] = {f"aws:principaltag/{key.lower()}": (value,) for key, value in entity.tags.items()}
    if isinstance(entity, UserRecord):
        keys |= {"aws:username": (entity.name,), "aws:userid": (entity.unique_id,)}
    return keys | {"aws:principalarn": (entity.arn,), "aws:principalaccount": (entity.account_id,)}


def _answer(call: Call, request: Request, simulation: Simulation) -> Response:
    """Return one page of results. What a page costs is bounded: one with many statements to look at is short, as AWS says pages may be."""
    questions = questions_in(request)
    most = max(1, MOST_STATEMENTS // statement_count(simulation, request))
    placed, end = page_of(call, request, enumerate(questions), lambda pair: f"{pair[0]:08d}", most)
    return {"EvaluationResults": simulate(simulation, request, [question for _, question in placed])} | end


def _keys(texts: Iterable[str]) -> Response:
    found: dict[str, str] = {}
    for text in texts:
        try:
            document = parse_policy(text, PolicyKind.IDENTITY)
        except MalformedPolicy as malformed:
            raise InvalidInput(malformed.reason) from malformed
        for key in context_keys(document):
            found.setdefault(key.lower(), key)
    return {"ContextKeyNames": sorted(found.values())}


@IAM.operation("GetContextKeysForCustomPolicy", action="iam:GetContextKeysForCustomPolicy", resource=ANY_RESOURCE)
def get_context_keys_for_custom_policy(_: Call, request: "GetContextKeysForCustomPolicyRequestTypeDef") -> Response:
    """List the context keys that the given policies use.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html
    """
    return _keys(request["PolicyInputList"])


@IAM.operation("GetContextKeysForPrincipalPolicy", action="iam:GetContextKeysForPrincipalPolicy", resource=_source)
def get_context_keys_for_principal_policy(
    call: Call, entity: EntityRecord, request: "GetContextKeysForPrincipalPolicyRequestTypeDef"
) -> Response:
    """List the context keys that an entity's policies use.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html
    """
    own = (text for _, text in policy_texts(call.store, entity))
    return _keys((*own, *request.get("PolicyInputList", ())))
