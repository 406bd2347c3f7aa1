"""The checks of the exercises on testing: each test must be green on good rows and red on rows broken for the purpose."""

import json
from datetime import datetime, timedelta

import yaml

from course.checks import Check, NotYet, Stopped, counted, kind
from course.dbt import artefacts, dbt
from course.environment import DBT_PROJECT
from dlt_pipelines.errors import PipelineError

NEEDS = "models"


FIXES = (
    # words of dbt's message, and the hint that fits: dbt says what is wrong, and not always what to do
    (
        "Boolean override for 'is_incremental'",
        "The model has two forms, and the test must say which it means: `overrides: {macros: {is_incremental: false}}`, beside `model`.",
    ),
    ("must have a 'this' input", "`is_incremental: true` wants to know what is there already. The first build is enough here: `false`."),
    ("'test_is_key' is undefined", "The test has its name from its first line: `{% test is_key(model, columns) %}`."),
    ("no keyword argument 'columns'", "The argument has its name from the test's first line: `{% test is_key(model, columns) %}`."),
    ("no keyword argument 'column_name'", "The key is of the whole model: `data_tests` stands beside `columns`, not below one of them."),
)


def hint_of(message):
    """The hint that fits a message of dbt, or none."""
    return next((hint for words, hint in FIXES if words in message), "")


def run_tests(practice, number, made, *select, stranger=""):
    """dbt's results for the selected tests, as (node, result) pairs: the learner's files of an exercise, and `made` ones laid over them.

    Raises Stopped where dbt stops before it runs a test, or cannot run one (with `stranger`, if only tests on made models cannot run).
    """
    practice.put_models(number, made)
    try:
        dbt("test", "--select", *select, target=practice.target)
    except PipelineError as error:
        if error.faq != "dbt-node-failed":
            raise Stopped(error, hint_of(error.what)) from error
    manifest, run = (
        json.loads((artefacts(practice.target) / name).read_text(encoding="utf-8")) for name in ("manifest.json", "run_results.json")
    )
    pairs = [
        (manifest["nodes"].get(result["unique_id"]) or manifest["unit_tests"][result["unique_id"]], result)
        for result in run["results"]
        if not result["unique_id"].startswith("operation.")
    ]
    broken = [(node, result) for node, result in pairs if result["status"] == "error"]
    if broken:
        node, result = min(broken, key=lambda pair: "models/made/" in pair[0]["original_file_path"])  # the learner's own first
        error = PipelineError(result["message"], cause="", fix="", faq="dbt-node-failed")
        other = stranger if "models/made/" in node["original_file_path"] else ""
        raise Stopped(error, hint_of(result["message"]) or other)
    return pairs


def ephemeral(sql):
    """The text of a model that exists only while a query runs, so that the warehouse stays as it is."""
    return "{{ config(materialized='ephemeral') }}\n\n" + sql


def severities(practice, text):
    """Runs both tests on the mart as it is, then on a mart with one nine-star rating and one product that has not come."""

    severity = []

    def outcome(made):
        made = {"models/marts/fct_reviews.yml": text} | made
        kinds = {}
        for node, result in run_tests(practice, 1, made, "fct_reviews"):
            test = node.get("test_metadata") or {}
            column = node.get("column_name") or test.get("kwargs", {}).get("column_name")
            kinds[test.get("name"), column] = result["status"]
            if test.get("name") == "within_range":
                severity.append(node["config"]["severity"].lower())
        return [kinds.get(key) for key in (("within_range", "rating"), ("relationships", "parent_asin"))]

    if not isinstance(text, str):
        raise NotYet("the YAML as text", kind(text), 'Leave it between `"""` and `"""`.')
    good = outcome({})
    if None in good:
        raise NotYet(
            "both tests on fct_reviews",
            "one of them is gone",
            "A test that is gone finds nothing. Keep both, and change what follows `config`.",
        )
    if good != ["pass", "pass"]:
        hint = "Both were green before: their arguments were right, and only what stands behind `config` is to change."
        raise NotYet("two green tests on the mart as it is", f"within_range: {good[0]}, relationships: {good[1]}", hint)
    rating, product = outcome({
        "models/marts/fct_reviews.sql": ephemeral("""select * exclude (place) replace (
                case when place = 1 then 9 else rating end as rating,
                case when place = 2 then 'not yet' else parent_asin end as parent_asin
            )
            from (select *, row_number() over (order by review_id) as place from marts.fct_reviews)""")
    })  # fmt: skip
    if product == "fail":
        raise NotYet(
            "a warning for one review whose product has not come",
            "an error, which stops the run",
            "The product may come tomorrow: for the test on `parent_asin` leave `severity: warn` where it is.",
        )
    if product != "warn":
        hint = "The test on `parent_asin` was right as it stood: `severity: warn`, and no other condition."
        raise NotYet("a warning for one review whose product has not come", f"the test says {product}", hint)
    if rating == "pass":
        raise NotYet(
            "a test that finds one rating of nine stars",
            "a test that passes",
            "The test no longer sees the row: look at its bounds, and at `where` and `warn_if` if you have written one.",
        )
    if rating != "fail":
        raise NotYet(
            "an error for one rating of nine stars",
            "a warning: the run goes on",
            "A rating of nine stars is wrong today and will be wrong tomorrow: `severity: warn` is not for it."
            if severity[-1] == "warn"
            else "Below `error_if` a test only warns, whatever `severity` says. How many bad ratings may there be?",
        )


def first_prices(practice):
    """Runs the test on the marts as they are, then on marts where some reviews were moved to before, or between, prices."""
    test = "reviews_come_after_the_first_price"

    def bad_rows(made):
        ((node, result),) = run_tests(practice, 2, made, test)
        read = {name.split(".")[-1] for name in node["depends_on"]["nodes"]}
        if not {"fct_reviews", "dim_product_prices"} <= read:
            hint = "Write `{{ ref('fct_reviews') }}`, not the table's name, and so for the prices: dbt must know what to build first."
            if len(read) > 1:
                hint = "The task names the two models: the reviews are those of `fct_reviews`, the prices those of `dim_product_prices`."
            raise NotYet(
                "a test that stands on fct_reviews and dim_product_prices",
                f"it stands on {', '.join(sorted(read)) or 'no model'}",
                hint,
            )
        rows = practice.rows(result["compiled_code"]).rename(columns=str.lower)
        if "review_id" not in rows:
            hint = "A row for each bad review, so that one can look at it: select its `review_id`; do not count."
            raise NotYet("a column review_id", f"the columns {', '.join(rows)}", hint)
        return rows, result["status"]

    rows, status = bad_rows({})
    if len(rows):
        prices = "marts.fct_reviews as reviews {} join marts.dim_product_prices as prices on reviews.parent_asin = prices.parent_asin"
        early = practice.query(f"select review_id from {prices.format('semi')} and reviewed_at < valid_from_at").review_id
        unpriced = practice.query(f"select review_id from {prices.format('anti')}").review_id
        if set(rows.review_id) <= set(early):
            hint = "These reviews come before *some* price of their product, a later one. Compare with the first price only."
        elif set(rows.review_id) <= set(unpriced):
            hint = "These are reviews of products without any price. Where there is no first price, nothing can come before it."
        else:
            hint = "Many of these reviews are in order. A test asks for the rows that break the rule, not for those that keep it."
        raise NotYet("a green test on the marts as they are: no row", f"{len(rows):,} rows", hint)

    # six reviews are moved: to the morning and to the evening of a day on which a first price begins at noon, two of one product to
    # a year too early, one to the very moment of the first price, and one of a product without price to long ago
    products = practice.query("""
        select parent_asin, min(review_id) as review_id, max(review_id) as other_id, min(first_at) as first_at
        from marts.fct_reviews
        left join (select parent_asin, min(valid_from_at) as first_at from marts.dim_product_prices group by parent_asin)
            using (parent_asin)
        group by parent_asin
        having count(*) > 1 and (min(first_at) is null or min(first_at) + interval 1 day < min(reviewed_at))
        order by parent_asin""")
    priced = products.dropna().itertuples(index=False, name=None)
    (noon_product, noon_review, evening_review, noon_first), early, (_, punctual_review, _, punctual_first), *_ = priced
    _, early_review, early_too, early_first = early
    unpriced_review = products.review_id[products.first_at.isna()].iloc[0]
    moved = {
        noon_review: noon_first + timedelta(hours=9),
        evening_review: noon_first + timedelta(hours=15),
        early_review: early_first - timedelta(days=365),
        early_too: early_first - timedelta(days=300),
        punctual_review: punctual_first,
        unpriced_review: datetime(2001, 1, 1),
    }
    moments = " ".join(f"when '{review}' then timestamp '{moment}'" for review, moment in moved.items())
    later = f"interval (case when parent_asin = '{noon_product}' then 12 else 0 end) hour"
    made = {
        "models/marts/dim_product_prices.sql": ephemeral(
            f"""select * replace (valid_from_at + {later} as valid_from_at, valid_to_at + {later} as valid_to_at)
            from marts.dim_product_prices"""
        ),
        "models/marts/fct_reviews.sql": ephemeral(
            f"""select * replace (
                case review_id {moments} else reviewed_at end as reviewed_at,
                cast(case review_id {moments} else reviewed_at end as date) as reviewed_on
            ) from marts.fct_reviews"""
        ),
    }
    rows, status = bad_rows(made)
    found = set(rows.review_id)
    if unpriced_review in found:
        raise NotYet(
            "nothing said of products without a price", "one of their reviews", "Where there is no first price, nothing can come before it."
        )
    if punctual_review in found:
        raise NotYet(
            "nothing said of a review at the very moment of the first price",
            "that review",
            "Before is `<`: at that moment the price is there.",
        )
    moments = "Compare moments, not days: `reviewed_at` with `valid_from_at`, neither of them cast to a date."
    if evening_review in found:
        raise NotYet("nothing said of a review in the evening of a day whose noon brought the first price", "that review", moments)
    bad = {early_review, early_too}
    if not found & bad:
        hint = "Bad is a review with `reviewed_at` before the first price of its own product: the query finds none of them."
        raise NotYet("a red test: two reviews were moved to long before the first price of their product", "no such row", hint)
    if found == bad:
        raise NotYet(
            "a bad review on the morning of a day whose noon brought the first price", "only those that are months too early", moments
        )
    if len(rows) != 3 or found != bad | {noon_review}:
        few = "All of them are asked for: one row per review, not per product, and no `limit`."
        many = "Find each product's first price before you join: one row per product."
        raise NotYet("one row for each of the 3 bad reviews", counted(len(rows), "row"), many if len(rows) > 3 else few)
    if status != "fail":
        raise NotYet("an error", f"the status {status}", "The test finds the rows and does not stop: look at its `config`.")


TWICE = "A key that comes twice is to be found as well: `group by` its columns, `having count(*) > 1`."
MADE = {
    # name: (columns of the key, columns and rows of the table, whether it is a key of it, hint)
    "good_pair": (
        ["a", "b"],
        "t(a, b)",
        "(1, 'x'), (1, 'y'), (2, 'x')",
        True,
        "A product may come on many days, and a day with many products: only the *combination* must be unique.",
    ),
    "good_look_alikes": (
        ["a", "b"],
        "t(a, b)",
        "('1', '12'), ('11', '2')",
        True,
        "Strings that are glued together look alike: `1` and `12`, `11` and `2`. Group by the columns themselves.",
    ),
    "good_single": (["a"], "t(a, b)", "(1, 'x'), (2, 'x')", True, "A test is red as soon as its query gives a row, whatever is in it."),
    "good_triple": (
        ["a", "b", "c"],
        "t(a, b, c)",
        "(1, 'x', 1), (1, 'x', 2)",
        True,
        "Take all names in `columns`, however many there are.",
    ),
    "pair_twice": (["a", "b"], "t(a, b)", "(1, 'x'), (1, 'x'), (2, 'x')", False, TWICE),
    "single_twice": (["a"], "t(a, b)", "(1, 'x'), (1, 'y')", False, TWICE),
    "first_is_null": (
        ["a", "b"],
        "t(a, b)",
        "(1, 'x'), (null, 'x')",
        False,
        "One null alone is a group of one row, so `count(*) > 1` does not find it. Ask for `is null`, for every column.",
    ),
    "last_is_null": (
        ["a", "b"],
        "t(a, b)",
        "(1, 'x'), (1, null)",
        False,
        "The first column is looked at, the others are not: a loop (`{% for column in columns %}`) asks each of them for `is null`.",
    ),
    "single_is_null": (["a"], "t(a, b)", "(1, 'x'), (null, 'x')", False, "With one column, too, a null is no key."),
    "third_is_null": (
        ["a", "b", "c"],
        "t(a, b, c)",
        "(1, 'x', 1), (1, 'x', null)",
        False,
        "Take all names in `columns`, however many there are.",
    ),
}


def key_test(practice):
    """Runs the test on the model, and on tables made for the check: keys of one to three columns, good, doubled, and with nulls."""
    models = [{"name": name, "data_tests": [{"is_key": {"arguments": {"columns": key}}}]} for name, (key, *_) in MADE.items()]
    made = {
        f"models/made/{name}.sql": ephemeral(f"select * from (values {rows}) as {table}") for name, (_, table, rows, *_) in MADE.items()
    }
    made["models/made/made.yml"] = yaml.safe_dump({"models": models})
    stranger = "On the model it runs, on tables of the check's own it does not: name no column in the test, take them all from `columns`."
    tests = {}
    for node, result in run_tests(practice, 3, made, "int_product_daily_ratings", "path:models/made", stranger=stranger):
        metadata = node.get("test_metadata") or {}
        if metadata.get("name") == "is_key":
            tests[node["attached_node"].split(".")[-1]] = metadata["kwargs"].get("columns"), result["status"]
    if tests["good_single"][1] != "pass":
        raise NotYet("a green test for the key (a) on good rows", "a red one", MADE["good_single"][-1])
    for name, (key, _, rows, is_key, hint) in MADE.items():
        if tests[name][1] == "warn":
            hint = "A key that is none must stop the run: the test has no `severity` of its own."
            raise NotYet("a red test", "a warning", hint)
        if (tests[name][1] == "pass") != is_key:
            wanted, got = ("green", "red") if is_key else ("red", "green")
            raise NotYet(f"a {wanted} test for the key ({', '.join(key)}) on the rows {rows}", f"a {got} one", hint)
    if "int_product_daily_ratings" not in tests:
        raise NotYet(
            "the test is_key on int_product_daily_ratings",
            "no such test",
            "The test itself is right. In the YAML it goes under `data_tests` of the model, beside `description`.",
        )
    key, status = tests["int_product_daily_ratings"]
    if set(key or ()) != {"parent_asin", "reviewed_on"}:
        raise NotYet(
            "the key parent_asin, reviewed_on",
            f"{key}",
            "The test itself is right. Which columns say what one row of the model stands for?",
        )
    if status != "pass":
        hint = "The key is right, and so is the test: look at what else stands beside it in the YAML."
        raise NotYet("a green test on int_product_daily_ratings as it is", f"the status {status}", hint)


CHANGES = {
    # name: (what stands in the model, what somebody makes of it, how the task says it, hint)
    "counts_missing_ratings": (
        "count(rating) as rating_count",
        "count(*) as rating_count",
        "rating_count counts reviews without a rating",
        "Give a review with `rating: null`, and expect a `rating_count` that leaves it out.",
    ),
    "leaves_four_stars_out": (
        "rating >= 4",
        "rating > 4",
        "positive_count leaves four stars out",
        "Give a review with exactly four stars, and expect it in `positive_count`.",
    ),
    "throws_days_together": (
        "reviewed_on,\n        count(*)",
        "min(reviewed_on) as reviewed_on,\n        count(*)",
        "all days of a product become one row",
        "Give one product reviews on two days, and expect two rows.",
    ),
}


def unit_test(practice):
    """Runs the unit test on the model, where it must be green, and on three changed versions of it, where it must be red."""
    text = (practice.folder / "dbt/models/marts/daily_ratings_unit_test.yml").read_text(encoding="utf-8")
    try:
        unit_tests = (yaml.safe_load(text) or {}).get("unit_tests") or []
    except yaml.YAMLError as error:
        raise Stopped(error) from error
    except AttributeError:
        unit_tests = []
    model = "int_product_daily_ratings"
    mine = [test for test in unit_tests if isinstance(test, dict) and test.get("model") == model]
    if not mine:
        raise NotYet(
            f"a unit test with model: {model}",
            "none",
            f"The file begins with `unit_tests:`; each test has `name`, `model: {model}`, `given`, `expect`.",
        )

    sql = (DBT_PROJECT / "models/marts" / f"{model}.sql").read_text(encoding="utf-8")
    made, clones = {}, []
    for name, (old, new, *_rest) in CHANGES.items():
        changed = sql.replace(old, new)
        if name == "throws_days_together":
            changed = changed.replace("group by parent_asin, reviewed_on", "group by parent_asin")
        assert changed != sql, name
        made[f"models/made/{name}.sql"] = changed
        clones += [test | {"name": f"{test.get('name')}_{name}", "model": name} for test in mine]
    made["models/made/made.yml"] = yaml.safe_dump({"unit_tests": clones})
    status = {}
    for node, result in run_tests(practice, 4, made, f"{model},test_type:unit", "path:models/made"):
        status.setdefault(node["model"], []).append((result["status"], " ".join((result["message"] or "").split())))
    for verdict, message in status[model]:
        if verdict != "pass":
            raise NotYet(
                "a green test on the model as it is",
                f"a red one: {message[:400]}",
                "Expected and actual rows stand side by side in what was found. Which of them is wrong?",
            )
    for name, (*_rest, words, hint) in CHANGES.items():
        if all(verdict == "pass" for verdict, _ in status[name]):
            raise NotYet(f"a red test on a model where {words}", "a green one", hint)


CHECKS = {
    1: Check(
        severities,
        hints=(
            "A test has a `severity`, and two thresholds for the count of bad rows: `warn_if` and `error_if`.",
            "Without any `config` a test is an error from the first bad row on. So ask of each of the two what its `config` takes away.",
            "The test on `parent_asin` is right as it stands. The one on `rating` needs no threshold of 100.",
        ),
        takeaway="A threshold that was set to get some sleep stays when the noise has gone: give it a reason and a date, or take it out.",
    ),
    2: Check(
        first_prices,
        hints=(
            "A data test is a query for rows that must not be there. Write the query first as if you wanted to see such reviews.",
            "Two steps: the first price of each product (`min(valid_from_at)`, one row per product), then the reviews joined to it.",
            "Join `{{ ref('fct_reviews') }}` to the first prices on `parent_asin`, where `reviewed_at < first_price_at`.",
        ),
        takeaway="A rule about the data is a query for the rows that break it, and those rows are where the search for the cause begins.",
    ),
    3: Check(
        key_test,
        hints=(
            "Begin with a copy of `unique_combination` under the new name, and ask what it says of a row whose key is null.",
            "`group by` makes a group of nulls, too, so after it you can still ask `… is null` for each column of the key.",
            "After `having count(*) > 1` comes a loop: `{% for column in columns %} or {{ column }} is null {% endfor %}`.",
        ),
        takeaway="A key is unique and has no hole; a test of the grain that forgets the second half passes where a join will lose rows.",
    ),
    4: Check(
        unit_test,
        hints=(
            '`course.show("models/marts/dim_products.yml")` ends with a unit test: take its shape.',
            "Think of three reviews of one product, and write down by hand which rows they must become. Only then write the YAML.",
            "Two reviews on one day, one of four stars and one with `rating: null`, and a third on the next day: two rows are expected.",
        ),
        takeaway="A data test judges what has happened; a unit test shows what the SQL does with what has not happened yet.",
    ),
}
