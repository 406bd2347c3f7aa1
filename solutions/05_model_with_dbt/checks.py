"""The checks of the exercises on modelling: models run on the marketplace, and on a few rows made to tell right from nearly right."""

import json
import re
from datetime import date

import duckdb
import pandas as pd

from course.checks import Check, NotYet, Stopped, counted, need_columns, need_text, same_rows, shown
from course.dbt import artefacts
from course.environment import DBT_PROJECT

NEEDS = "models"


def read_artefact(practice, name):
    return json.loads((artefacts(practice.target) / name).read_text(encoding="utf-8"))


def compiled(practice):
    """What dbt made of each node of its last run: the node's entry in the manifest by id, with the SQL."""
    nodes = read_artefact(practice, "manifest.json")["nodes"]
    results = read_artefact(practice, "run_results.json")["results"]
    return {r["unique_id"]: nodes[r["unique_id"]] | {"sql": r["compiled_code"]} for r in results if r["unique_id"] in nodes}


def empty_copy(practice, *tables):
    """A database in memory that goes by the warehouse's name and has these tables, without rows."""
    memory = duckdb.connect()
    memory.execute("attach ':memory:' as warehouse; use warehouse")
    for table in tables:
        memory.execute(f"create schema if not exists {table.split('.')[0]}")
        columns = practice.query(f"describe {table}")
        types = ", ".join(f'"{c.column_name}" {c.column_type}' for c in columns.itertuples())
        memory.execute(f"create table {table} ({types})")
    return memory


def build_in_memory(memory, nodes):
    """Build compiled models there as tables, each after those that it reads."""
    waiting = {name: node for name, node in nodes.items() if node["resource_type"] == "model"}
    while waiting:
        name = next(name for name, node in waiting.items() if not set(node["depends_on"]["nodes"]) & set(waiting))
        node = waiting.pop(name)
        memory.execute(f'create schema if not exists "{node["schema"]}"')
        try:
            memory.execute(f"create table {node['relation_name']} as {node['sql']}")
        except duckdb.Error as error:
            raise Stopped(error) from error


def none_or(value):
    return None if pd.isna(value) else float(value)


def by_category(practice, answer):
    """Compares the rows with those of the reviews counted by product before they meet a category."""
    found = practice.rows(answer).rename(columns=str.lower)
    expected = practice.query(
        """with reviews as (select parent_asin, count(*) as review_count, sum(rating) as stars from marts.fct_reviews group by parent_asin)
        select category, sum(reviews.review_count)::bigint as review_count, round(sum(stars) / sum(reviews.review_count), 2) as mean_rating
        from reviews join marts.dim_products as p using (parent_asin) group by category"""
    )
    need_columns(found, *expected.columns)
    if len(found) != len(expected):
        more = "Some categories come more than once: group by the category and nothing else."
        fewer = "Some categories are gone. Does a condition leave them out, or is there no `group by category`?"
        raise NotYet(counted(len(expected), "row"), counted(len(found), "row"), more if len(found) > len(expected) else fewer)
    wanted, got = expected.review_count.sum(), found.review_count.sum()
    reads_prices = isinstance(answer, str) and "dim_product_prices" in answer.lower()
    if got > wanted:
        hint = "A join multiplies rows when its other side has several for one key. What is one row of the table that you join to?"
        if reads_prices:
            hint = "A join multiplies rows when its other side has several for one key. What is one row of `marts.dim_product_prices`?"
    elif got < wanted:
        hint = "Each review counts once. Count reviews, not products or ratings, and leave none out."
        if reads_prices:
            hint = "An inner join loses rows too: some products have no price at all, and their reviews are gone."
    if got != wanted:
        raise NotYet(f"{counted(wanted, 'review')} in all", shown(got), hint)
    same_rows(found[["category", "review_count"]], expected[["category", "review_count"]])
    same_rows(found, expected, hint=_mean_that_is_meant(practice, found))


def _mean_that_is_meant(practice, found):
    """The hint for a mean of another kind than asked for; empty where it is none of the usual ones."""
    means = {
        "avg(rating)": "The mean is right. Round it to two digits.",
        "avg(distinct rating)": "The reviews are counted right, the stars are not: `distinct` throws equal ratings together.",
        "avg(of_product)": "This is the mean of the products' means: a product with one review weighs as much as one with many. Take the "
        "mean over the reviews.",
        "avg(coalesce(rating, 0))": "A review without a rating is no review with 0 stars: leave it null, and `avg` skips it.",
    }
    of_product = "select parent_asin, avg(rating) as of_product from marts.fct_reviews group by parent_asin"
    for mean, hint in means.items():
        source = f"({of_product})" if "of_product" in mean else "marts.fct_reviews"
        query = f"select category, {mean} as usual from {source} join marts.dim_products using (parent_asin) group by category"
        pair = found.merge(practice.query(query), on="category")
        if len(pair) == len(found) and ((pair.mean_rating.astype(float) - pair.usual).abs() < 0.0051).all():
            return hint
    return ""


def grown_graph():
    """Files that let the graph grow: a new model after, behind and between those that are asked for."""
    reads = {"made_after": "int_product_daily_ratings", "made_behind": "stg_prices", "made_between": "stg_reviews"}
    made = {f"models/made/{name}.sql": f"select 1 as one from {{{{ ref('{read}') }}}}" for name, read in reads.items()}
    for model, name in {"price_rise_effects": "made_behind", "category_performance": "made_between"}.items():
        path = f"models/analytics/{model}.sql"
        made[path] = f"-- depends_on: {{{{ ref('{name}') }}}}\n" + (DBT_PROJECT / path).read_text(encoding="utf-8")
    return made


def reached(edges, start):
    """The models that can be reached from a model along the edges, itself included."""
    found, waiting = set(), [f"model.amazon_analytics.{start}"]
    while waiting:
        node = waiting.pop()
        if node.startswith("model.") and node not in found:
            found.add(node)
            waiting += edges[node]
    return {node.split(".")[-1] for node in found}


def _hint_for_plus(text, missing):
    if re.search(r"\d\+|\+\d", text):
        return "A number beside a plus stops after so many steps. Without it all are selected."
    if missing:
        return "A plus is missing, or on the other side: behind a name it adds what depends on the model, before it what the model reads."
    return "Each plus adds a direction: behind a name what depends on the model, before it what the model reads. Which is not asked for?"


def selections(practice, after_a_change, for_one_answer, on_the_way):
    """Lets `dbt ls` list what each text selects, in a graph that has grown by three models, and compares with the graph itself."""
    selected = {}
    answers = {"after_a_change": after_a_change, "for_one_answer": for_one_answer, "on_the_way": on_the_way}
    for name, text in answers.items():
        need_text(text, f"{name} as text")
        listed = ("ls", "--resource-type", "model", "--output", "name", "--select", text)
        selected[name] = set(practice.build(2, *listed, made=grown_graph()).name)
    manifest = read_artefact(practice, "manifest.json")
    down, up = manifest["child_map"], manifest["parent_map"]
    after, behind = reached(down, "stg_reviews"), reached(up, "category_performance")
    cases = {
        "after_a_change": (
            reached(down, "int_product_daily_ratings"),
            (
                (
                    reached(up, "int_product_daily_ratings"),
                    "The plus is on the wrong side: before a name it selects what the model reads, after it what reads the model.",
                ),
                ({"int_product_daily_ratings"}, "A name alone selects one model. A plus behind it adds all that depend on it."),
            ),
        ),
        "for_one_answer": (
            reached(up, "price_rise_effects"),
            (
                (
                    reached(down, "price_rise_effects"),
                    "In an empty warehouse its parents must come first: the plus before a name selects all that it reads.",
                ),
            ),
        ),
        "on_the_way": (
            after & behind,
            (
                (after | behind, "With a blank between them, either is enough. A model on the way is both: write a comma, no blank."),
                (after, "Not all that depends on `stg_reviews` leads to `category_performance`: ask for a second thing, behind a comma."),
                (behind, "Not all that `category_performance` reads comes from `stg_reviews`: ask for a second thing, behind a comma."),
            ),
        ),
    }
    for name, (expected, mistakes) in cases.items():
        missing, extra = sorted(expected - selected[name]), sorted(selected[name] - expected)
        hint = next((hint for mistake, hint in mistakes if mistake == selected[name]), "")
        if missing and not extra and all(model.startswith("made_") for model in missing):
            hint = "Right today. The check has added models to the graph, and a list of names does not know them: use the plus."
        hint = hint or _hint_for_plus(answers[name], missing)
        if missing:
            raise NotYet(f"{', '.join(missing)} in {name}", f"{counted(len(selected[name]), 'model')} without it", hint)
        if extra:
            raise NotYet(f"{counted(len(expected), 'model')} in {name}", f"{', '.join(extra)} as well", hint)


def staging_model(practice):
    """Builds the model, and compares its rows with the raw table and, in memory, with a raw table of awkward records."""
    practice.build(3, "run", "--select", "stg_rejected_records")
    node = next(node for node in compiled(practice).values() if node["resource_type"] == "model")
    if node["depends_on"]["nodes"] != ["source.amazon_analytics.amazon_raw.rejected_records"]:
        raise NotYet(
            "a model that stands on the source",
            "one that the graph does not join to it",
            "Write `{{ source('amazon_raw', '…') }}`, not the table's name: only so the graph knows where the model's data come from.",
        )
    expected = "select table_name, source as source_name, position, reason from amazon_raw.rejected_records"
    found = practice.query(f"select * from {node['relation_name']}")
    need_columns(found, "table_name", "source_name", "position", "reason")
    same_rows(found, practice.query(expected))
    memory = empty_copy(practice, "amazon_raw.rejected_records")
    memory.execute("""
        insert into amazon_raw.rejected_records (table_name, source, position, reason, raw_text, _dlt_load_id) values
            ('reviews', 'a.jsonl', 1, 'timestamp is missing', '{}', '1'), ('reviews', 'a.jsonl', 1, 'timestamp is missing', '{}', '2'),
            ('prices', ' B.jsonl', 7, null, '', '2')""")
    same_rows(
        memory.execute(node["sql"]).df(),
        memory.execute(expected).df(),
        hint="Staging renames and casts. It leaves rows as they came: none is left out, none thrown together with another.",
    )
    if node["schema"] != "staging":
        raise NotYet("the model in the schema staging", f"it is in {node['schema']}", "Put the file into `models/staging/`.")


def raw_shop(practice):
    """The raw tables of a shop of five products and two of their neighbours, in memory."""
    memory = empty_copy(practice, "amazon_raw.products", "amazon_raw.prices", "amazon_raw.reviews", "amazon_raw._dlt_loads")
    products = [("a", "North"), ("b", "North"), ("c", "South"), ("d", "East"), ("e", None)]
    reviews = [("a", 5, True), ("a", 5, True), ("a", 4, False), ("b", 1, True), ("d", None, False), ("e", 3, False), ("gone", 2, True)]
    memory.executemany("insert into amazon_raw.products (parent_asin, title, store, categories) values (?, 'x', ?, '[]')", products)
    for number, (product, rating, is_verified) in enumerate(reviews):
        moment = int(pd.Timestamp(date(2025, 1, 1 + number // 2)).timestamp() * 1000)
        memory.execute(
            """insert into amazon_raw.reviews
                (review_id, user_id, asin, parent_asin, timestamp, rating, helpful_vote, verified_purchase, _dlt_load_id)
            values (?, 'u', ?, ?, ?, ?, 0, ?, '1')""",
            [str(number), product, product, moment, rating, is_verified],
        )
    return memory


SHARES = """select kind,
    {{ star_share('rating >= 4') }} as positive, {{ star_share('is_verified_purchase') }} as verified,
    {{ star_share('rating = 5 or is_verified_purchase') }} as either
from (values
    ('three', 5, true), ('three', 4, false), ('three', 2, false),
    ('with a hole', 5, false), ('with a hole', 1, true), ('with a hole', null, true),
    ('a hole and a five', 5, false), ('a hole and a five', null, true),
    ('holes only', null, true), ('holes only', null, false)
) as made(kind, rating, is_verified_purchase)
group by kind"""

PARTS = "Above the line stand the reviews with a rating for which the condition holds, below it all reviews with a rating."
SHARE_CASES = (
    # kind, condition, share, what was rated, a typical mistake's share, the hint for that
    (
        "three",
        "positive",
        0.6667,
        "5, 4 and 2 stars, for rating >= 4",
        0,
        "A whole number divided by a whole number with `//` (or on some warehouses with `/`) is a whole number. Divide as `double`.",
    ),
    (
        "three",
        "verified",
        0.3333,
        "three ratings, one of them verified, for is_verified_purchase",
        0.6667,
        "The condition is what the caller says: write `{{ condition }}` where `rating >= 4` would stand.",
    ),
    (
        "with a hole",
        "positive",
        0.5,
        "5 stars, 1 star and no rating, for rating >= 4",
        0.3333,
        "The review without a rating stands below the line. `count(*)` counts it; what counts only the ratings that are there?",
    ),
    (
        "with a hole",
        "verified",
        0.5,
        "5 stars, 1 star (verified) and no rating (verified), for is_verified_purchase",
        1,
        "A condition on another column can hold for a review without a rating. Leave such reviews out above the line, too.",
    ),
    (
        "a hole and a five",
        "either",
        1.0,
        "5 stars and no rating (verified), for rating = 5 or is_verified_purchase",
        2,
        "A macro puts text into text: `… and {{ condition }}` with an `or` in it means something else. Put it in parentheses.",
    ),
    (
        "holes only",
        "positive",
        None,
        "no rating at all",
        0,
        "Where there is no rating there is no share: null, not 0. Dividing by `nullif(…, 0)` gives that; `ratio` does it for you.",
    ),
)


def judge_share(found, share, rated, typical, hint):
    """Compares one share that the macro gives with the right one."""
    if found == share:
        return
    if found != typical:
        hint = PARTS
    if share is not None and found is not None and abs(found - share) < 0.01:
        hint = "The share is right. Round it to four digits, in the macro."
    elif share is not None and found is not None and abs(found - 100 * share) < 1:
        hint = "A share goes from 0 to 1: part by whole, and not in percent."
    raise NotYet(f"{shown(share)} for {rated}", shown(found), hint)


def star_shares(practice):
    """Compiles macro and model, and runs both on made reviews: thirds, missing ratings, conditions with `or`, and on other columns."""
    made = {"models/made/made_shares.sql": SHARES}
    practice.build(4, "compile", "--full-refresh", "--select", "+rating_shares", "made_shares", made=made)
    nodes = {node["name"]: node for node in compiled(practice).values()}
    by_id = {node["unique_id"]: node for node in nodes.values() if node["name"] != "made_shares"}
    try:
        shares = duckdb.sql(nodes["made_shares"]["sql"]).df()
    except duckdb.Error as error:
        raise Stopped(error) from error
    for kind, condition, share, rated, typical, hint in SHARE_CASES:
        judge_share(none_or(shares.loc[shares.kind == kind, condition].iloc[0]), share, rated, typical, hint)
    if "macro.amazon_analytics.star_share" not in nodes["rating_shares"]["depends_on"]["macros"]:
        raise NotYet(
            "a model that calls star_share",
            "one that does not",
            "The macro is right. Call it three times in the model: that is where it earns its place.",
        )
    memory = raw_shop(practice)
    build_in_memory(memory, by_id)
    found = memory.execute(f"select * from {nodes['rating_shares']['relation_name']}").df()
    need_columns(found, "is_verified_purchase", "one_star_share", "positive_share", "five_star_share")
    values = "values (true, 0.25, 0.5, 0.5), (false, 0.0, 0.5, 0.0)"  # rated: verified 5, 5, 1, 2; others 4, 3
    names = "t(is_verified_purchase, one_star_share, positive_share, five_star_share)"
    same_rows(found, memory.execute(f"from ({values}) as {names}").df())


def store_mart(practice):
    """Builds the mart over a made shop and the real one, and runs its tests on rows that are good, doubled, and without a key."""
    practice.build(5, "compile", "--full-refresh", "--select", "+dim_stores")
    nodes = compiled(practice)
    mart = next(node for node in nodes.values() if node["name"] == "dim_stores")
    memory = raw_shop(practice)
    build_in_memory(memory, nodes)
    relation = mart["relation_name"]
    rows = memory.execute(f"select * from {relation}").df().rename(columns=str.lower)
    _judge_stores(rows)
    practice.build(5, "run", "--select", "dim_stores")
    expected = practice.query("""
        with reviews as (select parent_asin, count(*) as n, avg(rating) as mean from amazon_raw.reviews group by parent_asin)
        select store, count(*) as product_count, coalesce(sum(n), 0)::bigint as review_count, sum(n * mean) / sum(n) as mean_rating
        from amazon_raw.products left join reviews using (parent_asin) where store is not null group by store""")
    found = practice.query(f"select store, product_count, review_count, mean_rating from {relation}")
    pair = found.merge(expected, on="store", suffixes=("", "_wanted"))
    same_rows(found.drop(columns="mean_rating"), expected.drop(columns="mean_rating"))
    if ((pair.mean_rating - pair.mean_rating_wanted).abs() > 0.0051).any():
        hint = "On the small shop of the check they are right. Do you round before the last step, or leave ratings out?"
        raise NotYet("mean ratings to two digits, in the marketplace too", "some that differ", hint)
    _judge_grain(mart, nodes, memory)


def _judge_stores(rows):
    need_columns(rows, "store", "product_count", "review_count", "mean_rating")
    if rows.store.isna().any():
        raise NotYet("no row without a store", "one", "Leave products without a store out: `where store is not null`.")
    if rows.store.duplicated().any():
        raise NotYet(
            "one row per store",
            f"{counted(len(rows), 'row')} for {counted(rows.store.nunique(), 'store')}",
            "Group by the store and nothing else.",
        )
    if set(rows.store) != {"North", "South", "East"}:
        lost = ", ".join(sorted({"North", "South", "East"} - set(rows.store)))
        raise NotYet(
            "each store with a product, reviewed or not",
            f"without the store {lost}",
            "An inner join drops a store whose products have no review. Begin with the products, and use a left join.",
        )
    found = {row.store: row for row in rows.itertuples()}
    counts = {name: (none_or(row.product_count), none_or(row.review_count)) for name, row in found.items()}
    if counts["North"][0] != 2:
        raise NotYet(
            "2 products for a store with three reviews of one and one of the other",
            shown(counts["North"][0]),
            "After a join with reviews one row is a review, not a product. Count by product before the join, or count distinct products.",
        )
    for store, wanted, why, hint in (
        (
            "North",
            4,
            "with three reviews of one product and one of another",
            "Add up the reviews of all its products: what is counted here, and how often does the join repeat it?",
        ),
        (
            "South",
            0,
            "without a review",
            "A left join gives a row without a review: `count(*)` counts it, and `sum` makes it null. 0 it is.",
        ),
        ("East", 1, "with one review, which has no rating", "A review without a rating is a review all the same."),
    ):
        if counts[store][1] != wanted:
            raise NotYet(f"{wanted} as review_count of a store {why}", shown(counts[store][1]), hint)
    means = {name: none_or(row.mean_rating) for name, row in found.items()}
    if means["North"] is None or abs(means["North"] - 3.75) > 0.0051:
        hint = "All ratings of all its products together, 5, 5, 4 and 1, make 15 stars by 4 ratings."
        if means["North"] is not None and abs(means["North"] - 2.8333) < 0.01:
            hint = "That is the mean of the products' means: a product with one review weighs as much as one with many. Weigh by ratings."
        elif means["North"] is not None and abs(means["North"] - 3.75) < 0.5:
            hint = "Keep at least two digits: a mean that is rounded further cannot be compared."
            if abs(means["North"] - 10 / 3) < 0.01:
                hint = "`distinct` throws equal ratings together. Each review counts."
        raise NotYet("a mean of 3.75 for the ratings 5, 5, 4 and 1", shown(means["North"]), hint)
    for store in ("South", "East"):
        if means[store] is not None:
            hint = "No ratings, no mean: a 0 would pull every later mean down."
            raise NotYet("null as the mean of no ratings", shown(means[store]), hint)


def _judge_grain(mart, nodes, memory):
    text = " ".join(mart["description"].lower().split())
    if not text.startswith(
        ("one row per store", "one row for each store", "one row for every store", "one row a store", "one row each store")
    ):
        raise NotYet(
            "a description that begins with the grain",
            mart["description"] or "no description",
            "The model is right. Say in its description what one row is: “One row per …”."
            if mart["description"]
            else "The model is right. Does its YAML name the model `dim_stores`, and has it a `description`, beside `name`?",
        )
    tests = [node for node in nodes.values() if node["resource_type"] == "test" and node.get("attached_node") == mart["unique_id"]]
    relation = mart["relation_name"]

    def finds(change):
        """The names of the tests that find a row when the mart is changed so."""
        memory.execute("begin")
        memory.execute(change)
        found = [test["name"] for test in tests if memory.execute(test["sql"]).fetchall()]
        memory.execute("rollback")
        return found

    red = finds(f"delete from {relation} where false")
    if red:
        raise NotYet("green tests on good rows", f"a red one: {red[0]}", "Which column does it test? The key of the mart is `store` alone.")
    broken = {
        "a store that comes twice": (f"insert into {relation} select * from {relation} where store = 'North'", "unique"),
        "a row without a store": (f"update {relation} set store = null where store = 'East'", "not_null"),
    }
    for what, (change, test) in broken.items():
        if not finds(change):
            raise NotYet(
                f"a test that finds {what}",
                "green tests",
                f"The model is right. Its YAML lacks a test that finds {what}: `{test}` on the column `store`.",
            )


CHECKS = {
    1: Check(
        by_category,
        hints=(
            "Count the rows of `marts.fct_reviews`, then the rows of your join.",
            "`marts.dim_product_prices` has one row per product and price period, so each review appears once for each period.",
            "Nothing that you need is in `marts.dim_product_prices`: leave that join out.",
        ),
        takeaway="Ask of each table in a join what one row of it is; if the key is not unique there, rows multiply.",
    ),
    2: Check(
        selections,
        hints=(
            "A plus stands for a direction in the graph. List `fct_reviews+` and `+fct_reviews`, and compare.",
            "The plus behind a name adds all that depend on the model, the plus before it all that the model reads.",
            "The models on the way depend on the first *and* are read by the last: `first+,+last`.",
        ),
        takeaway="The plus behind a name asks what a change will touch, the plus before it what an answer stands on.",
    ),
    3: Check(
        staging_model,
        hints=(
            'See how `course.show("models/staging/stg_prices.sql")` does it: import the source, rename, select.',
            "The import is `select * from {{ source('amazon_raw', 'rejected_records') }}`; the next step picks and renames columns.",
            "Four columns: `table_name`, `source as source_name`, `position`, `reason`.",
        ),
        takeaway="Staging renames and casts, one model for each raw table; all that follows reads the staging model.",
    ),
    4: Check(
        star_shares,
        hints=(
            "Write the expression for `rating >= 4` as plain SQL first. Then put the macro around it, and the condition in its place.",
            "Above the line: the rows with a rating for which the condition holds. Below: `count(rating)`, which skips nulls.",
            "`course.show(\"macros/ratings.sql\")` has `ratio(numerator, denominator)`; join texts with `~`: `'… (' ~ condition ~ ')'`.",
        ),
        takeaway="A macro earns its place when one rule is needed in several places: here what counts as rated, and what nothing is.",
    ),
    5: Check(
        store_mart,
        hints=(
            "Grain first: one row per store means `group by store` and nothing else. Then ask what each column counts.",
            "`dim_products` has one row per product; left join the reviews (or their counts and sums) to it, and group by store.",
            "A mean of all ratings is their sum divided by their number, over all products of the store; "
            "or `avg(rating)` over the reviews themselves.",
        ),
        takeaway="A grain that is said in words and held by a test is one that the next model can trust.",
    ),
}
