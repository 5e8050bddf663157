"""Random bytes for identifiers: buffered, and never handed out twice."""

from concurrent.futures import ThreadPoolExecutor

from strongroom.crypto.random import DRAWN_BYTES, IdentifierBytes


def test_identifiers_never_repeat_in_many_threads() -> None:
    """Each draw is new, across the ends of the buffer too."""
    draw = IdentifierBytes()
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(draw, [16] * (DRAWN_BYTES // 2)))
    assert len(set(drawn)) == len(drawn)
    assert {len(each) for each in drawn} == {16}


def test_a_draw_that_does_not_fit_the_rest_of_the_buffer_is_whole() -> None:
    """No draw is shorter than what was asked for."""
    draw = IdentifierBytes()
    assert [len(draw(DRAWN_BYTES - 1)), len(draw(7)), len(draw(DRAWN_BYTES))] == [DRAWN_BYTES - 1, 7, DRAWN_BYTES]
