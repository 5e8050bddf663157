"""What the database servers have in common that tests start in a temporary directory."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.support.databases.logins import HOST, free_port

ADMIN_PASSWORD = "Admin-Password-1"


class StartedServer:
    """A server process, its directory and its port."""

    engine: str

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix=f"strongroom-{self.engine}-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """Stop the server and delete what it stored."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def superuser(self) -> dict[str, Any]:
        """Return the superuser's secret."""
        return {"engine": self.engine, "host": HOST, "port": self.port, "username": "admin", "password": ADMIN_PASSWORD}
