"""Rotation schedules: a table of expectations."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.secretsmanager.errors import InvalidParameter
from strongroom.secretsmanager.rules.schedules import next_rotation_date, next_window, rules_from

AFTER = datetime(2024, 2, 14, 10, 30, tzinfo=UTC).timestamp()  # a Wednesday of a leap year


def text(seconds: float) -> str:
    """Return a time as `month-day hour:minute`, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%m-%d %H:%M")


def schedule(expression: str, duration: str | None = None) -> dict[str, Any]:
    """Return RotationRules with a schedule expression."""
    return {"ScheduleExpression": expression, **({"Duration": duration} if duration else {})}


@pytest.mark.parametrize(
    ("rules", "start", "end"),
    [
        ({"AutomaticallyAfterDays": 1}, "02-15 00:00", "02-16 00:00"),
        ({"AutomaticallyAfterDays": 30}, "03-15 00:00", "03-16 00:00"),
        ({"AutomaticallyAfterDays": 10, "Duration": "3h"}, "02-24 00:00", "02-24 03:00"),
        (schedule("rate(4 hours)"), "02-14 12:00", "02-14 13:00"),
        (schedule("rate(12 hours)", "6h"), "02-14 12:00", "02-14 18:00"),
        (schedule("rate(1 day)"), "02-15 00:00", "02-16 00:00"),
        (schedule("rate(10 days)", "2h"), "02-24 00:00", "02-24 02:00"),
        (schedule("cron(0 8 * * ? *)"), "02-15 08:00", "02-16 00:00"),
        (schedule("cron(0 11 * * ? *)"), "02-14 11:00", "02-15 00:00"),
        (schedule("cron(0 8 1 * ? *)", "4h"), "03-01 08:00", "03-01 12:00"),
        (schedule("cron(0 0 L * ? *)"), "02-29 00:00", "03-01 00:00"),
        (schedule("cron(0 10 ? * MON *)"), "02-19 10:00", "02-20 00:00"),
        (schedule("cron(0 10 ? * 6L *)"), "02-23 10:00", "02-24 00:00"),
        (schedule("cron(0 10 ? * L *)"), "02-17 10:00", "02-18 00:00"),
        (schedule("cron(0 10 ? * 2#1 *)"), "03-04 10:00", "03-05 00:00"),
        (schedule("cron(0 10 ? * TUE-THU *)"), "02-15 10:00", "02-16 00:00"),
        (schedule("cron(0 0 1 */3 ? *)"), "04-01 00:00", "04-02 00:00"),
        (schedule("cron(0 0 1 JAN,JUL ? *)"), "07-01 00:00", "07-02 00:00"),
        (schedule("cron(0 /8 * * ? *)"), "02-14 16:00", "02-14 17:00"),
        (schedule("cron(0 0,12 1-31/2 * ? *)"), "02-15 00:00", "02-15 01:00"),
        (schedule("cron(0 4 ? 2 5#5 *)"), "02-29 04:00", "03-01 00:00"),
        (schedule("cron(0 4 29 2 ? *)", "20h"), "02-29 04:00", "03-01 00:00"),
    ],
)
def test_the_next_window_is_the_one_that_aws_documents(rules: dict[str, Any], start: str, end: str) -> None:
    """Rates count from midnight; without a Duration, hourly windows close after an hour and daily ones at midnight."""
    window = next_window(rules_from(rules), AFTER)
    assert (text(window.start), text(window.end)) == (start, end)


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"Duration": "3h"},
        {"AutomaticallyAfterDays": 3, "ScheduleExpression": "rate(3 days)"},
        {"AutomaticallyAfterDays": 3, "Duration": "25h"},
        {"AutomaticallyAfterDays": 3, "Duration": "0h"},
        *map(
            schedule,
            [
                "rate(3 hours)",
                "rate(0 days)",
                "rate(1001 days)",
                "rate(5 minutes)",
                "every day",
                "cron(5 8 * * ? *)",
                "cron(0 8 * * ? 2025)",
                "cron(0 8 * * * *)",
                "cron(0 8 ? * ? *)",
                "cron(0 24 * * ? *)",
                "cron(0 8 0 * ? *)",
                "cron(0 8 32 * ? *)",
                "cron(0 8 30 2 ? *)",
                "cron(0 8 * 13 ? *)",
                "cron(0 8 ? * 8 *)",
                "cron(0 8 ? * MON#6 *)",
                "cron(0 8 5-1 * ? *)",
                "cron(0 */0 * * ? *)",
                "cron(0 8 , * ? *)",
                "cron(0 8 * * ?)",
                "cron(0 */2 * * ? *)",
                "cron(0 8 / * ? *)",
            ],
        ),
        schedule("rate(4 hours)", "5h"),
        schedule("cron(0 20 * * ? *)", "5h"),
        schedule("cron(0 0,6 * * ? *)", "7h"),
    ],
)
def test_a_schedule_that_can_not_be_kept_is_refused(rules: dict[str, Any]) -> None:
    """Both or neither kind, rates that are too fast, fields out of range, and windows that run on too long."""
    with pytest.raises(InvalidParameter):
        rules_from(rules)


@pytest.mark.parametrize(
    ("expression", "days"), [("rate(4 hours)", 1), ("rate(10 days)", 10), ("cron(0 8 * * ? *)", 1), ("cron(0 8 ? * MON *)", 7)]
)
def test_the_days_of_a_schedule_expression_are_calculated(expression: str, days: int) -> None:
    """AutomaticallyAfterDays is reported for these too."""
    assert rules_from(schedule(expression)).days == days


def test_the_next_rotation_date_is_the_day_on_which_the_window_closes() -> None:
    """A window that ends at midnight closes on the day before."""
    assert text(next_rotation_date(rules_from({"AutomaticallyAfterDays": 1}), AFTER)) == "02-15 23:59"


@given(st.text("0123456789*?/-,L#MONFEB ", max_size=30), st.floats(0, 4e9))
def test_any_text_is_a_schedule_or_refused(fields: str, after: float) -> None:
    """A hostile expression gets AWS's error, and a good one has a window later than the last rotation."""
    try:
        rules = rules_from(schedule(f"cron({fields})"))
    except InvalidParameter:
        return
    assert next_window(rules, after).start > after
