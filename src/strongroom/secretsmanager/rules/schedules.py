"""Rotation schedules: what RotationRules mean, and when the next rotation is due. Pure, all times UTC.

Source: Secrets Manager User Guide, "Rotation schedules"; API Reference, RotationRulesType.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from strongroom.secretsmanager.errors import InvalidParameter
from strongroom.secretsmanager.records import RotationRules
from strongroom.secretsmanager.rules.cron import BadCron, Cron, parse_cron
from strongroom.secretsmanager.rules.limits import DAY

HOUR = 3600.0
HOURS_IN_DAY = 24
LEAST_RATE_HOURS = 4
MOST_DAYS = 1000
_RATE = re.compile(r"rate\((\d{1,4}) (hours?|days?)\)")
_CRON = re.compile(r"cron\((.+)\)")
_SEARCHED_DAYS = 41 * 366  # the rarest day is a fifth weekday of February; 2100 is no leap year, so forty years may lie between two


@dataclass(frozen=True, slots=True)
class Window:
    """When a rotation may run, in seconds since the epoch; `end` is not in it."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class _Schedule:
    """A parsed schedule: every `rate` hours or days from midnight, or a cron."""

    rate: int = 0
    in_hours: bool = False
    cron: Cron | None = None


def rules_from(given: Mapping[str, Any]) -> RotationRules:
    """Return AWS's RotationRules as stored. Raises InvalidParameter for a schedule that can't be kept.

    AutomaticallyAfterDays of a schedule expression is calculated: the days between its windows, 1 at least.
    """
    days, expression, duration = given.get("AutomaticallyAfterDays"), given.get("ScheduleExpression"), given.get("Duration")
    if (days is None) == (expression is None):
        raise InvalidParameter("You must specify either AutomaticallyAfterDays or ScheduleExpression in RotationRules, but not both.")
    rules = RotationRules(days=days, schedule=expression, duration=duration)
    schedule = _parse(rules)
    _ensure_window_fits(schedule, _duration_hours(duration))
    return rules if expression is None else RotationRules(days=_days_between(schedule), schedule=expression, duration=duration)


def next_window(rules: RotationRules, after: float) -> Window:
    """Return the first window that starts later than `after`: the time of the last rotation, or of the configuration."""
    schedule = _parse(rules)
    start = next(start for start in _starts(schedule, after) if start > after)
    hours = _duration_hours(rules.duration)
    if hours is not None:
        return Window(start, start + hours * HOUR)
    return Window(start, start + HOUR if _is_hourly(schedule) else (start // DAY + 1) * DAY)


def next_rotation_date(rules: RotationRules, after: float) -> float:
    """Return NextRotationDate: the last second of the next window, so that its date is the day on which the window closes."""
    return next_window(rules, after).end - 1


def _parse(rules: RotationRules) -> _Schedule:
    if rules.schedule is None:
        return _Schedule(rate=rules.days or 1)
    if rate := _RATE.fullmatch(rules.schedule):
        number, in_hours = int(rate[1]), rate[2].startswith("hour")
        if not (LEAST_RATE_HOURS if in_hours else 1) <= number <= MOST_DAYS:
            raise InvalidParameter("The ScheduleExpression rate must be at least 4 hours and at most 1000 days.")
        return _Schedule(rate=number, in_hours=in_hours)
    cron = _CRON.fullmatch(rules.schedule)
    if cron is None:
        raise InvalidParameter("The ScheduleExpression must be a rate() or cron() expression.")
    try:
        return _Schedule(cron=parse_cron(cron[1]))
    except BadCron as error:
        raise InvalidParameter(f"The ScheduleExpression is not valid: {error}.") from error


def _duration_hours(duration: str | None) -> int | None:
    return int(duration.removesuffix("h")) if duration else None


def _is_hourly(schedule: _Schedule) -> bool:
    return schedule.in_hours or (schedule.cron is not None and len(schedule.cron.hours) > 1)


def _ensure_window_fits(schedule: _Schedule, hours: int | None) -> None:
    """Return if a window ends before the next one and before midnight. Raises InvalidParameter."""
    starts = schedule.cron.hours if schedule.cron else (0,)
    room = HOURS_IN_DAY - starts[-1]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    if schedule.in_hours:
        gaps.append(schedule.rate)
        room = min(HOURS_IN_DAY - start for start in range(0, HOURS_IN_DAY, schedule.rate))
    if schedule.cron and min(gaps, default=HOURS_IN_DAY) < LEAST_RATE_HOURS:
        raise InvalidParameter("A secret can't be rotated more often than every 4 hours.")
    if hours is not None and not 1 <= hours <= min(room, *gaps, HOURS_IN_DAY):
        raise InvalidParameter("The rotation window must not extend into the next UTC day or into the next rotation window.")
    if next(_starts(schedule, 0.0), None) is None:
        raise InvalidParameter("The ScheduleExpression is not valid: it never comes due.")


def _starts(schedule: _Schedule, after: float) -> Iterator[float]:
    """Yield the starts of windows in order, beginning on the day of `after`; a rate counts from that day's midnight."""
    midnight = after // DAY * DAY
    if schedule.cron is not None:
        yield from _cron_starts(schedule.cron, datetime.fromtimestamp(midnight, UTC).date())
        return
    step = schedule.rate * (HOUR if schedule.in_hours else DAY)
    for count in range(1, _SEARCHED_DAYS):
        yield midnight + count * step


def _cron_starts(cron: Cron, first: date) -> Iterator[float]:
    for offset in range(_SEARCHED_DAYS):
        day = first + timedelta(days=offset)
        if cron.on_day(day):
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
            yield from (midnight + hour * HOUR for hour in cron.hours)


def _days_between(schedule: _Schedule) -> int:
    starts = _starts(schedule, 0.0)
    first, second = next(starts), next(starts, None)
    return max(1, round(((second or first) - first) / DAY))
