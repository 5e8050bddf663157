"""The cache of compiled policies, and what compiled policies remember."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.unit.policy.make import allow, deny, text

from strongroom.policy.compile import MAX_REMEMBERED_ACTIONS, PolicyCache, compile_policy
from strongroom.policy.parse import MalformedPolicy, PolicyKind

DOCUMENT = text(allow(Action="kms:*"), deny(Action=["kms:Sign", "kms:D*"]))


def test_one_content_and_kind_is_compiled_once() -> None:
    """The kind counts, because it changes what is allowed in a document."""
    assert compile_policy(DOCUMENT, PolicyKind.IDENTITY) is compile_policy(DOCUMENT, PolicyKind.IDENTITY)
    principal = text(allow(Principal="*"))
    assert compile_policy(principal, PolicyKind.KEY) is not compile_policy(principal, PolicyKind.RESOURCE)


def test_the_cache_holds_what_was_used_last_within_its_size() -> None:
    """A policy that is used stays; the one used longest ago goes."""
    texts = [text(allow(Sid=str(number))) for number in range(4)]
    cache = PolicyCache(3 * len(texts[0]))
    first, second, _ = (cache.get(each, PolicyKind.IDENTITY) for each in texts[:3])
    assert cache.get(texts[0], PolicyKind.IDENTITY) is first
    cache.get(texts[3], PolicyKind.IDENTITY)
    assert cache.get(texts[0], PolicyKind.IDENTITY) is first
    assert cache.get(texts[1], PolicyKind.IDENTITY) is not second
    assert cache.size <= 3 * len(texts[0])


def test_a_document_larger_than_the_cache_is_compiled_and_not_kept() -> None:
    """It can't push the size past the limit."""
    cache = PolicyCache(10)
    assert cache.get(DOCUMENT, PolicyKind.IDENTITY) is not cache.get(DOCUMENT, PolicyKind.IDENTITY)
    assert cache.size == 0


def test_malformed_documents_are_refused_every_time() -> None:
    """A failure is not cached as anything else."""
    for _ in range(2):
        with pytest.raises(MalformedPolicy):
            compile_policy("{}", PolicyKind.IDENTITY)


def test_many_threads_share_the_cache() -> None:
    """Its size stays right while policies come and go."""
    texts = [text(allow(Sid=f"S{number}")) for number in range(20)]
    cache = PolicyCache(5 * len(texts[0]))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: cache.get(texts[number % 20], PolicyKind.IDENTITY), range(800)))
    assert [policy.document.statements[0].sid for policy in found] == [f"S{number % 20}" for number in range(800)]
    assert 0 < cache.size <= 5 * len(texts[0]) + 20


def test_statements_are_sorted_by_action_and_the_memory_for_that_is_bounded() -> None:
    """Whoever asks about made-up actions can't fill the server's memory."""
    policy = compile_policy(DOCUMENT, PolicyKind.IDENTITY)
    denies, allows = policy.for_action("kms:decrypt")
    assert ([each.label for each in denies], [each.label for each in allows]) == (["2"], ["1"])
    for number in range(3 * MAX_REMEMBERED_ACTIONS):
        assert [each.label for each in policy.for_action(f"kms:x{number}")[1]] == ["1"]
    assert policy.remembered_actions <= MAX_REMEMBERED_ACTIONS
