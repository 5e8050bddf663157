"""cron() expressions of rotation schedules: which days and hours they mean. Pure.

Six fields: minutes (0 only), hours, day of month, month, day of week, year (* only); one of the two day fields is `?`.
Source: Secrets Manager User Guide, "Rotation schedules", "Cron expressions".
"""

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

_FIELDS = 6
_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_DAYS = {name: number for number, name in enumerate(_DAY_NAMES, start=1)}
_SATURDAY = 7
_WEEK = 7
_ITEM = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)?(?:/(\d+))?")
_NTH = re.compile(r"(\w+)#([1-5])")
_LAST = re.compile(r"(\w+)L")
DayTest = Callable[[date], bool]


class BadCron(ValueError):
    """The expression is not one that Secrets Manager accepts."""


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed expression: the hours of a day, in order, and which days have them."""

    hours: tuple[int, ...]
    on_day: DayTest


def parse_cron(expression: str) -> Cron:
    """Return the meaning of the text between `cron(` and `)`. Raises BadCron."""
    fields = expression.upper().split()
    if len(fields) != _FIELDS or fields[0] != "0" or fields[5] != "*":
        raise BadCron("a cron expression has six fields, minutes 0 and year *")
    _, hours, day_of_month, month, day_of_week, _ = fields
    if (day_of_month == "?") == (day_of_week == "?"):
        raise BadCron("one of day-of-month and day-of-week must be ?")
    in_month = _numbers(month, 1, 12, _MONTHS)
    on_day = _day_of_week(day_of_week) if day_of_month == "?" else _day_of_month(day_of_month)
    return Cron(tuple(sorted(_numbers(hours, 0, 23, {}))), lambda day: day.month in in_month and on_day(day))


def _day_of_month(field: str) -> DayTest:
    items = field.split(",")
    last = "L" in items
    numbers = frozenset[int]().union(*(_item(item, 1, 31, {}) for item in items if item != "L"))
    return lambda day: day.day in numbers or (last and day.day == _days_in_month(day))


def _day_of_week(field: str) -> DayTest:
    tests = [_one_day_of_week(item) for item in field.split(",")]
    return lambda day: any(test(day) for test in tests)


def _one_day_of_week(item: str) -> DayTest:
    if item == "L":
        return lambda day: _weekday(day) == _SATURDAY
    if nth := _NTH.fullmatch(item):
        weekday, position = _number(nth[1], 1, 7, _DAYS), int(nth[2])
        return lambda day: _weekday(day) == weekday and (day.day - 1) // _WEEK + 1 == position
    if last := _LAST.fullmatch(item):
        weekday = _number(last[1], 1, 7, _DAYS)
        return lambda day: _weekday(day) == weekday and day.day + _WEEK > _days_in_month(day)
    numbers = _item(item, 1, 7, _DAYS)
    return lambda day: _weekday(day) in numbers


def _numbers(field: str, least: int, most: int, names: Mapping[str, int]) -> frozenset[int]:
    return frozenset[int]().union(*(_item(item, least, most, names) for item in field.split(",")))


def _item(item: str, least: int, most: int, names: Mapping[str, int]) -> frozenset[int]:
    """Return what `*`, `a`, `a-b`, `*/n`, `/n`, `a/n` or `a-b/n` stands for."""
    found = _ITEM.fullmatch(item)
    if not item or found is None:
        raise BadCron(f"{item} is not understood")
    _, first, end, step = found.groups()
    start = least if first is None else _number(first, least, most, names)
    stop = _number(end, least, most, names) if end is not None else most if first is None or step else start
    if stop < start or step == "0":
        raise BadCron(f"{item} means nothing")
    return frozenset(range(start, stop + 1, int(step or 1)))


def _number(text: str, least: int, most: int, names: Mapping[str, int]) -> int:
    number = names.get(text, int(text) if text.isascii() and text.isdigit() else -1)
    if not least <= number <= most:
        raise BadCron(f"{text} is not between {least} and {most}")
    return number


def _weekday(day: date) -> int:
    """Return AWS's number of the weekday: 1 is Sunday."""
    return day.isoweekday() % _WEEK + 1


def _days_in_month(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]
