"""The checks of the capstone: what was found in the unseen shop against what was planted in it."""

import re
from datetime import date

import pandas as pd

from course import warehouse
from course.checks import Check, NotYet, Stopped, counted, days_in, need_columns, same_rows, shown, without_days
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.marketplace import Marketplace

NEEDS = "models"  # of the practice marketplace: a query that answers must do so there too

SHOP = Marketplace(items=1500, reviews=30_000, seed=27)
DAYS_OFF = 5  # how far from the planted day an answer may lie; the detector's own window is about as wide
LOAD_FIRST = "Do exercises 1 and 2 first: load the files into the target `capstone`, then build its models."
HARD_CODED = (
    "It is right for this shop only, so something in it is written down. "
    "Let the query find it in the tables; `practice.query(…)` asks the other shop."
)


def _capstone(sql: str) -> pd.DataFrame:
    return warehouse.query(find_target("capstone").warehouse, sql)


def _has(table: str) -> bool:
    if not find_target("capstone").warehouse.exists():
        return False
    return bool(_capstone(f"select count(*) as n from information_schema.tables where table_schema || '.' || table_name = '{table}'").n[0])


def _built() -> None:
    if not _has("analytics.quality_drops"):
        raise NotYet("a target capstone with built models", "no such models in it", LOAD_FIRST)


def _rows(query, answer) -> pd.DataFrame:
    if not isinstance(answer, str):
        raise NotYet(
            "a query as text",
            f"a {type(answer).__name__}",
            'Write the query between `"""` and `"""`, so that it can be run on another shop too.',
        )
    try:
        return query(answer).rename(columns=str.lower)
    except Exception as error:
        raise Stopped(error) from error


def _one_row(found: pd.DataFrame, columns: str, query_name: str = "") -> pd.Series:
    wanted = columns.split()
    need_columns(found[[name for name in found.columns if name in wanted]], *wanted)  # others do no harm
    if len(found) != 1:
        hint = HARD_CODED if query_name else "One row is asked for: group by the columns that name what was found, and by nothing else."
        raise NotYet(f"one row{query_name}", counted(len(found), "row"), hint)
    return found[wanted].iloc[0]


def _day(value) -> date:
    try:
        return pd.Timestamp(value).date()
    except (TypeError, ValueError) as error:
        raise NotYet("a day", repr(value)) from error


def _near(found, expected, within: float) -> bool:
    try:
        return abs(float(found) - float(expected)) <= within
    except (TypeError, ValueError):
        return False


def _agree(found: pd.Series, expected: pd.Series, names: str, within: float, hint: str, where: str = "") -> None:
    """Compare figures of one row; `where` says in which shop."""
    for name in names.split():
        if not _near(found[name], expected[name], within):
            raise NotYet(f"{name} = {shown(expected[name])}{where}", shown(found[name]), hint)


# 1. The load

LEDGER = """
    select table_name, rows_in, inserted + updated + unchanged as kept_count, duplicates as duplicate_count, rejected as rejected_count,
        rows_in - inserted - updated - unchanged - duplicates - rejected as unaccounted_count
    from amazon_raw.load_reconciliation"""


def loaded(practice, proof):
    """Compares raw tables, edits, late records and rejects with what the shop was made with, and the proof with its counts."""
    truth = SHOP.truth()
    counts = truth["counts"]
    if not _has("amazon_raw.load_reconciliation"):
        raise NotYet(
            "a load into the target capstone",
            "no raw tables there",
            'Call `run` with `source="files"`, `path=files` and `target="capstone"`.',
        )
    tables = {"products": counts["items"], "prices": counts["price_events"], "reviews": counts["distinct_reviews"]}
    there = {name: _capstone(f"select count(*) as n from amazon_raw.{name}").n[0] if _has(f"amazon_raw.{name}") else 0 for name in tables}
    if 0 in there.values():
        raise NotYet(
            "products, prices and reviews",
            f"nothing in {next(name for name, n in there.items() if not n)}",
            "`path` takes the whole folder: three files feed three tables.",
        )
    if there != tables:
        raise NotYet(
            ", ".join(f"{n:,} {name}" for name, n in tables.items()),
            ", ".join(f"{n:,} {name}" for name, n in there.items()),
            "Load all of the folder and no other source: without `run_date`, `from_date` and `to_date`. `full_refresh=True` begins anew.",
        )
    newest = _capstone("select user_id, asin, timestamp, rating from amazon_raw.reviews")
    ratings = newest.set_index(["user_id", "asin", "timestamp"]).rating.to_dict()
    for edit in truth["edited"]:
        if ratings.get((edit["user_id"], edit["asin"], edit["timestamp"])) != edit["rating"]:
            raise NotYet(
                "this shop's reviews, each in its newest version",
                "others",
                "The target holds other data. Load `files` with `full_refresh=True`.",
            )
    rejects = {"products": counts["malformed_items"], "reviews": counts["malformed_reviews"], "prices": 0}
    doubles = {"products": 0, "prices": 0, "reviews": counts["duplicates"] + counts["edits"]}
    expected = pd.DataFrame(
        [(name, n + doubles[name] + rejects[name], n, doubles[name], rejects[name], 0) for name, n in tables.items()],
        columns=["table_name", "rows_in", "kept_count", "duplicate_count", "rejected_count", "unaccounted_count"],
    )
    found = _rows(_capstone, proof)
    if set(expected.columns) <= set(found.columns) and len(found) == len(expected):
        if found.rows_in.sum() > expected.rows_in.sum():
            raise NotYet(
                f"{expected.rows_in.sum():,} rows in",
                f"{found.rows_in.sum():,.0f}",
                "You have loaded more than once, and each load keeps its own books. Take the newest: `load_id = (select max(load_id) "
                "from …)`.",
            )
        if found.unaccounted_count.astype(float).any():
            raise NotYet(
                "an unaccounted_count of 0 for every table",
                f"{found.unaccounted_count.sum():,.0f} in all",
                "What came in was inserted, updated, unchanged, a duplicate or rejected. Take all five off `rows_in`.",
            )
    same_rows(found, expected)
    same_rows(_rows(practice.query, proof), practice.query(LEDGER), hint=HARD_CODED)


# 2. The models

GRAIN = """
    select 'dim_products' as table_name, count(*) as row_count, count(distinct parent_asin) as key_count from marts.dim_products
    union all select 'fct_reviews', count(*), count(distinct review_id) from marts.fct_reviews
    union all select 'dim_product_prices', count(*), count(distinct (parent_asin, valid_from_at)) from marts.dim_product_prices"""


def built(practice, results, grain):
    """Looks for tests among dbt's results, compares the marts with the raw tables, and the rows with keys counted here."""
    if not isinstance(results, pd.DataFrame) or "kind" not in results:
        raise NotYet(
            "the table that dbt(…) returns",
            f"a {type(results).__name__}",
            'Keep what the call gives back: `results = dbt(…, target="capstone")`.',
        )
    _built()
    counts = SHOP.truth()["counts"]
    expected = _capstone(GRAIN).sort_values("table_name")
    by_table = expected.set_index("table_name").row_count
    if by_table["fct_reviews"] != counts["distinct_reviews"] or by_table["dim_products"] != counts["items"]:
        raise NotYet(
            f"{counts['items']:,} products and {counts['distinct_reviews']:,} reviews in the marts",
            f"{by_table['dim_products']:,} and {by_table['fct_reviews']:,}",
            "The models are older than the load. Build them again.",
        )
    if not (results.kind == "test").any():
        raise NotYet(
            "models and tests among dbt's results",
            f"{len(results)} nodes, no test among them",
            "`run` makes the models and tests nothing; `build` makes and tests them, and stops where a test fails.",
        )
    found = _rows(_capstone, grain)
    if set(found.columns) == set(expected.columns) and len(found) == 3:
        keys = found.set_index("table_name").key_count
        fewer = [name for name in keys.index if name in by_table.index and keys[name] < by_table[name]]
        if fewer:
            raise NotYet(
                f"{fewer[0]}: {by_table[fewer[0]]:,} rows, and as many keys",
                f"{keys[fewer[0]]:,} keys",
                "That is a part of the key. Say what one row is, and count all columns that it takes: `count(distinct (a, b))` counts "
                "pairs.",
            )
    same_rows(found, expected)
    same_rows(_rows(practice.query, grain), practice.query(GRAIN), hint=HARD_CODED)


# 3. The line

LINE_COLUMNS = "store leaf_category changed_on before_mean_rating after_mean_rating shop_fall fall_without_line"
LINE = """
    with reviews as (
        select r.rating, r.reviewed_on >= date '{day}' as is_after,
            coalesce(p.store = $s${store}$s$ and p.leaf_category = $s${leaf}$s$, false) as is_line
        from marts.fct_reviews as r left join marts.dim_products as p using (parent_asin))
    select avg(rating) filter (where is_line and not is_after) as before_mean_rating,
        avg(rating) filter (where is_line and is_after) as after_mean_rating,
        avg(rating) filter (where not is_after) - avg(rating) filter (where is_after) as shop_fall,
        avg(rating) filter (where not is_line and not is_after) - avg(rating) filter (where not is_line and is_after) as fall_without_line
    from reviews"""


def bad_line(practice, answer):
    """Compares line and day with what was planted (the day within five), and the four figures with the ratings; then on another shop."""
    _built()
    planted = SHOP.truth()["quality_drop"]
    found = _one_row(_rows(_capstone, answer), LINE_COLUMNS)
    if (found.store, found.leaf_category) != (planted["store"], planted["category"]):
        raise NotYet(
            "the line that went bad",
            f"{found.store}, {found.leaf_category}",
            "A line that always had a low mean has not gone bad. Ask for a fall that chance does not explain: `analytics.quality_drops`.",
        )
    if abs((_day(found.changed_on) - date.fromisoformat(planted["changed_on"])).days) > DAYS_OFF:
        raise NotYet(
            "the day of the change",
            str(found.changed_on),
            "`changed_on` is the day that parts the line's ratings best; `earliest_on` and `latest_on` say how sure it is.",
        )
    _line_figures(found, _capstone, "")
    drop = practice.query("select store, leaf_category, earliest_on, latest_on from analytics.quality_drops").iloc[0]
    found = _one_row(_rows(practice.query, answer), LINE_COLUMNS, " (on the practice marketplace)")
    same_line = (found.store, found.leaf_category) == (drop.store, drop.leaf_category)
    if not same_line or not _day(drop.earliest_on) <= _day(found.changed_on) <= _day(drop.latest_on):
        raise NotYet(
            f"{drop.store}, {drop.leaf_category} on the practice marketplace",
            f"{found.store}, {found.leaf_category}, {found.changed_on}",
            HARD_CODED,
        )
    _line_figures(found, practice.query, " (on the practice marketplace)")


def _line_figures(found: pd.Series, query, where: str) -> None:
    expected = query(LINE.format(day=_day(found.changed_on), store=found.store, leaf=found.leaf_category)).iloc[0].round(3)
    _agree(
        found, expected, "before_mean_rating after_mean_rating", 0.0101,
        "These are the line's own means: of the ratings in `marts.fct_reviews` of its products, each review counted once.", where,
    )  # fmt: skip
    _agree(
        found, expected, "shop_fall fall_without_line", 0.0031,
        "Both falls are of means over reviews, before the line's day and from it on: of all reviews, and of all but the line's.", where,
    )  # fmt: skip


# 4. The praise

BOUGHT = """
    with told as (select *, r.reviewed_on between b.first_on and b.last_on and r.rating = 5 and not r.is_verified_purchase as is_bought
        from marts.fct_reviews as r join analytics.review_bursts as b using (parent_asin))
    select parent_asin, first_on, last_on, count(*) filter (where is_bought) as bought_count, avg(rating) as mean_rating,
        avg(rating) filter (where not is_bought) as mean_without_bought
    from told group by all"""
BOUGHT_COLUMNS = "parent_asin first_on last_on bought_count mean_rating mean_without_bought"


def bought(practice, answer):
    """Compares product, days and number with what was planted, and the two means with the ratings; then on another shop."""
    _built()
    planted = SHOP.truth()["review_burst"]
    found = _one_row(_rows(_capstone, answer), BOUGHT_COLUMNS)
    if found.parent_asin != planted["parent_asin"]:
        raise NotYet(
            "the product whose praise was bought",
            f"{found.parent_asin}",
            "Many five stars are no proof. Look for many in a few days, without a purchase, by people who wrote nothing else: "
            "`analytics.review_bursts`.",
        )
    days = (str(_day(found.first_on)), str(_day(found.last_on)))
    if days != (planted["first_day"], planted["last_day"]):
        raise NotYet("the first and the last day of the burst", " and ".join(days))
    if found.bought_count != planted["review_count"]:
        raise NotYet(
            f"bought_count = {planted['review_count']}",
            f"{found.bought_count}",
            "Bought are the five-star reviews without a purchase on these days, not all that the product ever had.",
        )
    _praise_figures(found, _capstone(BOUGHT).iloc[0], "")
    other = practice.query(BOUGHT).iloc[0]
    found = _one_row(_rows(practice.query, answer), BOUGHT_COLUMNS, " (on the practice marketplace)")
    if found.parent_asin != other.parent_asin or not _near(found.bought_count, other.bought_count, 0):
        raise NotYet(
            f"{other.parent_asin}, {other.bought_count} reviews, on the practice marketplace",
            f"{found.parent_asin}, {found.bought_count}",
            HARD_CODED,
        )
    _praise_figures(found, other, " (on the practice marketplace)")


def _praise_figures(found: pd.Series, expected: pd.Series, where: str) -> None:
    _agree(
        found,
        expected,
        "mean_rating",
        0.0101,
        "Take the mean of what customers wrote, `marts.fct_reviews`; the site's own figure rests on other ratings.",
        where,
    )
    _agree(
        found, expected, "mean_without_bought", 0.0101,
        "Leave out what was bought and nothing else: five stars, no purchase, on the days of the burst. "
        "Unverified reviews of other days stay.", where,
    )  # fmt: skip


# 5. The price

DEAR = """
    select e.parent_asin, e.raised_on, e.before_price, e.after_price,
        avg(r.rating) filter (where r.reviewed_on < e.raised_on) as before_mean_rating,
        avg(r.rating) filter (where r.reviewed_on >= e.raised_on) as after_mean_rating,
        (select count(*) from marts.dim_product_prices where price >= 1.2 * previous_price) as rise_count
    from analytics.price_rise_effects as e join marts.fct_reviews as r using (parent_asin) group by all"""
DEAR_COLUMNS = "parent_asin raised_on before_price after_price before_mean_rating after_mean_rating rise_count"


def dear(practice, answer):
    """Compares product, day and prices with what was planted, and means and count with the marts; then on another shop."""
    _built()
    planted = SHOP.truth()["price_rise"]
    found = _one_row(_rows(_capstone, answer), DEAR_COLUMNS)
    if found.parent_asin != planted["parent_asin"] or str(_day(found.raised_on)) != planted["changed_on"]:
        raise NotYet(
            "the price rise that cost stars",
            f"{found.parent_asin}, {found.raised_on}",
            "A large rise is not yet a resented one: its ratings must have fallen with it, by more than chance. "
            "`analytics.price_rise_effects` compares them.",
        )
    if not _near(found.before_price, planted["price_before"], 0.001) or not _near(found.after_price, planted["price_after"], 0.001):
        raise NotYet(
            f"from {planted['price_before']} to {planted['price_after']}",
            f"from {found.before_price} to {found.after_price}",
            "The price before the rise is `previous_price` of the period that began on that day.",
        )
    _dear_figures(found, _capstone(DEAR).iloc[0], "")
    other = practice.query(DEAR).iloc[0]
    found = _one_row(_rows(practice.query, answer), DEAR_COLUMNS, " (on the practice marketplace)")
    if found.parent_asin != other.parent_asin or _day(found.raised_on) != _day(other.raised_on):
        raise NotYet(f"{other.parent_asin} on the practice marketplace", f"{found.parent_asin}", HARD_CODED)
    _dear_figures(found, other, " (on the practice marketplace)")


def _dear_figures(found: pd.Series, expected: pd.Series, where: str) -> None:
    _agree(
        found, expected, "before_mean_rating after_mean_rating", 0.0101,
        "The product's own ratings in `marts.fct_reviews`, before `raised_on` and from that day on.", where,
    )  # fmt: skip
    _agree(
        found,
        expected,
        "rise_count",
        0,
        "`rise_count` is the control: all rises of a fifth or more in `marts.dim_product_prices`, whatever the ratings did.",
        where,
    )


# 6. The source

CHANGES = """
    select field_name, kind, first_seen_on, record_count as carrying_count,
        (select count(*) from marts.fct_reviews where reviewed_on >= first_seen_on) as since_count
    from analytics.schema_changes"""


def changed(practice, answer):
    """Compares the fields, kinds and days with what was planted, and the counts with the reviews; then on another shop."""
    _built()
    truth = SHOP.truth()
    planted = {
        ("appeared", truth["field_appears"]["field"]): truth["field_appears"]["first_day"],
        ("type_changed", truth["type_changes"]["field"]): truth["type_changes"]["first_day"],
    }
    found, expected = _rows(_capstone, answer), _capstone(CHANGES)
    if set(expected.columns) <= set(found.columns):
        kinds = set(zip(found.kind, found.field_name, strict=True))
        if len(kinds) < len(planted) and kinds <= planted.keys():
            raise NotYet(
                "every field that appeared, and every one that changed its type",
                ", ".join(name for _, name in sorted(kinds)) or "nothing",
                "A source can add a field, and it can send a known one in another type. Name both kinds.",
            )
        for row in found.itertuples():
            day = planted.get((row.kind, row.field_name))
            if day and abs((_day(row.first_seen_on) - date.fromisoformat(day)).days) > 1:
                raise NotYet(
                    f"the first day of {row.field_name}",
                    str(row.first_seen_on),
                    "The first day is the day of the first review that carries it.",
                )
        if (found.since_count.astype(float) >= SHOP.reviews).any():
            raise NotYet(
                "since_count: the reviews from the field's first day on",
                "all reviews",
                "Count the reviews with `reviewed_on >= first_seen_on`, for each field on its own.",
            )
    same_rows(found, expected)
    same_rows(_rows(practice.query, answer), practice.query(CHANGES), hint=HARD_CODED)


# 7. The answer

FIGURES = f"""
    select unnest([before_mean_rating, after_mean_rating, rating_drop, before_review_count, after_review_count]::double[])
    from analytics.quality_drops
    union all select unnest([bought_count, mean_rating, mean_without_bought]::double[]) from ({BOUGHT})
    union all select unnest([usual_daily_count, 100 * one_time_user_share]::double[]) from analytics.review_bursts
    union all select unnest([before_price, after_price, rise_percent, before_review_count, after_review_count,
        before_mean_rating, after_mean_rating, rating_drop]::double[]) from analytics.price_rise_effects
    union all select rise_count::double from ({DEAR})
    union all select unnest([carrying_count, since_count]::double[]) from ({CHANGES})
    union all select count(*)::double from marts.fct_reviews
    union all select count(*)::double from marts.dim_products
    union all select unnest([rows_in, inserted, updated, unchanged, duplicates, rejected]::double[]) from amazon_raw.load_reconciliation"""


def owners_answer(practice, answer):
    """Looks in the text for the line, its day within five, and two figures that stand in the tables; a rubric judges the rest."""
    _built()
    if not isinstance(answer, str):
        raise NotYet("a text", f"a {type(answer).__name__}", 'Write the answer between `"""` and `"""`.')
    planted = SHOP.truth()["quality_drop"]
    text = " ".join(answer.replace("*", "").split())
    missing = [name for name in (planted["store"], planted["category"]) if name.lower() not in text.lower()]
    if missing:
        raise NotYet(
            "the store and the leaf category of the line that went bad",
            text[:120],
            "The owner must know which goods you mean: name the line as exercise 3 found it, store and category.",
        )
    if len(text.split()) > 240:  # a few more than asked for are forgiven
        hint = "An owner reads the first lines. Leave out what would change nothing: how you found it, what all lines did."
        raise NotYet("at most 200 words", counted(len(text.split()), "word"), hint)
    days, rest = sorted(days_in(text)), without_days(text)
    if not any(abs((day - date.fromisoformat(planted["changed_on"])).days) <= DAYS_OFF for day in days):
        raise NotYet(
            "the day on which the line went bad",
            ", ".join(map(str, days)) or "no day",
            "Say since when the line is bad, as exercise 3 found it, with day, month and year. Other findings have days of their own.",
        )
    known = _capstone(FIGURES).iloc[:, 0].dropna().tolist()
    numbers = {text for text in re.findall(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w])", rest) if _is_known(text.rstrip(","), known)}
    if len(numbers) < 2:
        raise NotYet(
            "at least two figures that stand in the tables",
            ", ".join(sorted(numbers)) or "none",
            "Give the evidence in figures, as the tables have them: a mean before and after to one digit, or how many reviews say so.",
        )


def _is_known(text: str, known: list[float]) -> bool:
    """Whether a number, as it is written, is one of the figures rounded to its digits; small whole numbers prove nothing."""
    number, digits = float(text.replace(",", "")), len(text.partition(".")[2])
    return (digits > 0 or number >= 20) and any(abs(value - number) <= 0.5001 * 10**-digits for value in known)


CHECKS = {
    1: Check(
        loaded,
        hints=(
            "Lesson 03 loads with one call, and shows the reconciliation that every load leaves behind.",
            '`run(source="files", path=files, target="capstone")`; the books are in `amazon_raw.load_reconciliation`, one row per '
            "load, table and file.",
            "`kept_count` is `inserted + updated + unchanged`; `unaccounted_count` is `rows_in` less all five verdicts; "
            "`where load_id = (select max(load_id) from amazon_raw.load_reconciliation)`.",
        ),
        takeaway="Everything that came in has gone somewhere, and you can show where: that is what “without loss” means.",
    ),
    2: Check(
        built,
        hints=(
            "One dbt command makes the models and runs their tests. What is one row of each of the three marts?",
            "The keys: `parent_asin` of a product, `review_id` of a review; a price period needs two columns.",
            '`results = dbt("build", target="capstone")`; the third key is `count(distinct (parent_asin, valid_from_at))`.',
        ),
        takeaway="As many keys as rows: only now is a count a count, and a mean a mean.",
    ),
    3: Check(
        bad_line,
        hints=(
            "The line and its day stand in `analytics.quality_drops`; the means are for you to take from the reviews.",
            "Join `marts.fct_reviews`, `marts.dim_products` and the one row of `analytics.quality_drops`; mark each review as of "
            "the line or not, and as before the day or since.",
            "Then every figure is `avg(rating) filter (where …)`, or the difference of two: `is_line and not is_after`, `not "
            "is_line and is_after`, and so on.",
        ),
        takeaway="The line explains most of the shop's fall, and the figure without it says how much is left for other causes.",
    ),
    4: Check(
        bought,
        hints=(
            "The product and the days stand in `analytics.review_bursts`; the two means are for you to take from the reviews.",
            "Join `marts.fct_reviews` on `parent_asin`, and mark a review as bought if it lies in the days, has five stars and no "
            "verified purchase.",
            "`avg(rating) filter (where not (reviewed_on between first_on and last_on and rating = 5 and not is_verified_purchase))`.",
        ),
        takeaway="What was bought is the distance between the two means, and whoever reads the shop's page sees only the higher one.",
    ),
    5: Check(
        dear,
        hints=(
            "The rise stands in `analytics.price_rise_effects`; the means and the control are for you to take from the marts.",
            "Join `marts.fct_reviews` on `parent_asin` for the two means; the control is a subquery on `marts.dim_product_prices`.",
            "`(select count(*) from marts.dim_product_prices where price >= 1.2 * previous_price) as rise_count`.",
        ),
        takeaway="One rise among all of its size lost stars: what the others did not do is half of the evidence.",
    ),
    6: Check(
        changed,
        hints=(
            "`analytics.schema_changes` knows the fields, their kinds and their days.",
            "For each of its rows count the reviews with `reviewed_on >= first_seen_on`: a subquery, or a join and `group by`.",
            "`select field_name, kind, first_seen_on, record_count as carrying_count, (select count(*) from marts.fct_reviews "
            "where reviewed_on >= first_seen_on) as since_count`.",
        ),
        takeaway="Nothing broke, and something changed: only who keeps what a contract does not name can tell since when.",
    ),
    7: Check(
        owners_answer,
        hints=(
            "Begin with what the owner should worry about most: which goods, since when, how bad.",
            "Put the evidence beside each claim: the mean before and after, and the number of reviews it rests on.",
            "Name the store and the leaf category, the day with month and year, the two means to one digit, and both counts of reviews.",
        ),
        takeaway="The check has seen the line, its day and its figures. Whether the owner can act on it, the rubric says.",
    ),
}
