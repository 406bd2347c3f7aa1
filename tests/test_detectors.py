"""Small markets of which the truth is known, and what a detector is worth on them."""

import pandas as pd
import pytest

from course.detectors import FIRST_THOUGHTS, findings, market, rank, try_out

SEED = 4
BY_DEPTH = """
    select product_line from reviews where product_line is not null group by product_line
    having count(*) filter (where reviewed_on < date '2025-03-01') >= 30
        and count(*) filter (where reviewed_on >= date '2025-03-01') >= 30
        and avg(rating) filter (where reviewed_on < date '2025-03-01')
            - avg(rating) filter (where reviewed_on >= date '2025-03-01') >= 1"""


def test_a_market_is_the_same_each_time_and_its_line_has_fallen():
    reviews, line = market(SEED, True)
    market.cache_clear()
    again, same_line = market(SEED, True)
    assert line == same_line
    pd.testing.assert_frame_equal(reviews, again)
    own = reviews[reviews.product_line == line].sort_values("reviewed_on").rating
    assert len(own) > 100
    assert own.head(40).mean() - own.tail(40).mean() > 0.7


def test_a_quiet_market_has_no_line_that_fell_and_no_column_that_gives_it_away():
    reviews, line = market(SEED, False)
    assert line is None
    assert list(reviews) == list(market(SEED, True)[0]) == [
        "product_line", "parent_asin", "user_id", "reviewed_on", "rating", "is_verified_purchase",
    ]  # fmt: skip
    assert reviews.product_line.isna().any(), "some products have no line"


def test_sql_and_a_function_name_the_same_lines_and_cannot_spoil_the_market():
    reviews, line = market(SEED, True)
    before = reviews.copy()

    def in_pandas(frame):
        frame["rating"] = 0
        return [line, line, None]

    assert findings(BY_DEPTH, reviews) == findings(in_pandas, reviews) == [line]
    pd.testing.assert_frame_equal(reviews, before)


@pytest.mark.parametrize(
    "detector",
    ["select count(*) as n from reviews", lambda frame: None, lambda frame: "a line"],
    ids=["another column", "nothing", "a text"],
)
def test_what_is_no_list_of_lines_is_refused_with_its_form(detector):
    with pytest.raises(ValueError, match=r"product_line|product lines"):
        findings(detector, market(SEED, False)[0])


def test_each_market_is_a_row_with_what_was_found_and_what_was_not_there():
    tried = try_out(BY_DEPTH, [SEED])
    assert list(tried.seed) == [SEED, SEED]
    assert tried.planted[0] == market(SEED, True)[1]
    assert tried.found[0] is True
    assert tried[["planted", "found"]].loc[1].isna().all()
    everything = try_out("select distinct product_line from reviews", [SEED])
    lines = [market(SEED, planted)[0].product_line.nunique() for planted in (True, False)]
    assert list(everything.false_alarms) == [lines[0] - 1, lines[1]]
    assert try_out("select 'no such line' as product_line", [SEED]).false_alarms.sum() == 0


def test_a_detector_is_ranked_beside_first_thoughts():
    ranked = rank(BY_DEPTH, [SEED, SEED + 1])
    assert set(ranked.detector) == {"yours", *FIRST_THOUGHTS}
    assert ranked.detector[0] == "yours"
    assert (ranked.found + ranked.missed == 2).all()
    score = ranked.found - ranked.false_alarms
    assert list(score) == sorted(score, reverse=True)
