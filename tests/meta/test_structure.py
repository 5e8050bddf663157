"""What a newcomer may rely on in the source itself: sizes, imports, documented settings, generated pages that are current."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.process import ROOT, clean_environment

from strongroom.app.services import SERVICES
from strongroom.core.errors import ApiError
from strongroom.edge.models import load_models

SOURCES = sorted((ROOT / "src" / "strongroom").rglob("*.py"))
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_files_and_functions_are_small_and_import_at_the_top(path: Path) -> None:
    """No file over 500 lines, no function over 60, no import inside a function."""
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= FILE_LINES_MAX
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < FUNCTION_LINES_MAX, node.name
            assert not [inner for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom)], node.name


def test_the_generated_pages_are_current() -> None:
    """docs/coverage.md, settings.md and aws-divergences.md are what the code says."""
    command = [sys.executable, str(ROOT / "scripts" / "generate_docs.py"), "--check"]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_registered_operation_is_in_its_service_model() -> None:
    """Nothing is offered that AWS does not have."""
    models = load_models(tuple(SERVICES))
    for name, service in SERVICES.items():
        assert set(service.operations) <= set(models.services[name].operations), name


def test_no_error_code_has_two_owners_with_different_blame() -> None:
    """A code means one thing: errors of one code agree on whose fault they are."""
    blame: dict[str, bool] = {}

    def walk(kind: type[ApiError]) -> None:
        for child in kind.__subclasses__():
            if "code" in vars(child) and child.__module__.startswith("strongroom."):
                assert blame.setdefault(child.code, child.sender_fault) == child.sender_fault, child
            walk(child)

    walk(ApiError)
    assert "AccessDeniedException" in blame
