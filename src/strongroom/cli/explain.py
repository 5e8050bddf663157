"""explain: why a call is or was allowed or denied."""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from strongroom.app.explain import Answer, Past, Question, answer, past
from strongroom.app.operating import first_account
from strongroom.cli import options
from strongroom.cli.options import fail, settings_from
from strongroom.config import Settings
from strongroom.core.errors import ApiError, OperatorError
from strongroom.policy.decision import Decision, Values
from strongroom.policy.explain import StatementReport, denial_text

DENIED = 2  # exit status of a denial, so that scripts can tell it from a mistake


def _context(entries: list[str]) -> dict[str, Values]:
    found: dict[str, Values] = {}
    for entry in entries:
        name, separator, value = entry.partition("=")
        if not separator or ":" not in name:
            raise fail(f"--context {entry}: write KEY=VALUE, or KEY=VALUE,VALUE for several values")
        found[name.lower()] = tuple(value.split(","))
    return found


def _verdict(found: Answer) -> str:
    decision, request = found.explanation.decision, found.request
    if not decision.allowed:
        return f"DENIED   {denial_text(request, decision)}"
    on = "" if request.resource == "*" else f" on {request.resource}"
    return f"ALLOWED  {request.principal.arn} may do {request.action}{on}"


def _decided(decision: Decision) -> str:
    if decision.policy is None:
        return "the account's root user needs no policy" if decision.allowed else "nothing allows it"
    statement = f", statement {decision.statement}" if decision.statement else ""
    return f"{decision.policy_type.value if decision.policy_type else 'policy'} {decision.policy}{statement}"


def _statement(report: StatementReport) -> Iterator[str]:
    effect = "Allow" if report.allow else "Deny"
    verdict = "matches" if report.matched else "does not match: " + "; ".join(report.unmet)
    yield f"    statement {report.statement} ({effect}) {verdict}"


def _lines(found: Answer) -> Iterator[str]:
    yield _verdict(found)
    yield f"Decided by: {_decided(found.explanation.decision)}"
    if not found.exists:
        yield "The resource does not exist: only the principal's own policies were asked."
    yield "Policies considered:" if found.explanation.statements else "No policy takes part."
    heading = None
    for report in found.explanation.statements:
        if heading != (heading := f"  {report.policy_type.value} {report.policy}"):
            yield heading
        yield from _statement(report)
    if found.explanation.missing_context_keys:
        yield f"Keys that policies ask for and the request lacks (--context): {', '.join(found.explanation.missing_context_keys)}"


def _as_json(found: Answer) -> dict[str, Any]:
    decision = found.explanation.decision
    return {
        "allowed": decision.allowed,
        "explicitDeny": decision.explicit,
        "policyType": decision.policy_type.value if decision.policy_type else None,
        "policy": decision.policy,
        "statement": decision.statement,
        "resourceExists": found.exists,
        "statements": [
            {
                "policyType": report.policy_type.value,
                "policy": report.policy,
                "statement": report.statement,
                "effect": "Allow" if report.allow else "Deny",
                "matched": report.matched,
                "unmet": list(report.unmet),
            }
            for report in found.explanation.statements
        ],
        "missingContextKeys": list(found.explanation.missing_context_keys),
    }


def _recorded(record: Mapping[str, Any]) -> Iterator[str]:
    outcome = record.get("errorCode", "ok")
    caller = record["userIdentity"].get("arn") or record["userIdentity"].get("invokedBy") or record["userIdentity"].get("type")
    yield f"{record['eventTime']} {record['eventSource'].partition('.')[0]}:{record['eventName']} by {caller}: {outcome}"
    if "errorMessage" in record:
        yield f"  {record['errorMessage']}"


def _past_lines(found: Past) -> Iterator[str]:
    yield from _recorded(found.record)
    decision = found.decision
    if decision is not None:
        how = "an explicit Deny" if decision["explicitDeny"] else "for want of an Allow"
        named = " ".join(str(decision[name]) for name in ("policyType", "policy") if name in decision)
        statement = f", statement {decision['statement']}" if "statement" in decision else ""
        yield f"  then denied {how}: {named}{statement}"
        if decision["considered"]:
            yield f"  policies considered then: {', '.join(decision['considered'])}"
    if found.now is None:
        yield "  now: can't be asked again"
    else:
        yield from (f"  now: {line}" if number == 0 else f"  {line}" for number, line in enumerate(_lines(found.now)))


def _explain_past(settings: Settings, request_id: str, *, as_json: bool) -> None:
    for found in past(settings, request_id):
        if as_json:
            now = _as_json(found.now) if found.now else None
            typer.echo(json.dumps({"event": found.record, "decision": found.decision, "now": now}))
        else:
            typer.echo("\n".join(_past_lines(found)))


def explain(
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    account_id: options.AccountId = None,
    region: options.Region = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
    *,
    principal: Annotated[str | None, typer.Option("--principal", help="ARN of a user, role, session or root, or a service's name.")] = None,
    action: Annotated[str | None, typer.Option("--action", help="For example kms:Decrypt.")] = None,
    resource: Annotated[str, typer.Option("--resource", help="ARN, or * for actions without one.")] = "*",
    context: Annotated[list[str] | None, typer.Option("--context", metavar="KEY=VALUE", help="A condition key; may be repeated.")] = None,
    request_id: Annotated[str | None, typer.Option("--request-id", help="Explain this request of the trail instead.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say why a call is (or, by --request-id, was) allowed or denied; ends with 2 for a denial."""
    settings = settings_from(
        config,
        data_dir=data_dir,
        database_url=database_url,
        account_id=account_id,
        region=region,
        seal=seal,
        passphrase_file=passphrase_file,
    )
    settings = settings.model_copy(update={"account_id": first_account(settings)})
    try:
        if request_id is not None:
            _explain_past(settings, request_id, as_json=as_json)
            return
        if principal is None or action is None:
            raise fail("give --principal and --action, or --request-id")
        found = answer(settings, Question(principal, action, resource, _context(context or [])))
    except (OperatorError, ApiError) as error:
        raise fail(str(error)) from None
    typer.echo(json.dumps(_as_json(found)) if as_json else "\n".join(_lines(found)))
    if not found.explanation.decision.allowed:
        raise typer.Exit(DENIED)
