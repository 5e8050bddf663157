"""CPU microseconds of one hot call inside the process, without HTTP, and with --profile where they go.

`python benchmarks/profile_call.py Decrypt --profile`. The best of many batches counts, so a busy machine disturbs it little.
"""

import argparse
import asyncio
import cProfile
import io
import pstats
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from processes import Running
from workloads import WORKLOADS, Workload, freeze

from strongroom.app.compose import Node, prepare
from strongroom.app.initialise import initialise
from strongroom.config import Settings
from strongroom.edge.http import HttpRequest, collect_headers
from strongroom.edge.pipeline import Answered, Pipeline

URL = "http://127.0.0.1:4577"
CALLS, BATCHES = 1000, 15


def http_request(headers: dict[str, str], body: str) -> HttpRequest:
    """Return a request to `/` as the edge reads it."""
    pairs = [(b"host", urlsplit(URL).netloc.encode())]
    pairs += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return HttpRequest(method="POST", headers=collect_headers(pairs), body=body.encode(), client="127.0.0.1")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def send(pipeline: Pipeline, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
    """Answer a request of boto3 by the pipeline."""
    headers = {name: _text(value) for name, value in request.headers.items()}
    answer = asyncio.run(pipeline.answer(http_request(headers, _text(request.body or b"")))).answer
    raw = io.BytesIO(answer.body)
    raw.stream = lambda **_: iter([answer.body])  # type: ignore[attr-defined]
    sent = {"content-type": answer.content_type.decode(), "x-amzn-requestid": answer.request_id}
    return AWSResponse(request.url, answer.status, HTTPHeaders.from_pairs(sent.items()), raw)


@contextmanager
def node() -> Iterator[Node]:
    """Yield a running node on a fresh installation."""
    with tempfile.TemporaryDirectory(prefix="strongroom-profile-") as directory:
        secret = "benchmark" * 4
        settings = Settings(data_dir=Path(directory) / "data", root_access_key_id="AKIABENCHMARKBENCHMA", root_secret_access_key=secret)
        initialise(settings)
        running = Node(prepare(settings), "profile")
        running.start(timed=False)
        try:
            yield running
        finally:
            running.close()


def hot_request(running: Node, pipeline: Pipeline, workload: Workload) -> HttpRequest:
    """Set the call up through boto3 and return the signed request that is repeated."""
    boto3.setup_default_session()
    session: Any = boto3.DEFAULT_SESSION
    session.events.register("before-send", partial(send, pipeline))
    settings = running.prepared.settings
    server = Running("pipeline", URL, 0, str(settings.root_access_key_id), str(settings.root_secret_access_key))
    caller = workload.caller(server) if workload.caller else server
    signed = freeze(caller, workload, workload.prepare(server))[0]
    return http_request(signed.headers, signed.body)


def repeat(pipeline: Pipeline, request: HttpRequest, calls: int) -> None:
    """Make the call so many times. It must end without waiting."""
    for _ in range(calls):
        [answered] = pipeline.begin([request])
    if not isinstance(answered, Answered) or answered.code:
        raise SystemExit(f"the call has to wait, or fails: {answered}")


def best(pipeline: Pipeline, request: HttpRequest) -> float:
    """Return the CPU microseconds of one call in the best batch."""
    times = []
    for _ in range(BATCHES):
        started = time.process_time()
        repeat(pipeline, request, CALLS)
        times.append(time.process_time() - started)
    return min(times) / CALLS * 1e6


def main() -> None:
    """Measure the calls whose names hold the given text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    for workload in (each for each in WORKLOADS if options.name in each.name):
        with node() as running:
            pipeline = running.application().pipeline
            request = hot_request(running, pipeline, workload)
            repeat(pipeline, request, CALLS)
            print(f"{workload.name}: {best(pipeline, request):.1f} us")
            if options.profile:
                profile = cProfile.Profile()
                profile.runcall(repeat, pipeline, request, 3 * CALLS)
                pstats.Stats(profile).sort_stats("tottime").print_stats(60)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
