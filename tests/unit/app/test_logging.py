"""What the operator's log looks like when it is not a terminal."""

import json
import subprocess
import sys

from tests.support.process import clean_environment

PROGRAM = """
import logging
from strongroom.app.logging import configure_logging
configure_logging("info")
logging.getLogger("strongroom.storage").error("the database is %s", "away")
"""


def test_lines_of_libraries_are_json_too() -> None:
    """Every line can be read by a log collector, whoever wrote it."""
    run = subprocess.run([sys.executable, "-c", PROGRAM], env=clean_environment(), check=True, capture_output=True, text=True)
    line = json.loads(run.stderr)
    assert (line["event"], line["level"]) == ("the database is away", "error")
