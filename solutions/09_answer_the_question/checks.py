"""The checks of the exercises on the owner's question."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd

from course.checks import Check, NotYet, counted, days_in, kind, need_columns, same_rows
from course.dbt import artefacts
from course.detectors import try_out

NEEDS = "models"

DAILY_RATINGS = """
    create or replace table marts.int_product_daily_ratings as
    select parent_asin, reviewed_on, count(*) as review_count, count(rating) as rating_count, coalesce(sum(rating), 0) as rating_sum,
        coalesce(sum(rating * rating), 0) as rating_square_sum, count(*) filter (where rating >= 4) as positive_count,
        count(*) filter (where rating = 5 and not is_verified_purchase) as five_star_unverified_count
    from marts.fct_reviews group by parent_asin, reviewed_on"""


@contextmanager
def another_shop(practice, *statements: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the practice warehouse, changed by the statements; it is thrown away when the block ends."""
    with tempfile.TemporaryDirectory(prefix="course-check-") as folder:
        copy = Path(folder) / practice.place.warehouse.name
        shutil.copyfile(practice.place.warehouse, copy)
        with duckdb.connect(str(copy)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.execute(DAILY_RATINGS)
            yield connection


# 1. The grain

BY_LINE = """
    select p.product_line,
        count(*) filter (where r.reviewed_on < date '2025-04-01') as before_count,
        round(avg(r.rating) filter (where r.reviewed_on < date '2025-04-01'), 2) as before_mean_rating,
        count(*) filter (where r.reviewed_on >= date '2025-04-01') as after_count,
        round(avg(r.rating) filter (where r.reviewed_on >= date '2025-04-01'), 2) as after_mean_rating
    from marts.fct_reviews as r join marts.dim_products as p using (parent_asin)
    where p.product_line is not null
    group by p.product_line having {enough}"""
ON_EACH_SIDE = "least(before_count, after_count) >= 40"
LINES = "select distinct store, leaf_category, product_line from marts.dim_products where product_line is not null"
# What was left undone or done otherwise, as a change of the query above, and the hint that fits.
LINE_MISTAKES = (
    (ON_EACH_SIDE, "true", "A handful of reviews on one side says nothing. `having` can test both counts."),
    (ON_EACH_SIDE, "count(*) >= 40", "Forty reviews in all can be thirty-nine and one: `having` can test both counts."),
    (ON_EACH_SIDE, "least(before_count, after_count) > 40", "A line with exactly 40 reviews on a side stays: `>= 40`."),
    ("where p.product_line is not null", "", "Products without a line are no line: leave them out, `where product_line is not null`."),
    ("date '2025-04-01'", "date '2025-04-02'", "The day itself belongs to what came since: `<` before it, `>=` from it on."),
)
# In another shop some reviews are missing, some products, much reviewed, have no line, and the line that is reviewed most has
# exactly 40 reviews before the day.
ANOTHER_SHOP = (
    "delete from marts.fct_reviews where hash(review_id) % 5 = 0",
    "update marts.dim_products set store = null, product_line = null where hash(parent_asin) % 5 = 0",
    """delete from marts.fct_reviews where review_id in (
        with lines as (select review_id, reviewed_on, product_line, count(*) over (partition by product_line) as n
            from marts.fct_reviews join marts.dim_products using (parent_asin) where product_line is not null)
        select review_id from lines where reviewed_on < date '2025-04-01'
        qualify dense_rank() over (order by n desc, product_line) = 1
            and row_number() over (order by n desc, product_line, review_id) > 40)""",
)


def by_line(practice, answer):
    """Compares the rows with the means of each product line, whatever a line is called, on the practice data and on another shop."""
    _judge_lines(practice.rows(answer), practice.query)
    if isinstance(answer, str):
        with another_shop(practice, *ANOTHER_SHOP) as shop:
            query = lambda sql: shop.execute(sql).df()  # noqa: E731
            _judge_lines(query(answer), query, "Right on the practice data, and not on other data: compute each figure from the marts.")


def _judge_lines(found, query, hint=""):
    found = found.rename(columns=str.lower)
    if "product_line" not in found and len(found) == 1:
        raise NotYet(
            "a row for each product line",
            "one row for the whole shop",
            "Group by the product's line: it is a column of `marts.dim_products`.",
        )
    expected = query(BY_LINE.format(enough=ON_EACH_SIDE))
    names = list(expected.columns)
    if "product_line" not in found and set(found.columns) & {"category", "leaf_category", "parent_asin", "store"}:
        raise NotYet("a column product_line", f"the columns {', '.join(found.columns)}", GRAIN)
    need_columns(found[[name for name in found.columns if name in names]], *names)  # others do no harm
    found = _with_known_names(found[names], query(LINES)).round(2)
    if not same(found, expected):
        for old, new, mistake in LINE_MISTAKES:
            if same(found, query(BY_LINE.format(enough=ON_EACH_SIDE).replace(old, new))):
                raise NotYet(counted(len(expected), "row"), counted(len(found), "row"), mistake)
    if len(found) < len(expected):
        hint = hint or "Lines are missing: all that have enough reviews are asked for, in any order."
    if len(found) == len(expected):
        hint = hint or "Each mean is `round(avg(rating), 2)` of the line's reviews in `marts.fct_reviews`, each review counted once."
    same_rows(found, expected, hint=hint)


GRAIN = "The grain asked for is the product line, a store's goods of one kind: `product_line` of `marts.dim_products`, or both parts."


def _with_known_names(found, lines):
    """The rows, with the name of each line as the marts have it; an answer may put store and leaf category together in its own way."""
    known = {}
    for line in lines.itertuples():
        known.setdefault((line.store.lower(), line.leaf_category.lower()), line.product_line)

    def name(text):
        if text is None or pd.isna(text):
            return None
        inside = [pair for pair in known if all(part in str(text).lower() for part in pair)]
        if not inside and str(text).strip():
            raise NotYet("a product line in each row", str(text), GRAIN)
        return known[max(inside, key=lambda pair: sum(map(len, pair)))] if inside else None

    return found.assign(product_line=found.product_line.map(name))


def same(found, expected):
    """Whether two results have the same rows."""
    try:
        same_rows(found, expected)
    except NotYet:
        return False
    return True


# 2. The control

CONTROL = """
    with rises as (
        select parent_asin, valid_from_at, valid_from_at::date as raised_on
        from marts.dim_product_prices where price >= 1.2 * previous_price),
    sides as (
        select rises.parent_asin, count(*) filter (where r.reviewed_on < raised_on) as before_count,
            count(*) filter (where r.reviewed_on >= raised_on) as after_count,
            avg(r.rating) filter (where r.reviewed_on < raised_on) - avg(r.rating) filter (where r.reviewed_on >= raised_on) as drop
        from rises join marts.fct_reviews as r using (parent_asin) group by rises.parent_asin, valid_from_at, raised_on),
    kept as (select sides.* from sides join marts.dim_products as p using (parent_asin) where {enough} and {lines})
    select (select count(*) from rises) as rise_count, (select count(*) from kept) as compared_count,
        (select count(*) from kept where drop >= 0.7) as cost_stars_count"""
BOTH_SIDES = "least(before_count, after_count) >= 20"
GOOD_LINES = "not exists (select 1 from analytics.quality_drops as q where q.store = p.store and q.leaf_category = p.leaf_category)"
GOOD_STORES = "p.store not in (select store from analytics.quality_drops)"
# What was left undone, and the hint that fits.
MISTAKES = (
    (
        "true",
        GOOD_LINES,
        "Some rises have a handful of reviews on one side. Leave out those with fewer than 20 before or fewer than 20 after.",
    ),
    ("before_count + after_count >= 20", GOOD_LINES, "Twenty reviews in all can be nineteen and one. Ask for 20 on each side of the day."),
    (
        BOTH_SIDES,
        "true",
        "A product of a line that went bad lost its stars for another reason. Leave out the lines in `analytics.quality_drops`.",
    ),
    (BOTH_SIDES, GOOD_STORES, "A line is a store *and* a leaf category: other goods of the store do not belong to the line that fell."),
    ("true", "true", "Two groups do not belong here: rises with few reviews on one side, and products of lines that went bad."),
)
# In another shop prices rose, by a fifth exactly and late in the evening, and ratings fell with them: of the most reviewed product
# in the line that went bad, in another line of its store, and elsewhere. Just 20 reviews and those of the same day come after.
PRICES_ROSE = (
    """update marts.dim_products as p set store = q.store, product_line = q.store || ' / ' || p.leaf_category
    from (from analytics.quality_drops order by store limit 1) as q
    where p.parent_asin = (
        select r.parent_asin from marts.fct_reviews as r join marts.dim_products as d using (parent_asin)
        where d.product_line is not null and d.leaf_category not in (select leaf_category from analytics.quality_drops)
        group by r.parent_asin order by count(*) desc, r.parent_asin limit 1 offset 1)""",
    """create table rising as
    with counted as (
        select r.parent_asin, count(*) as n,
            case when any_value(p.product_line) in (select store || ' / ' || leaf_category from analytics.quality_drops) then 'the line'
                when any_value(p.store) in (select store from analytics.quality_drops) then 'its store' else 'elsewhere' end as place
        from marts.fct_reviews as r join marts.dim_products as p using (parent_asin) group by r.parent_asin)
    select parent_asin from counted qualify row_number() over (partition by place order by n desc, parent_asin) = 1""",
    """insert into marts.fct_reviews by name
    select * exclude (n) replace (review_id || n as review_id) from marts.fct_reviews, range(3) as copies(n)
    where parent_asin in (from rising)""",
    """create table rises as
    select parent_asin, reviewed_on as raised_on from marts.fct_reviews where parent_asin in (from rising)
    qualify row_number() over (partition by parent_asin order by reviewed_on desc, review_id) = 20""",
    """update marts.fct_reviews as r set rating = case when r.reviewed_on < rises.raised_on then 5 else 2 end
    from rises where rises.parent_asin = r.parent_asin""",
    """insert into marts.dim_product_prices by name
    select parent_asin, raised_on + interval 1430 minute as valid_from_at, 12.00 as price, 10.00 as previous_price, false as is_current
    from rises""",
)


def control(practice, answer):
    """Compares the three counts with those from the marts, on the practice data and on a shop where more prices rose."""
    found = practice.rows(answer)
    _same_counts(found, lambda sql: practice.query(sql), "")
    if isinstance(answer, str):
        with another_shop(practice, *PRICES_ROSE) as shop:
            _same_counts(
                shop.execute(answer).df(), lambda sql: shop.execute(sql).df(), " (in a shop where the prices of more products rose)"
            )


def _same_counts(found: pd.DataFrame, query, where: str) -> None:
    expected = query(CONTROL.format(enough=BOTH_SIDES, lines=GOOD_LINES))
    found = found.rename(columns=str.lower)
    if not set(expected.columns) <= set(found.columns) or len(found) != 1:
        same_rows(found, expected, hint="One row with the three columns: a `count(*)`, and two with a `filter` or a subquery.")
    mine = found[list(expected.columns)].iloc[0]
    theirs = expected.iloc[0]
    if mine.rise_count != theirs.rise_count:
        raise NotYet(
            f"rise_count = {theirs.rise_count}{where}",
            f"rise_count = {mine.rise_count}",
            "`rise_count` is of all rises of a fifth or more, before any is left out: count `marts.dim_product_prices` alone, from "
            "`price >= 1.2 * previous_price`.",
        )
    if list(mine) == list(theirs):
        return
    typical = (hint for enough, lines, hint in MISTAKES if list(query(CONTROL.format(enough=enough, lines=lines)).iloc[0]) == list(mine))
    hint = next(typical, "")
    if not hint and mine.compared_count == theirs.compared_count:
        hint = "Counted are rises after which the mean was lower by 0.7 or more: `before_mean - after_mean >= 0.7`."
    elif not hint:
        hint = "One row per rise: group by product and day. The *day* of the rise, `valid_from_at::date`, parts the reviews."
    figures = ("compared_count", "cost_stars_count")
    raise NotYet(
        ", ".join(f"{name} = {theirs[name]}" for name in figures) + where, ", ".join(f"{name} = {mine[name]}" for name in figures), hint
    )


# 3. The sentence


def written(practice, write_answer):
    """Runs the function on the practice data's finding, on two made ones and on none, and looks for each figure in the text."""
    made = pd.DataFrame(
        {
            "store": ["Ullastiquist", "Grisarana & Co"],
            "leaf_category": ["Trail Mixes", "Chew Toys"],
            "changed_on": pd.to_datetime(["2024-09-21", "2025-06-03"]),
            "before_review_count": [1204, 77],
            "after_review_count": [318, 96],
            "before_mean_rating": [4.0512, 3.8831],
            "after_mean_rating": [2.9499, 1.6042],
        }
    )
    nothing = made.iloc[:0]
    real = practice.query(f"select {', '.join(made.columns)} from analytics.quality_drops order by rating_drop desc, store")
    for drops, what in ((real, "the practice data"), (made.iloc[:1], "another line"), (made, "two lines")):
        text = write_answer(drops.copy())
        if not isinstance(text, str):
            raise NotYet(
                "a text that the function returns",
                kind(text),
                "End the function with `return`; what it prints cannot be sent to anybody."
                if text is None
                else 'One text for all rows: `"\\n".join(sentences)` makes it of a list.',
            )
        for row in drops.itertuples():
            _holds(text, row, what)
    try:
        text = write_answer(nothing.copy())
    except (IndexError, KeyError) as error:
        raise NotYet(
            "an answer where nothing was found",
            f"{type(error).__name__}: {error}",
            "On most days the table is empty. Say so in words instead of reading its first row.",
        ) from error
    if not isinstance(text, str) or not text.strip() or re.search(r"[1-9]", text):
        raise NotYet(
            "words, without figures, where nothing was found",
            repr(text)[:120],
            "An empty table is an answer too: say that nothing stands out, in words.",
        )


def _holds(text: str, row, what: str) -> None:
    wanted = {
        "the store": (row.store,),
        "the leaf category": (row.leaf_category,),
        "the day": (f"{row.changed_on.day} {row.changed_on:%B %Y}",),
        "the mean before": (f"{row.before_mean_rating:.1f}",),
        "the mean after": (f"{row.after_mean_rating:.1f}",),
        "how many reviews came before": (f"{row.before_review_count}", f"{row.before_review_count:,}"),
        "how many came after": (f"{row.after_review_count}", f"{row.after_review_count:,}"),
    }
    for name, forms in wanted.items():
        if any(re.search(rf"(?<![\d.,]){re.escape(form)}(?!\d|[.,]\d)", text, re.IGNORECASE) for form in forms):
            continue
        if name == "the day" and row.changed_on.date() in days_in(text):
            continue
        hint = ""
        if what == "another line":
            hint = "Right on the practice data only: write each figure from the table that the function is given."
        elif what == "two lines" and row.Index == 1:
            hint = "Write a sentence for each row of the table, not for its first one alone."
        elif "mean" in name:
            hint = "One digit behind the point: an f-string such as `{4.3425:.1f}` rounds."
        elif name == "the day":
            hint = "Day, month and year, in a form that a reader knows: `{d.changed_on:%d %B %Y}` in an f-string is one."
        elif name in ("the store", "the leaf category"):
            hint = "A line is a store and a leaf category: name both, `{d.store}` and `{d.leaf_category}`."
        elif "many" in name:
            hint = "A mean without its count is no evidence: name both counts."
        raise NotYet(f"{name}, {forms[0]!r} ({what})", repr(text)[:200], hint)


# 4. The detector

PACES = """
    with last as (select max(reviewed_on) as day from marts.fct_reviews)
    select parent_asin, count(*) as n,
        (day - max(reviewed_on)) * (count(*) - 1) / nullif(max(reviewed_on) - min(reviewed_on), 0)::double as gaps
    from marts.fct_reviews, last group by parent_asin, day"""
EARLIER = "2025-10-15"
# What an earlier look at the shop would have shown: no review after that day.
LOOK_EARLIER = (f"delete from marts.fct_reviews where reviewed_on > date '{EARLIER}'",)
# Products that stop: one of many reviews, seven weeks before; one of fewer, half a year before; and one that hardly qualifies.
STOP = (
    *LOOK_EARLIER,
    f"""create table stopped as
    with pace as (
        select parent_asin, stopped_on, count(*) filter (where reviewed_on <= stopped_on) as n,
            max(reviewed_on) filter (where reviewed_on <= stopped_on) as last_on, min(reviewed_on) as first_on
        from marts.fct_reviews, (select unnest([50, 110, 200]) as days, date '{EARLIER}' - days::integer as stopped_on) group by all)
    select * from pace
    where n >= 20 and (date '{EARLIER}' - last_on) * (n - 1) >= 11.0 * (last_on - first_on)
    qualify row_number() over (partition by stopped_on order by n, parent_asin) = 1""",
    "delete from marts.fct_reviews as r using stopped as s where r.parent_asin = s.parent_asin and r.reviewed_on > s.stopped_on",
)
FOLLOW = (
    "delete from amazon_raw.reviews where review_id not in (select review_id from marts.fct_reviews)",
    """update marts.dim_products as p set
        review_count = f.n, rating_count = f.n, positive_count = f.positive_count, mean_rating = f.mean_rating,
        first_reviewed_on = f.first_on, last_reviewed_on = f.last_on
    from (select d.parent_asin, count(r.review_id) as n, count(*) filter (where r.rating >= 4) as positive_count,
        round(avg(r.rating), 4) as mean_rating, min(r.reviewed_on) as first_on, max(r.reviewed_on) as last_on
        from marts.dim_products as d left join marts.fct_reviews as r using (parent_asin) group by d.parent_asin) as f
    where f.parent_asin = p.parent_asin""",
)


def silent_products(practice):
    """Builds the model; runs it where nothing stopped, on the same shop seen earlier, and where three products stopped."""
    practice.build(4, "run", "--select", "silent_products")
    compiled = next((artefacts(practice.target) / "compiled").rglob("silent_products.sql")).read_text(encoding="utf-8")
    by_clock = re.search(r"current_date|today\(|now\(|current_timestamp|get_current", compiled, re.IGNORECASE)
    clock = (
        "The data end on a day of their own. Measure the silence up to the last day on which anything was reviewed, not up to today."
        if by_clock
        else ""
    )
    calm = "where nothing stopped"
    _judge_detector(practice.query("select * from analytics.silent_products"), practice.query(PACES), calm, clock)
    shops = {"in the same shop, seen on an earlier day": LOOK_EARLIER, "where three products stopped": STOP}
    for name, statements in shops.items():
        with another_shop(practice, *statements, *FOLLOW) as shop:
            fixed = (
                "Right on the whole data only. The last day must come from the data as they are."
                if not by_clock and statements is LOOK_EARLIER
                else clock
            )
            _judge_detector(shop.execute(compiled).df(), shop.execute(PACES).df(), name, fixed)


def _judge_detector(found: pd.DataFrame, paces: pd.DataFrame, shop: str, hint: str) -> None:
    columns = {str(name).lower() for name in found.columns}
    if not {"parent_asin", "last_reviewed_on"} <= columns:
        hint = "The model's last `select` names both columns, as the task does; others may stand beside them."
        raise NotYet("the columns parent_asin and last_reviewed_on", ", ".join(found.columns), hint)
    found = found.rename(columns=str.lower)
    if found.parent_asin.duplicated().any():
        raise NotYet(
            "one row per product",
            f"{len(found)} rows of {found.parent_asin.nunique()} products",
            "Group by the product before you compare.",
        )
    reported = paces[paces.parent_asin.isin(found.parent_asin)]
    few, calm = reported[reported.n < 10], reported[(reported.n >= 10) & ~(reported.gaps >= 6)]
    if len(few) or len(calm):
        example = (few if len(few) else calm).sort_values(["n", "parent_asin"]).iloc[0]
        told = f"false alarms for {len(few) + len(calm)}, such as {example.parent_asin} with {example.n:.0f} reviews"
        told += f" and a silence of {example.gaps:.1f} usual gaps" if example.gaps == example.gaps else ""
        if len(few):
            why = "A product with few reviews in its whole life has no usual gap. Ask for a least number of reviews."
        else:
            why = (
                "A number of days that is long for one product is usual for another. Measure each silence in the product's own usual gaps."
            )
        raise NotYet(f"{shop}: no product with few reviews, and none whose silence is short of 6 usual gaps", told, hint or why)
    missed = paces[(paces.n >= 20) & (paces.gaps >= 10) & ~paces.parent_asin.isin(found.parent_asin)].sort_values("parent_asin")
    if len(missed):
        example = missed.iloc[0]
        raise NotYet(
            f"{shop}: every product with 20 reviews or more and a silence of 10 usual gaps or more",
            f"{len(missed)} of them missing, such as {example.parent_asin} with {example.n:.0f} reviews and a silence of "
            f"{example.gaps:.1f} usual gaps",
            f"A silence of {example.gaps:.1f} usual gaps is long, and {example.n:.0f} reviews are enough. Which condition leaves it out? "
            "Measure each silence in the product's own usual gaps.",
        )


# 5. A detector of one's own

UNSEEN = range(7001, 7009)
MOST_MISSED, MOST_ALARMS = 2, 3


def own_detector(practice, detector):
    """Tries the detector on two markets of each of eight seeds, one with a line that went bad and one without."""
    try:
        tried = try_out(detector, UNSEEN)
    except ValueError as error:
        raise NotYet(
            "a result with the column product_line, or a list of lines",
            str(error),
            "Whatever the detector finds, its result is a list of lines: in SQL the column `product_line`, and no row where there is none.",
        ) from None
    found, alarms = int(tried.found.sum()), int(tried.false_alarms.sum())
    missed = len(UNSEEN) - found
    if missed <= MOST_MISSED and alarms <= MOST_ALARMS:
        return
    if not found and alarms <= MOST_ALARMS:
        hint = "None of the lines that fell is named. Compute from the table `reviews`, name lines as its column `product_line` does, "
        hint += "and lower a threshold that only the clearest falls pass."
    elif missed > MOST_MISSED and alarms > MOST_ALARMS:
        hint = "A line with a low mean need not have fallen, and one that fell need not be low. Compare each line's ratings after a day "
        hint += "with its own before it."
    elif alarms > len(tried):
        hint = (
            "A mean of a handful of reviews moves by stars without a reason. Ask for a least number of reviews on either side of the day."
        )
    elif alarms > MOST_ALARMS:
        hint = "Many lines are tried, and on many days, so that chance has many chances. Raise the threshold of the z-score, step by step."
    else:
        hint = "So strict a detector raises no alarm, and misses what is faint. Lower its threshold until false alarms begin to show."
    raise NotYet(
        f"at least {len(UNSEEN) - MOST_MISSED} of {len(UNSEEN)} planted lines found, and at most {MOST_ALARMS} false alarms",
        f"{found} of {len(UNSEEN)} found, {alarms} false alarms in {len(tried)} markets",
        hint,
    )


CHECKS = {
    1: Check(
        by_line,
        hints=(
            "Which table says to what line a product belongs? Join it on `parent_asin`.",
            "Select and group by `product_line`, and keep lines whose two counts are both 40 or more: `having` comes after `group by`.",
            "`join marts.dim_products using (parent_asin) where product_line is not null group by product_line "
            "having before_count >= 40 and after_count >= 40`.",
        ),
        takeaway="The same two means, at the grain where things go wrong: what the average over everything hid stands in the first rows.",
    ),
    2: Check(
        control,
        hints=(
            "Work in steps: the rises, then each rise with its reviews before and after, then what is left of them, then three counts.",
            "Join `marts.fct_reviews` to the rises on `parent_asin` and group by product and day; two `filter` clauses part the "
            "reviews at `valid_from_at::date`.",
            "`compared` keeps rows with `before_count >= 20 and after_count >= 20` whose product's `store` and `leaf_category` are not in "
            "`analytics.quality_drops`; the last count has `filter (where before_mean - after_mean >= 0.7)`.",
        ),
        takeaway="One rise that cost stars is a finding because you also counted those that did not.",
    ),
    3: Check(
        written,
        hints=(
            "Go through the rows with `for d in drops.itertuples():` and write one f-string for each.",
            "`{d.changed_on:%d %B %Y}` writes the day, `{d.before_mean_rating:.1f}` a mean, `{d.before_review_count}` a count.",
            'Collect the sentences in a list and end with `return "\\n".join(sentences) or "Nothing stands out beyond what chance '
            'explains."`',
        ),
        takeaway="An answer that is written from its tables is right on the next day's data too, and every figure in it can be looked up.",
    ),
    4: Check(
        silent_products,
        hints=(
            "For each product you need its number of reviews, its first and its last day; for the shop, the last day of all.",
            "The usual gap is `(last - first)::double / nullif(review_count - 1, 0)`; the silence is the shop's last day minus the "
            "product's.",
            "Keep products with `review_count >= 20 and silent_days >= 8 * usual_gap_days`, with the shop's last day from "
            "`max(reviewed_on)` over all reviews.",
        ),
        takeaway="A detector is worth as much as its silence: it found what had stopped, and raised no alarm where nothing had.",
    ),
    5: Check(
        own_detector,
        hints=(
            "For each line and each day that may be the day of the change: the mean before, the mean from it on, and both counts. "
            "A few days, such as the first of each month, will do.",
            "Divide the fall by its standard error, the root of `before_variance / before_count + after_variance / after_count`. "
            "Ask for 20 reviews or more on each side.",
            "`select distinct product_line from sides where least(before_count, after_count) >= 20 and fall >= 0.7 and "
            "fall / sqrt(before_variance / before_count + after_variance / after_count) >= 5`.",
        ),
        takeaway="You know what your detector is worth: you tried it where the truth is known, on markets that it was not made for.",
    ),
}
