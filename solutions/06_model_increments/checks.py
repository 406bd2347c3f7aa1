"""The checks of the exercises on increments: models and snapshots are built load after load, in a warehouse made for the check."""

import json
from collections import Counter
from dataclasses import replace

import duckdb

from course.checks import Check, NotYet, Stopped, kind, shown
from course.dbt import artefacts, dbt
from course.exercises.practice_room import put_models
from dlt_pipelines.errors import PipelineError

NEEDS = "models"


def empty_room(practice):
    """The exercises' sandbox with a new warehouse, in which only the raw reviews' table stands, empty."""
    room = replace(practice, target=f"sandbox-{practice.target}-{practice.number}")
    room.place.folder.mkdir(parents=True, exist_ok=True)
    for path in room.place.folder.glob("warehouse.duckdb*"):
        path.unlink()
    columns = ", ".join(f'"{c.column_name}" {c.column_type}' for c in practice.query("describe amazon_raw.reviews").itertuples())
    change(room, "create schema amazon_raw", f"create table amazon_raw.reviews ({columns})", "create schema practice_raw")
    return room


def change(room, *statements):
    with duckdb.connect(str(room.place.warehouse)) as connection:
        for statement in statements:
            connection.execute(statement)


def fetch(room, query):
    """Rows as tuples, in Python's own types."""
    with duckdb.connect(str(room.place.warehouse)) as connection:
        return connection.execute(query).fetchall()


def relation_of(room, name):
    nodes = json.loads((artefacts(room.target) / "manifest.json").read_text(encoding="utf-8"))["nodes"].values()
    return next(node for node in nodes if node["name"] == name)


DIFFERENCE_CASES = (
    # rows of grown, rows of rebuilt (each a key and stars), hint
    (
        [("a", 5), ("b", 1)],
        [("a", 5), ("b", 1)],
        "These two tables are the same. Compare rows with rows first, and write `found_in` beside what is left over.",
    ),
    (
        [("a", 5), ("b", 1)],
        [("a", 5)],
        "The grown table still has a row that has left the source. Look from that side, too.",
    ),
    (
        [("a", 5)],
        [("a", 5), ("b", 1)],
        "`except` looks one way: what the first has and the second has not. The late rows are what only the rebuilt table has.",
    ),
    (
        [("a", 5), ("b", 4)],
        [("a", 5), ("b", 1)],
        "An edited row differs in both directions: the old version is in one table only, the new one in the other.",
    ),
    (
        [("a", 5), ("b", None)],
        [("a", 5), ("b", None)],
        "A null is not equal to a null when `=` compares them. `except` treats two nulls as the same, and so does `is distinct from`.",
    ),
    (
        [("a", None)],
        [("a", 5)],
        "`<>` says nothing of a null, neither yes nor no. `except` and `is distinct from` do.",
    ),
    (
        [("a", 5), ("b", 1), ("b", 1)],
        [("a", 5), ("b", 1)],
        "A set knows no copies: `except` counts a row that stands twice as one. `except all` counts them.",
    ),
    (
        [("a", 5), ("b", 1)],
        [("a", 5), ("b", 1), ("b", 1), ("b", 1)],
        "A row is to come as often as it is missing: three copies in one table and one in the other make two rows.",
    ),
)


def differences_found(practice, answer):
    """Runs the query on eight pairs of tables: equal, late, gone, edited, with nulls, with rows that stand there several times."""
    if not isinstance(answer, str):
        raise NotYet("a query as text", kind(answer), 'Give the query itself, between `"""` and `"""`: the check runs it on other tables.')
    names = ("found_in", "review_id", "reviewed_on", "rating")
    for grown, rebuilt, hint in DIFFERENCE_CASES:
        memory = duckdb.connect()
        for table, rows in (("grown", grown), ("rebuilt", rebuilt)):
            memory.execute(f"create table {table} (review_id varchar, reviewed_on date, rating integer)")
            memory.executemany(f"insert into {table} values (?, date '2026-01-05', ?)", rows)
        try:
            cursor = memory.execute(answer)
        except duckdb.Error as error:
            raise Stopped(error) from error
        columns = [column[0].lower() for column in cursor.description]
        if sorted(columns) != sorted(names):
            hint = "Both parts begin with the name of the table that has the row: `select 'grown' as found_in, *`."
            raise NotYet(f"the columns {', '.join(names)}", f"the columns {', '.join(columns)}", hint)
        places = [columns.index(name) for name in ("found_in", "review_id", "rating")]
        found = Counter(tuple(row[place] for place in places) for row in cursor.fetchall())
        sides = {"grown": Counter(grown), "rebuilt": Counter(rebuilt)}
        expected = Counter()
        for side, other in (("grown", "rebuilt"), ("rebuilt", "grown")):
            expected.update({(side, *row): count for row, count in (sides[side] - sides[other]).items()})
        if found != expected:
            other = {"grown": "rebuilt", "rebuilt": "grown"}
            if found == Counter({(other[side], *row): count for (side, *row), count in expected.items()}):
                hint = "`found_in` names the table that *has* the row, and here it names the other one."
            raise NotYet(f"{_listed(expected)}, where grown has {_listed(grown)} and rebuilt has {_listed(rebuilt)}", _listed(found), hint)


def _listed(rows):
    rows = list(rows.elements()) if isinstance(rows, Counter) else rows
    return "; ".join(" ".join("null" if value is None else str(value) for value in row) for row in sorted(rows, key=str)) or "no row"


LOADS = {
    # table: (columns, rows of the first load, rows of the second, what the model should hold then)
    "page_views": (
        "parent_asin varchar, viewed_on date",
        [("a", "2026-01-05"), ("a", "2026-01-05"), ("b", "2026-01-05")],
        [("a", "2026-01-05"), ("a", "2026-01-06"), ("b", "2026-01-06"), ("b", "2026-01-06")],
    ),
    "ratings": (
        "review_id varchar, rating integer",
        [("r1", 5), ("r2", 4), ("r3", 5)],
        [("r2", 1), ("r4", 5)],
    ),
    "stock_counts": (
        "counted_on date, shelf varchar, item_count integer",
        [("2026-01-04", "A", 4), ("2026-01-05", "A", 7), ("2026-01-05", "B", 3)],
        [("2026-01-05", "A", 6), ("2026-01-05", "C", 3), ("2026-01-06", "A", 5), ("2026-01-06", "B", 3)],
    ),
}


def strategies(practice, page_views, ratings, stock_counts):
    """Builds three incremental models with the given strategies over two loads, and compares each with what it should hold."""
    choices = {"page_views": page_views, "ratings": ratings, "stock_counts": stock_counts}
    for table, choice in choices.items():
        if not isinstance(choice, dict) or not {"incremental_strategy"} <= set(choice) <= {"incremental_strategy", "unique_key"}:
            hint = 'Write each as the example of the task: `{"incremental_strategy": "…", "unique_key": "…"}`.'
            raise NotYet(f"a dictionary with incremental_strategy, and unique_key where {table} needs one", shown(choice), hint)
        if choice["incremental_strategy"] not in ("append", "delete+insert", "merge"):
            hint = "These three are the names that dbt knows here, and they are written so."
            raise NotYet("append, delete+insert or merge", f"{choice['incremental_strategy']} for {table}", hint)
        columns, key = [column.split()[0] for column in LOADS[table][0].split(", ")], choice.get("unique_key") or []
        if unknown := [name for name in ([key] if isinstance(key, str) else key) if name not in columns]:
            hint = "A `unique_key` names a column of the table, or a list of them."
            raise NotYet(f"columns of {table}: {', '.join(columns)}", shown(unknown[0]), hint)
    room = empty_room(practice)
    for load in (0, 1):
        for table, (columns, *loads) in LOADS.items():
            values = ", ".join(str(row) for row in loads[load])
            change(
                room,
                f"create or replace table practice_raw.{table} ({columns})",
                f"insert into practice_raw.{table} values {values}",
            )
        _build_choices(room, choices)
    _, first, second = LOADS["page_views"]
    _judge_views(Counter(first + second), _held(room, "page_views"))
    _, first, second = LOADS["ratings"]
    _judge_ratings(Counter((dict(first) | dict(second)).items()), _held(room, "ratings"), ratings)
    _, first, second = LOADS["stock_counts"]
    kept = [row for row in first if row[0] not in {day for day, *_ in second}]
    _judge_stock(Counter(kept + second), _held(room, "stock_counts"), stock_counts)


def _build_choices(room, choices):
    put_models(room, only=[])
    folder = room.place.folder / "project/models/made"
    folder.mkdir(parents=True, exist_ok=True)
    for table, choice in choices.items():
        options = ", ".join(f"{name}={json.dumps(value)}" for name, value in choice.items() if value)
        text = f"{{{{ config(materialized='incremental', {options}) }}}}\n\nselect * from practice_raw.{table}\n"
        (folder / f"{table}.sql").write_text(text, encoding="utf-8")
    try:
        dbt("run", "--select", "path:models/made", target=room.target)
    except PipelineError as error:
        raise Stopped(error) from error


def _held(room, table):
    names = ", ".join(f"{column.split()[0]}::varchar" for column in LOADS[table][0].split(", "))
    rows = fetch(room, f"select {names} from main.{table}")
    return Counter(tuple(int(value) if value.isdigit() else value for value in row) for row in rows)


def _judge_views(expected, found):
    if found != expected:
        raise NotYet(
            f"{expected.total()} page views after two loads",
            f"{found.total()}",
            "Views are never changed, so nothing may be replaced: any key takes two equal views, or a late one, for the same.",
        )


def _judge_ratings(expected, found, choice):
    if found == expected:
        return
    counts = Counter(key for key, _ in found.elements())
    if counts["r2"] > 1:
        if choice["incremental_strategy"] == "append":
            hint = "`append` never looks at what is there, with a `unique_key` or without."
        elif choice.get("unique_key"):
            hint = "What is in the `unique_key` must stay the same when a review is edited, or nothing is found to replace."
        else:
            hint = "Without a `unique_key` that says which review a row is, an edited review is one more row."
        raise NotYet("an edited review once, with its new rating", f"it stands there {counts['r2']} times", hint)
    raise NotYet(
        f"the ratings {_listed(expected)}",
        _listed(found),
        "Which rows does the `unique_key` throw together? It should say which review a row is, and nothing else.",
    )


def _judge_stock(expected, found, choice):
    if found == expected:
        return
    gone = ("2026-01-05", "B", 3)
    if found - expected == Counter([gone]) and not expected - found:
        raise NotYet(
            "no shelf B on 5 January, for the new count no longer has it",
            "shelf B with its old count",
            "A key of day and shelf replaces shelf by shelf, and a shelf that does not come is never touched. What is replaced is the day.",
        )
    if not choice.get("unique_key") and choice["incremental_strategy"] != "append":
        hint = "Without a `unique_key`, nothing is found to be replaced."
    elif ("2026-01-04", "A", 4) not in found:
        hint = "Counts of a day that did not come again are gone: what is in the `unique_key` must tell the days apart."
    elif choice["incremental_strategy"] == "merge":
        hint = "`merge` updates rows and adds rows, and never takes one out. Which strategy deletes first?"
    elif choice["incremental_strategy"] == "append":
        hint = "A day that comes again would stand there twice. What came before for that day must go first."
    else:
        hint = "Of `delete+insert`, the `unique_key` says what is replaced as a whole. It need not be the key of one row."
    raise NotYet(f"the counts {_listed(expected)}", _listed(found), hint)


STATES = (
    # review_id, reviewed_at, rating, load_id: what a load brings. r2 and r3 are edited; r5, r6 are late; r7 is as new as the newest.
    # Before the last build two loads came.
    [("r1", "2026-02-05 08:00", 5, 4), ("r2", "2026-02-06 08:00", 4, 4), ("r3", "2026-02-07 08:00", 3, 4)],
    [("r4", "2026-02-09 08:00", 4, 5), ("r5", "2026-02-06 20:00", 2, 5), ("r2", "2026-02-06 08:00", 1, 5)],
    [
        ("r8", "2026-02-10 08:00", 4, 6),
        ("r6", "2025-11-20 08:00", 1, 7),
        ("r3", "2026-02-07 08:00", 5, 7),
        ("r7", "2026-02-09 08:00", 3, 7),
    ],
)


def grown_model(practice):
    """Builds the model over three loads with late and edited rows, and compares it with the raw table after each; sees what it reads."""
    room = empty_room(practice)
    table = "practice_raw.reviews"
    change(room, f"create table {table} (review_id varchar, parent_asin varchar, reviewed_at timestamp, rating integer, load_id bigint)")
    names = "review_id, parent_asin, reviewed_at, rating, load_id"
    for number, rows in enumerate(STATES, start=1):
        for review, moment, rating, load in rows:
            change(
                room,
                f"delete from {table} where review_id = '{review}'",
                f"insert into {table} values ('{review}', 'p{int(review[1]) % 2}', '{moment}', {rating}, {load})",
            )
        raw = fetch(room, f"select {names} from {table}")
        if number == 3:  # what no load does: who reads old rows again is found out
            change(room, f"update {table} set rating = 0 where review_id = 'r1'")
        try:
            room.build(3, "run", "--select", "review_ratings")
        except Stopped as reason:
            if number == 1 and "review_ratings does not exist" in reason.found:
                reason.hint = "At the first build there is no table to look into: what asks `{{ this }}` stands inside `is_incremental()`."
            raise
        model = relation_of(room, "review_ratings")
        try:
            found = fetch(room, f"select {names} from {model['relation_name']}")
        except duckdb.Error as error:
            there = [column[0] for column in fetch(room, f"describe {model['relation_name']}")]
            hint = "The model has the five columns of the raw table, under their names."
            raise NotYet(f"the columns {names}", f"the columns {', '.join(there)}", hint) from error
        _judge_growth(number, Counter(raw), Counter(found), model["config"])


def _judge_growth(number, raw, found, config):
    after = f"after load {number} of 3"
    if found == raw:
        return
    if number == 1:
        raise NotYet(f"{len(raw)} rows after the first build", _listed(found), "The first build takes everything: no filter yet.")
    counts = Counter(row[0] for row in found.elements())
    missing = sorted({row[0] for row in raw} - set(counts))
    ratings = {row[0]: row[3] for row in raw}
    twice = sorted(review for review, count in counts.items() if count > 1)
    stale = sorted(row[0] for row in found if row[0] in ratings and row[3] != ratings[row[0]] and row[3] != 0)
    if missing == ["r8"]:
        raise NotYet(
            f"all reviews {after}",
            "one of the last load but one is missing: two loads had come since the last build",
            "Ask what the model has not taken in yet: compare with `{{ this }}`, not with the newest load there is.",
        )
    if set(missing) - {"r4", "r5", "r6", "r7", "r8"}:
        raise NotYet(
            f"all reviews {after}",
            f"{', '.join(missing)} are gone, which the model had before",
            "The `unique_key` takes several reviews for one, and a new one pushes the others out. What is the key of a review?",
        )
    if missing == ["r6"]:
        raise NotYet(
            f"all reviews {after}",
            "a review is missing that was written months before it came",
            "A window that looks back only moves the edge: what comes later than that is still lost. Ask for the load.",
        )
    if missing:
        raise NotYet(
            f"all reviews {after}",
            f"{len(missing)} missing: {', '.join(missing)}",
            "Late reviews are older than the newest one. Do not ask when a row was written; ask which load brought it.",
        )
    if twice:
        raise NotYet(
            f"each review once {after}",
            f"{', '.join(twice)} in an old and a new version",
            "`append` adds and never replaces. Choose a strategy that looks at the key."
            if config.get("incremental_strategy") == "append"
            else "The edited review was taken in; now its old version must go. Which key stays the same when a review is edited?",
        )
    if stale:
        raise NotYet(
            f"edited reviews with their new rating {after}",
            f"{', '.join(stale)} with an old one",
            "An edited review is known by its id and its date, and yet it is new: its `load_id` says so.",
        )
    if any(row[3] == 0 for row in found):
        raise NotYet(
            f"only rows of new loads read {after}",
            "rows of the first load read again",
            "The result is right, and each build pays for every row. In a later build, `is_incremental()`, read new loads only."
            if config["materialized"] == "incremental"
            else f"The result is right, but a {config['materialized']} is made anew each time: `materialized='incremental'`.",
        )
    raise NotYet(f"the rows of the raw table {after}: {_listed(raw)}", _listed(found))


REVIEW_STATES = (
    # review_id: (rating, title, text, helpful votes), as the source has them on three days
    {
        "same": (4, "ok", "fine", 0),
        "stars": (5, "ok", "fine", 0),
        "words": (3, "ok", "fine", 0),
        "heading": (3, "ok", "fine", 0),
        "votes": (4, "ok", "fine", 0),
        "gone": (2, "ok", "fine", 0),
        "unrated": (None, "ok", "fine", 0),
    },
    {
        "same": (4, "ok", "fine", 0),
        "stars": (1, "ok", "fine", 0),
        "words": (3, "ok", "broken", 0),
        "heading": (3, "no", "fine", 0),
        "votes": (4, "ok", "fine", 7),
        "unrated": (4, "ok", "fine", 0),
        "new": (5, "ok", "fine", 0),
    },
)
REVIEW_STATES = (*REVIEW_STATES, REVIEW_STATES[1] | {"stars": (5, "ok", "fine", 0)})


SNAPSHOT_FIXES = (
    # words of dbt's message, and the hint that fits
    ("must be configured with a 'strategy'", "`unique_key`, `strategy` and what belongs to it stand below `config:`, and both are needed."),
    ("does not match any enabled nodes", "The file begins with `snapshots:`, and its entry has `name: snap_reviews`."),
    ('schema "marts" does not exist', "The snapshot is of what staging has: `relation: ref('stg_reviews')`."),
    ("Invalid jinja expression", "A model is named by `ref`: `relation: ref('stg_reviews')`."),
    ("Invalid value for 'check_cols'", "A list has brackets, `[rating, title, text]`, or a line with a dash for each."),
)


def kept_versions(practice):
    """Takes the snapshot on three days, between which reviews are edited, voted for and withdrawn, and looks at every version."""
    room = empty_room(practice)
    for number, state in enumerate(REVIEW_STATES):
        change(room, "delete from amazon_raw.reviews")
        with duckdb.connect(str(room.place.warehouse)) as connection:
            connection.executemany(
                """insert into amazon_raw.reviews
                    (review_id, rating, title, text, helpful_vote, user_id, asin, parent_asin, timestamp, _dlt_load_id)
                values (?, ?, ?, ?, ?, 'u', 'p', 'p', 1767603600000, '1')""",
                [(review, *values) for review, values in state.items()],
            )
        selected = ("stg_reviews", "snap_reviews") if number == 0 else ("snap_reviews",)
        try:
            room.build(4, "build", "--select", *selected, "--exclude-resource-type", "test", "unit_test")
        except Stopped as reason:
            reason.hint = next((hint for words, hint in SNAPSHOT_FIXES if words in reason.found), "")
            raise
    node = relation_of(room, "snap_reviews")
    is_current = "coalesce(dbt_valid_to > now()::timestamp + interval 1 year, true)"  # open, or dated far ahead
    rows = fetch(room, f"select review_id, rating, {is_current} from {node['relation_name']} order by dbt_valid_from, dbt_valid_to")
    versions = {}
    for review, rating, is_current in rows:
        versions.setdefault(review, []).append((None if rating is None else int(rating), is_current))
    _judge_versions(versions, node["config"])


def _judge_versions(versions, config):
    def need(review, count, expected, found, hint):
        if len(versions.get(review, [])) != count:
            raise NotYet(expected, f"{found} ({len(versions.get(review, []))} in all)", hint)

    if [rating for rating, _ in versions.get("stars", [])] != [5, 1, 5]:
        if config.get("unique_key") not in ("review_id", ["review_id"]):
            hint = "The `unique_key` says which rows are versions of one thing. What is the key of a review?"
        else:
            hint = (
                "`timestamp` trusts a column that moves with every edit. `reviewed_at` stays as it is, so compare the columns themselves."
                if config.get("strategy") == "timestamp"
                else "A new version begins when a column in `check_cols` has changed. Is the rating among them?"
            )
        raise NotYet("three versions of a review that went from 5 stars to 1 and back", f"{len(versions.get('stars', []))}", hint)
    need(
        "votes",
        1,
        "one version of a review that got helpful votes",
        "several",
        "`check_cols` follows more than what the writer says, and helpful votes move every day. Name the three columns.",
    )
    for review, column in (("words", "text"), ("heading", "title"), ("unrated", "rating")):
        need(
            review,
            2,
            f"two versions of a review whose {column} changed once",
            "fewer" if len(versions.get(review, [])) < 2 else "more",
            f"What is not in `check_cols` is not seen: `{column}` belongs there.",
        )
    if any(is_current for _, is_current in versions.get("gone", [])):
        hint = (
            "`new_record` adds a version that says “deleted”. Here the last version is to be closed, and nothing added: `invalidate`."
            if len(versions["gone"]) > 1
            else "A snapshot does not look for rows that are gone, unless it is told to: `hard_deletes`."
        )
        raise NotYet("no current version of a review that is gone", "one", hint)
    need("gone", 1, "one closed version of a review that is gone", "another number", "`hard_deletes: invalidate` closes it.")
    for review, count in (("same", 1), ("new", 1)):
        need(review, count, f"{count} version of a review that was never edited", "another number", "")
    current = Counter(review for review, rows in versions.items() for _, is_current in rows if is_current)
    if current != Counter(list(REVIEW_STATES[-1])):
        raise NotYet("one current version of each review in the source", f"{dict(current)}")


CHECKS = {
    1: Check(
        differences_found,
        hints=(
            "Look at the two tables by eye first: which four rows has one of them that the other has not?",
            "Two queries, joined by `union all`: what grown has and rebuilt has not, and the other way round.",
            "Replace `except` by `except all`, copy the query, and in the copy swap the tables and the name in `found_in`.",
        ),
        takeaway="Equal means: nothing is left over on either side, copies and nulls included. An empty result is the proof.",
    ),
    2: Check(
        strategies,
        hints=(
            "Ask of each table: can a row come that should take the place of one that is there? Of which one, or of which ones?",
            "`append` replaces nothing; `merge` replaces row by row; `delete+insert` replaces all rows that share the `unique_key`.",
            "Views: `append`. Ratings: `merge`, with the key `review_id`. Stock: `delete+insert`, with what is replaced: the day.",
        ),
        takeaway="The strategy follows from what the data do, and `unique_key` says what is replaced: nothing, a row, or a day.",
    ),
    3: Check(
        grown_model,
        hints=(
            "Watch the colleague's model with `load_up_to`: which reviews are missing after the second load, and why?",
            "A row is new when its load is: compare `load_id` with the highest one in `{{ this }}`, and say what one row is.",
            "`unique_key='review_id'` in the `config`, and `where load_id > (select max(load_id) from {{ this }})`.",
        ),
        takeaway="New means not yet taken in: filter by load, and let the key replace what was there before.",
    ),
    4: Check(
        kept_versions,
        hints=(
            'Look at `course.show("snapshots/snap_products.yml")`: what is its key, and how does it notice a change?',
            "`strategy: check` compares the columns in `check_cols`. A second option says what happens to rows that are gone.",
            "`unique_key: review_id`, `strategy: check`, `check_cols: [rating, title, text]`, `hard_deletes: invalidate`.",
        ),
        takeaway="A snapshot remembers the columns that it checks, from its first run on; choose them by what is worth a version.",
    ),
}
