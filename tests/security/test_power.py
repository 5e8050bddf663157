"""With `audit-durability=power` an answer waits for the disk, and nobody else waits for that answer."""

import asyncio
import os
import time
from pathlib import Path

import pytest
from tests.security.in_process import InProcess
from tests.support.clients import new_account

from strongroom.edge.http import HttpAnswer

SYNC_SECONDS = 0.2
REQUESTS = 40


def test_requests_at_the_same_time_share_the_wait_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty reads, of which each comes alone, take two or three syncs and not forty; the event loop goes on meanwhile."""
    syncs: list[float] = []
    node = InProcess(tmp_path, audit_durability="power")
    real = os.fdatasync

    def slow(descriptor: int) -> None:
        time.sleep(SYNC_SECONDS)
        syncs.append(time.monotonic())
        real(descriptor)

    async def scenario() -> tuple[list[HttpAnswer], int]:
        account, turns = new_account(), 0
        tasks = []
        for number in range(REQUESTS):
            request = node.request("sts", "GetCallerIdentity", {}, account, secret="wrong" if number % 4 == 3 else "test")
            tasks.append(asyncio.ensure_future(node.pipeline.answer(request)))
            await asyncio.sleep(0)
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0.001)
            turns += 1
        return [task.result().answer for task in tasks], turns

    try:
        with monkeypatch.context() as patch:
            patch.setattr("strongroom.audit.segment_file.os.fdatasync", slow)
            answers, turns = node.loop.run_until_complete(scenario())
    finally:
        node.close()
    assert [answer.status for answer in answers] == [200, 200, 200, 403] * (REQUESTS // 4)
    assert len(syncs) <= REQUESTS // 2
    assert turns > 10
