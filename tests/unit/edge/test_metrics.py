"""What `/metrics` adds up over the workers of one server."""

import os
import time
from pathlib import Path

from prometheus_client import CollectorRegistry

from strongroom.edge.metrics import FRESH_SECONDS, Metrics


def _worker(shared: Path, name: str, waiting: int) -> Metrics:
    made = Metrics(CollectorRegistry(), shared, name)
    made.gauge("strongroom_commits_waiting", "Units of work.", lambda: waiting)
    return made


def test_each_operation_has_a_histogram_of_successes_and_one_of_errors() -> None:
    """Codes are counted one by one, durations by outcome."""
    metrics = Metrics(CollectorRegistry())
    metrics.observe("kms", "Encrypt", "", 0.0004)
    metrics.observe("kms", "Encrypt", "DisabledException", 0.2)
    metrics.observe("kms", "Encrypt", "NotFoundException", 0.2)
    text = metrics.render().decode()
    assert 'strongroom_request_seconds_bucket{le="0.0005",operation="Encrypt",outcome="Success",service="kms"} 1.0' in text
    assert 'strongroom_request_seconds_count{operation="Encrypt",outcome="Error",service="kms"} 2.0' in text
    assert 'strongroom_requests_total{code="DisabledException",operation="Encrypt",service="kms"} 1.0' in text


def test_the_workers_figures_are_added_and_a_dead_workers_queues_are_not(tmp_path: Path) -> None:
    """Its counts stay, so that counters never fall."""
    mine, other = _worker(tmp_path, "mine", 2), _worker(tmp_path, "other", 3)
    mine.observe("kms", "Encrypt", "", 0.1)
    other.observe("kms", "Encrypt", "", 0.1)
    (tmp_path / "other").write_bytes(other.snapshot())
    assert "strongroom_commits_waiting 5.0" in mine.render().decode()
    old = time.time() - FRESH_SECONDS - 1
    os.utime(tmp_path / "other", (old, old))
    text = mine.render().decode()
    assert "strongroom_commits_waiting 2.0" in text
    assert 'strongroom_requests_total{code="Success",operation="Encrypt",service="kms"} 2.0' in text
