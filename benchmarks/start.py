"""How long a start takes: from running `strongroom serve` with 2 workers to the first answer, and what an idle worker's memory is."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from processes import free_port, proportional_memory, tree, wait_for

RUNS = 5


def main() -> int:
    """Print the best and the median of RUNS starts."""
    times = []
    with tempfile.TemporaryDirectory(prefix="strongroom-start-") as directory:
        env = {**os.environ, "STRONGROOM_DATA_DIR": str(Path(directory) / "data")}
        subprocess.run([sys.executable, "-m", "strongroom", "init"], env=env, check=True, stdout=subprocess.DEVNULL)
        for _ in range(RUNS):
            port = free_port()
            started = time.monotonic()
            command = [sys.executable, "-m", "strongroom", "serve", "--listen", f"127.0.0.1:{port}", "--workers", "2"]
            process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
            wait_for(f"http://127.0.0.1:{port}/healthz")
            times.append(time.monotonic() - started)
            time.sleep(1)
            memory = max(proportional_memory(pid) for pid in tree(process.pid)[1:])
            process.terminate()
            process.wait(30)
    times.sort()
    print(
        f"start to first answer: best {times[0]:.2f} s, median {times[RUNS // 2]:.2f} s; idle worker {memory / 1024 / 1024:.0f} MiB (PSS)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
