"""The floor: nginx answering the same requests with a constant of an answer's size, which no server in Python gets below."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from processes import Running, free_port, wait_for

ANSWER_BYTES = 320
CONFIGURATION = """
worker_processes {workers};
daemon off;
pid {directory}/pid;
error_log /dev/null;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  keepalive_requests 100000000;
  server {{
    listen 127.0.0.1:{port};
    location / {{ default_type application/x-amz-json-1.1; return 200 "{answer}"; }}
  }}
}}
"""


@contextmanager
def nginx(workers: int) -> Iterator[Running | None]:
    """Serve a constant answer; yields None where nginx is not installed."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="strongroom-floor-") as directory:
        port = free_port()
        path = Path(directory) / "nginx.conf"
        text = CONFIGURATION.format(workers=workers, directory=directory, port=port, answer="x" * ANSWER_BYTES)
        path.write_text(text, encoding="utf-8")
        process = subprocess.Popen([program, "-c", str(path)], stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(url)
            yield Running("nginx", url, process.pid, "", "")
        finally:
            process.terminate()
            process.wait(30)
