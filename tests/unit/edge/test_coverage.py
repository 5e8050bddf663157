"""docs/coverage.md is made from the models and the handlers."""

from tests.unit.edge.fakes import models

from strongroom.calls.operation import ANY_RESOURCE, Service
from strongroom.edge.coverage import coverage, not_offered, reason


def test_every_operation_is_listed_with_its_answer() -> None:
    """Offered, or not and why."""
    kms = Service("kms", "kms.amazonaws.com")
    kms.operation("Decrypt", action="kms:Decrypt", resource=ANY_RESOURCE)(lambda *_arguments: {})
    page = coverage({"kms": kms, "ssm": Service("ssm", "ssm.amazonaws.com")})
    assert "## kms (2014-11-01): 1 of 56" in page
    assert "| Decrypt | yes |" in page
    assert "| Encrypt | no: not built |" in page
    assert "| SendCommand | no: Systems Manager beyond Parameter Store |" in page
    assert page.count("\n| ") == 56 + 154 + 2


def test_reasons_are_found_by_name() -> None:
    """What has no reason yet says so."""
    assert reason("sts", "GetDelegatedAccessToken") == "delegation to AWS partners"
    assert reason("kms", "Decrypt") is None
    assert len(list(not_offered(models(), {}))) == 487
