"""A check reads the days of a text in any form that is usual, and takes no figure for a day."""

from datetime import date

import pytest

from course.checks import days_in, without_days

TENTH = date(2025, 4, 10)


@pytest.mark.parametrize(
    "written",
    [
        "10 April 2025",
        "April 10, 2025",
        "10 Apr 2025",
        "10-APR-2025",
        "the 10th of April, 2025",
        "Thursday, 10 April 2025, in 420 reviews",
        "2025-04-10",
        "2025/04/10",
        "10.04.2025",
        "10/04/2025",
        "04/10/2025",
        "April 10th",
    ],
)
def test_a_day_is_read_in_any_usual_form(written):
    text = f"Bad since {written}: 4.3 stars before (479 reviews), 2.1 since."
    assert TENTH in days_in(text)
    assert "4.3 stars before (479 reviews), 2.1 since" in without_days(text)
    assert "2025" not in without_days(text)


@pytest.mark.parametrize(
    "text",
    ["April 2025", "since 10:04", "4.3 of 2025", "10 marks of 25", "31 June 2025", "11 April 2025"],
)
def test_what_is_not_that_day_is_not_taken_for_it(text):
    assert TENTH not in days_in(text)
