"""The checks of the exercises on debugging: functions are run on evidence that was made for the check, a model is built and compared."""

import copy
import json
import re
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

import dlt
import duckdb

from course.checks import Check, NotYet, Stopped, counted, kind, need_columns, same_rows, shown
from course.clinic import faults
from course.clinic.faults import FAULTS
from course.clinic.target_health import examine_target
from course.dbt import artefacts, dbt
from course.exercises.practice_room import put_models
from course.warehouse import query
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.errors import PipelineError

NEEDS = "models"


def trace_of(rows, again=False):
    """The trace of a small dlt load of `rows`; with `again`, of a second one, before which somebody dropped the table."""
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Path(folder) / "small.duckdb"
        pipeline = dlt.pipeline("small", pipelines_dir=folder, destination=dlt.destinations.duckdb(str(warehouse)), dataset_name="shop")
        for attempt in range(2 if again else 1):
            if attempt:
                with duckdb.connect(str(warehouse)) as connection:
                    connection.execute("drop table shop.reviews")
            with suppress(Exception):  # it is in the trace
                pipeline.run(rows(), table_name="reviews", columns={"stars": {"nullable": False}})
        return pipeline.last_trace


def stars_are_text():
    yield {"review_id": 1, "stars": 5}
    yield {"review_id": 2, "stars": int("five")}


def stars_are_missing():
    yield {"review_id": 1, "stars": 5}
    yield {"review_id": 2, "stars": None}


def all_is_well():
    yield {"review_id": 1, "stars": 5}


def failed_step(practice, first_failure):
    """Runs the function on the traces of small dlt loads that stop in extract, normalize and load, and of one that goes well."""
    for rows, again, step in ((stars_are_missing, False, "normalize"), (stars_are_text, False, "extract"), (all_is_well, True, "load")):
        trace = trace_of(rows, again)
        messages = [each["message"] for each in next(each for each in trace.steps if each.step == step).exception_traces]
        found = first_failure(trace)
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            hint = "Give two things back, the step's name and the message: `return step.step, …`. What is printed is not given back."
            raise NotYet(f"a pair: {step}, and a message", short_text(found), hint)
        if found[0] == "run":
            raise NotYet(
                f"the step {step}",
                "the step run",
                "`run` stands around the other steps and fails with each of them. Take the first step that failed, not the last.",
            )
        if found[0] != step:
            name = isinstance(found[0], str)
            hint = "Look for the step in the trace that you are given: the first of `trace.steps` with exceptions."
            raise NotYet(f"the step {step}", short_text(found[0]), hint if name else "The name of a step is `step.step`, a text.")
        if not isinstance(found[1], str) or found[1].strip() != messages[-1].strip():
            if isinstance(found[1], dict) or str(found[1]).startswith("dlt."):
                hint = 'Each exception of the list is a dictionary, and of it the message is wanted: `[…]["message"]`.'
            else:
                hint = "This message only says that the step has failed. The list goes from the outermost exception to the one at the root."
            raise NotYet(f"the message {messages[-1]}", short_text(found[1]), hint)
    try:
        found = first_failure(trace_of(all_is_well))
    except (IndexError, TypeError, StopIteration, KeyError, UnboundLocalError, AttributeError) as error:
        raise NotYet(
            "None for a run that went well",
            f"{type(error).__name__}: {error}",
            "In a run that went well no step has failed: there is no first one to take. Ask before you take it.",
        ) from error
    if found is not None:
        hint = "Where no step failed there is nothing to tell: `return None`, or no `return` at all."
        raise NotYet("None for a run that went well", short_text(found), hint)


def short_text(value):
    """A value in one line of at most 200 letters."""
    return " ".join((value if isinstance(value, str) else repr(value)).split())[:200]


MADE = {
    "models/made/stands.sql": "{{ config(materialized='ephemeral') }} select 1 as stars",
    "models/made/breaks.sql": "{{ config(materialized='table') }} select cast('five' as integer) as stars",
    "models/made/stands_on_what_breaks.sql": "{{ config(materialized='table') }} select * from {{ ref('breaks') }}",
    "tests/made_test_finds_rows.sql": "select * from {{ ref('stands') }}",
    "tests/made_test_warns.sql": "{{ config(severity='warn') }} select * from {{ ref('stands') }}",
    "tests/made_test_passes.sql": "select * from {{ ref('stands') }} where stars > 5",
}


def real_results(practice):
    """The run_results.json of a real dbt build in which one of each kind of result comes up."""
    put_models(practice, only=[])
    for path, text in MADE.items():
        file = practice.place.folder / "project" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    try:
        dbt("build", "--select", "path:models/made", "made_test_finds_rows", "made_test_warns", "made_test_passes", target=practice.target)
    except PipelineError as error:
        if error.faq != "dbt-node-failed":
            raise
    return json.loads((artefacts(practice.target) / "run_results.json").read_text(encoding="utf-8"))


def result(number, status, seconds):
    return {"unique_id": f"model.shop.number_{9 - number}", "status": status, "execution_time": seconds, "failures": None}


def night_results(practice, failed, slowest):
    """Runs both functions on results made for the check, and on the run_results.json of a real build with failures."""
    statuses = ("pass", "fail", "success", "skipped", "error", "warn", "runtime error", "no-op")
    made = {"results": [result(number, status, (number * 7 % 8) * 1.5) for number, status in enumerate(statuses)]}
    well = {"results": [result(number, "success", number + 1.0) for number in range(2)]}
    for run in (made, real_results(practice), well):
        status = {each["unique_id"]: each["status"] for each in run["results"]}
        seconds = {each["unique_id"]: each["execution_time"] for each in run["results"]}
        expected = [name for name in status if status[name] in ("error", "fail", "runtime error")]
        found = listed("failed", failed(copy.deepcopy(run)), status)
        if found != expected:
            raise NotYet(f"failed: {short(expected, status)}", short(found, status), why_failed(found, expected, status))
        for count in (3, 1, 100):
            found = listed("slowest", slowest(copy.deepcopy(run), count), status)
            expected = sorted(seconds.values(), reverse=True)[:count]
            if [seconds[name] for name in found] != expected:
                hint = "These are the fastest, or the slowest in the wrong order: sort from large to small, by `execution_time`."
                if len(found) != len(expected):
                    hint = "`count` says how many: take so many from the front of the sorted list."
                raise NotYet(
                    f"slowest with count = {count}: {len(expected)} that took {', '.join(f'{each:.2f}' for each in expected[:5])} seconds",
                    f"{len(found)} that took {', '.join(f'{seconds[name]:.2f}' for name in found[:5])}",
                    hint,
                )


def listed(name, found, known):
    """The function's answer as a list of unique_ids. Raises NotYet where it is something else."""
    if isinstance(found, str) or not hasattr(found, "__iter__") or isinstance(found, dict):
        hint = "The function gives a list back: `return […]`. What it prints, or leaves in a variable, is lost."
        raise NotYet(f"{name}: a list of unique_ids", kind(found), hint)
    found = list(found)
    strange = [each for each in found if not isinstance(each, str) or each not in known]
    if strange:
        hint = "Each result is a dictionary; of each, the list holds `result['unique_id']` and nothing else."
        if isinstance(strange[0], str):
            hint = "That is no result of the run that the function is given. Read `run`, not the night that you see above."
        raise NotYet(f"{name}: a list of unique_ids", f"{short_text(strange[0])} in it", hint)
    return found


def short(names, status):
    """Names with their status, to be read."""
    return ", ".join(f"{name.split('.')[2]} ({status[name]})" for name in names) or "nothing"


def why_failed(found, expected, status):
    """The hint that fits a wrong list of what failed."""
    extra, missing = {status[name] for name in found if name not in expected}, {status[name] for name in expected if name not in found}
    if extra & {"pass", "success", "no-op"}:
        return "Models that went well say `success`, tests `pass`. It is safer to name the statuses that are bad."
    if "skipped" in extra:
        return "What was skipped is the shadow of a failure: dbt left it out because something before it failed."
    if "warn" in extra:
        return "A warning is to be read in the morning, and has not failed."
    if missing:
        return f"Nothing with the status `{min(missing)}` is in the list. Models, tests and freshness each have a word of their own."
    return "The results are right, their order is not: leave them as they stand in the file."


def store_december(practice):
    """Builds the model and compares its rows with those of the marts, counted in another way."""
    try:
        practice.build(3, "run", "--select", "store_december")
    except Stopped as reason:
        if "depends on a node named" in reason.found:
            reason.hint = (
                'A `ref` names a model that dbt does not have. What is the model of products called? `practice.dbt("ls")` lists all names.'
            )
        elif "ompilation" in reason.found:
            reason.hint = "This is about Jinja, not about SQL: dbt cannot read what stands between `{{` and `}}`. Count the brackets there."
        raise
    found = practice.query("select * from marts.store_december").rename(columns=str.lower)
    expected = practice.query(
        """with december as (
            select p.store, r.rating from marts.fct_reviews as r join marts.dim_products as p using (parent_asin)
            where year(r.reviewed_on) = 2025 and month(r.reviewed_on) = 12
        )
        select store, product_count,
            (select count(*) from december where december.store = stores.store) as review_count,
            (select round(avg(rating::double), 4) from december where december.store = stores.store) as mean_rating
        from (select store, count(*) as product_count from marts.dim_products group by store) as stores"""
    )
    names = list(expected.columns)
    need_columns(found[[name for name in found.columns if name in names]], *names)  # others do no harm
    if len(found) > len(expected):
        raise NotYet(counted(len(expected), "row"), counted(len(found), "row"), "The grain is one row per store: group by nothing else.")
    _right_counts(practice, found, expected)
    if found.mean_rating.min() < 1:
        raise NotYet(
            "null for the mean of no reviews",
            shown(found.mean_rating.min()),
            "A store without reviews has no mean. A 0 would be taken for very bad stars.",
        )
    hint = "The mean is of the ratings of the reviews counted beside it, and has four digits: `{{ ratio('…', '…') }}`, or `round(…, 4)`."
    same_rows(found[names], expected, hint=hint)


def _right_counts(practice, found, expected):
    products, reviews = int(found.product_count.sum()), int(found.review_count.sum())
    all_products, all_reviews = int(expected.product_count.sum()), int(expected.review_count.sum())
    if products < all_products:
        raise NotYet(
            f"{counted(len(expected), 'store')} with {counted(all_products, 'product')}",
            f"{counted(len(found), 'store')} with {counted(products, 'product')}",
            "Products are gone that have no review in December, or only older ones. A left join keeps them if the condition on the "
            "month stands in its `on`; a `where` after the join, or another kind of join, drops them.",
        )
    if products > all_products:
        raise NotYet(
            counted(all_products, "product"),
            counted(products, "product"),
            "After the join a product has one row for each of its reviews. Count products, not rows.",
        )
    if reviews > all_reviews:
        with_reviews = practice.query(
            "select count(distinct parent_asin) from marts.fct_reviews where reviewed_on between '2025-12-01' and '2025-12-31'"
        ).iat[0, 0]
        hint = "These are more reviews than December 2025 has. Is the condition on the month, and on its year, still there?"
        if reviews - all_reviews == products - with_reviews:
            hint = "A product without a review keeps one row in a left join: `count(*)` counts it, `count(reviews.review_id)` does not."
        raise NotYet(counted(all_reviews, "review"), counted(reviews, "review"), hint)
    if reviews < all_reviews:
        hint = "These are fewer reviews than December 2025 has. Look at both ends of the month, and at what else is left out."
        raise NotYet(counted(all_reviews, "review"), counted(reviews, "review"), hint)


def answer_of(follow, number, lines, query):
    """What the function says of a line, as two texts. Raises NotYet where it is no pair."""
    found = follow(number, list(lines), query)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        hint = "Every way through the function ends in a `return` with two things, the place and the evidence."
        raise NotYet(f"line {number}: a pair of place and evidence", short_text(found), hint)
    place, evidence = map(str, found)
    if place not in PLACES:
        raise NotYet(f"line {number}: one of {', '.join(PLACES)}", short_text(place), "Name the places as the table of the task does.")
    return place, re.sub(r"^(\d+)\.0$", r"\1", evidence)  # a line's number may have become a float


PLACES = ("rejected_records", "duplicates", "amazon_raw.reviews", "marts.fct_reviews")


def followed(practice, follow):
    """Runs the function on lines of every kind, and on a copy of the warehouse in which one review is missing from the mart."""
    lines = (practice.files / "Practice_Marketplace.jsonl").read_text(encoding="utf-8").split("\n")[:3000]
    rejected = practice.query("select table_name, position, reason from amazon_raw.rejected_records order by position")
    of_products = set(rejected.position[rejected.table_name == "products"])
    reasons = {row.position: row.reason for row in rejected.itertuples() if row.table_name == "reviews"}
    same = {}
    for number, line in enumerate(lines, start=1):
        record = json.loads(line)
        if isinstance(record, dict):
            same.setdefault(tuple(map(record.get, ("user_id", "asin", "timestamp"))), []).append(number)
    ids = practice.query("select review_id, user_id, asin, timestamp from amazon_raw.reviews").itertuples(index=False, name=None)
    ids = {tuple(identity): review_id for review_id, *identity in ids}

    truth = {number: ("rejected_records", reasons[number]) for number in reasons if number <= len(lines)}
    spoilt, alone = [], []
    for identity, numbers in same.items():
        good = [number for number in numbers if number not in reasons]
        for number in good:
            truth[number] = ("duplicates", str(good[-1])) if number < good[-1] else ("marts.fct_reviews", ids[identity])
        spoilt += good[-1:] if good and numbers[-1] > good[-1] else []
        alone += good if len(numbers) == 1 else []
    earlier = [number for number, (place, _) in truth.items() if place == "duplicates"]
    cases = [
        (min(alone), "A list begins at 0 and a file at line 1: line 396 is `lines[395]`."),
        (
            min(number for number in reasons),
            "This line was turned down: look for it in `amazon_raw.rejected_records` first, by its position.",
        ),
        (min(set(alone) & of_products), "Each file counts its lines from 1. The position alone also finds a record of the products' file."),
        (
            earlier[0],
            "The review is in the mart, this *line* is not: a later line has the same three fields, and the load keeps the last.",
        ),
        (
            truth[earlier[-1]][1],
            "A line is no duplicate of an earlier one: the load keeps the *last* line of the same user, asin and timestamp.",
        ),
        (spoilt[0], "A later line has the same user, asin and timestamp, but the load turned that one down. So this one was kept."),
    ]
    for number, hint in cases:
        number = int(number)
        found = answer_of(follow, number, lines, practice.query)
        if found != truth[number]:
            place, evidence = truth[number]
            if found[0] == place and place != "marts.fct_reviews":
                hint = "The place is right, its evidence is not: the table of the task says which it is."
            raise NotYet(f"line {number}: {place}, {evidence}", short_text(f"{found[0]}, {found[1]}"), hint)

    again = int(earlier[0])  # the same review once more, at the end of the file
    found = answer_of(follow, again, [*lines, lines[again - 1]], practice.query)
    if found != ("duplicates", str(len(lines) + 1)):
        hint = "Two later lines have the same three fields, and the load keeps the last of them all."
        raise NotYet(f"line {again}: duplicates, {len(lines) + 1}", f"{found[0]}, {found[1]}", hint)

    stuck = alone[len(alone) // 2]
    review_id = truth[stuck][1]
    with copy_without(practice, review_id) as query:
        found = answer_of(follow, stuck, lines, query)
        if found != ("amazon_raw.reviews", review_id):
            raise NotYet(
                f"line {stuck}, in a warehouse whose mart lacks it: amazon_raw.reviews, {review_id}",
                f"{found[0]}, {found[1]}",
                "That it was loaded does not say that it arrived. Ask `marts.fct_reviews` for its `review_id`, too.",
            )


NAMES = {
    "a": "second-database", "b": "mixed-modes", "c": "broken-jinja", "d": "field-vanished",
    "e": "wrong-version", "f": "slow-load", "g": "api-errors", "h": "duplicate-keys",
}  # fmt: skip
CONFUSED = {
    ("a", "nothing-loaded"): "The table was there a minute ago, and somebody works in another folder. Which file has that process open?",
    ("b", "locked-warehouse"): "A lock is held against *other* processes, and there is none. Look inside the one process.",
    ("c", "broken-ref"): "A wrong name in a `ref` gives another message: a node that was not found. Here a bracket is not closed.",
    ("d", "type-changed"): "A value of another type is turned down, and nothing was rejected here. What, then, is missing?",
    ("e", "command-not-found"): "Every command was found. One of the packages behind them is not the one that the lock names.",
    ("f", "out-of-memory"): "It runs, and slowly. The format of the jobs tells how the rows travel.",
    ("g", "pending-package"): "In the step extract no package is complete yet. Who says 429?",
    ("h", "pending-package"): "A package that waits brings old rows, and no key twice. Here one is, and the load did not bring it so.",
}


def eight_names(practice, names):
    """Compares the eight names with the faults that the letters tell of."""
    if not isinstance(names, dict) or set(names) != set(NAMES):
        hint = "Keep the dictionary as it was given: a letter, a colon, a name, for a to h."
        raise NotYet("a dictionary with the letters a to h", short_text(names), hint)
    open_ones = [letter for letter, name in names.items() if not isinstance(name, str)]
    if open_ones:
        hint = "One after the other: what they looked at says in which layer to look, and `course break --list` has the names."
        raise NotYet("a name for each letter", f"none for {', '.join(open_ones)}", hint)
    names = {letter: name.strip().lower() for letter, name in names.items()}
    unknown = sorted(set(names.values()) - set(FAULTS))
    if unknown:
        hint = "`course break --list` shows the names that there are; they are written with hyphens."
        raise NotYet("names of faults", f"{unknown[0]}, which is none", hint)
    for letter, name in NAMES.items():
        if names[letter] != name:
            raise NotYet(
                f"another fault for the letter {letter}",
                names[letter],
                CONFUSED.get((letter, names[letter]), f"`{names[letter]}` looks otherwise: compare `FAQ.md#{names[letter]}`."),
            )


def two_faults_healed(practice, commands):
    """Makes the sandbox with both faults, runs the commands, and asks the doctor what is left."""
    commands = commands.splitlines() if isinstance(commands, str) else commands
    if not isinstance(commands, (list, tuple)) or not all(isinstance(command, str) for command in commands):
        raise NotYet("a list of commands, each a text", short_text(commands), 'A list of texts: `["the first", "the second"]`.')
    commands = [command.strip() for command in commands if command.strip()]
    if any("course heal" in command for command in commands):
        raise NotYet("the commands themselves", "course heal", "`course heal` runs the commands of an entry in FAQ.md. Read them there.")
    for command in commands:
        if "sandbox" not in command:
            hint = "It would work on another target, so it was not run: `--target sandbox`, or a path in `data/sandbox`, leads there."
            raise NotYet("commands that work on the sandbox", command, hint)
    place = find_target(faults.SANDBOX)
    faults.fill_sandbox(anew=True)
    for name in ("duplicate-keys", "pending-package"):
        faults.inflict(name)
    for command in commands:
        done = faults.run_command(command, agree=True)  # dlt asks before it deletes, unless told -y
        if done.returncode:
            told = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
            hint = "The command itself fails: type it in a terminal, in the repository's folder, and read what it says."
            if "FAQ.md#duplicate-keys" in done.stdout + done.stderr:
                hint = "A plain load cannot know which of two rows is the right one, and refuses. Let it make the tables anew."
            raise NotYet(f"commands that succeed: {command}", next((line for line in told if "Error" in line), told[-1])[:200], hint)
    left = sorted({finding.fault for finding in examine_target(place.name) if finding.state == "found"})
    if left:
        hint = "The five products that were inserted by hand still stand there twice. Which load makes a table anew?"
        if "pending-package" in left:
            hint = "The package of the wish lists still waits. The load of the products knows nothing of it."
        raise NotYet("a doctor who finds nothing", ", ".join(left), hint)
    there = query(place.warehouse, "select count(*) as wishes from wishlists.wishes").wishes[0]
    if there != 5:
        hint = "No package waits any more, so the doctor finds nothing. Did its load bring what is new, or the package of the day before?"
        if there == 2:
            hint = "The package is gone, and nothing has come in its place: what it held is still at the source only."
        raise NotYet("5 wishes in the warehouse", str(there), hint)


@contextmanager
def copy_without(practice, review_id):
    """A function that runs SQL on a copy of the warehouse whose models have lost one review."""
    with tempfile.TemporaryDirectory() as folder:
        path = shutil.copyfile(practice.place.warehouse, Path(folder) / "warehouse.duckdb")
        with duckdb.connect(str(path)) as connection:
            connection.execute("delete from marts.fct_reviews where review_id = ?", [review_id])
            yield lambda sql: connection.execute(sql).df()


def follow(
    rejected="and table_name = 'reviews'",
    kept="place not in turned_down",
    index="number - 1",
    duplicates="kept > number",
    arrived="len(mart)",
):
    """An answer to the fourth exercise."""
    return f"""def follow(number, lines, query):
    found = query(f"select reason from amazon_raw.rejected_records where position = {{number}} {rejected}")
    if len(found):
        return "rejected_records", found.reason[0]
    turned_down = set(query("select position from amazon_raw.rejected_records where table_name = 'reviews'").position)
    def key(place):
        record = json.loads(lines[place - 1]) if lines[place - 1].strip() else None
        return [record.get(name) for name in ("user_id", "asin", "timestamp")] if isinstance(record, dict) else None
    record = json.loads(lines[{index}])
    mine = [record[name] for name in ("user_id", "asin", "timestamp")]
    kept = max([place for place in range(1, len(lines) + 1) if {kept} and key(place) == mine] + [0])
    if {duplicates}:
        return "duplicates", kept
    raw = query(
        f"select review_id from amazon_raw.reviews "
        f"where user_id = '{{mine[0]}}' and asin = '{{mine[1]}}' and timestamp = {{mine[2]}}"
    )
    mart = query(f"select review_id from marts.fct_reviews where review_id = '{{raw.review_id[0]}}'")
    return "marts.fct_reviews" if {arrived} else "amazon_raw.reviews", raw.review_id[0]"""


CHECKS = {
    1: Check(
        failed_step,
        hints=(
            "Three things are wrong with it: which step it takes, which message it takes, and what it does if no step failed.",
            "Of the steps that failed the first counts; of a step's exceptions the last. If no step failed, there is nothing to take.",
            "A loop over `trace.steps` returns the pair at the first step with `exception_traces`; after the loop comes `return None`.",
        ),
        takeaway="Read a failure from its two ends: the first step that broke, and the exception at the root.",
    ),
    2: Check(
        night_results,
        hints=(
            'Both are one line: a list of `result["unique_id"]`, the one with a condition, the other from a sorted list.',
            'For the condition: `result["status"] in (…)` with the three words of the task.',
            '`sorted(run["results"], key=lambda result: result["execution_time"], reverse=True)[:count]` are the slowest results.',
        ),
        takeaway="Of a red night look at what failed itself; the skipped are its shadow, and the slowest are for another day.",
    ),
    3: Check(
        store_december,
        hints=(
            "Read dbt's message: it names the file, and mostly the line. Change that one thing, and check again.",
            "The first is a bracket in `{{ … }}`, the second a model's name in a `ref`; the third is a condition in the wrong place.",
            "A condition on the right side of a left join belongs into its `on`: there it chooses what is joined, and drops no row.",
        ),
        takeaway="An error that dbt reports is the friendly kind. A `where` behind a left join reports nothing: count the rows.",
        starter_counts=True,
    ),
    4: Check(
        followed,
        hints=(
            "Do it by hand for line 396 first: which query finds it among the rejected records, and which columns did you need?",
            "Some rejected lines are no JSON objects. Collect the rejected positions of the reviews first, and parse only the other lines.",
            "In this order: is its position rejected; has a later good line the same three fields; has the mart its `review_id`?",
        ),
        takeaway="A record is never just gone: at each place on its way it is there, or the place before says why it is not.",
    ),
    5: Check(
        eight_names,
        hints=(
            "Read the second thing first: it says in which layer to look, or that a layer has done nothing wrong.",
            "Three of the eight are no errors of yours at all: the source, the service, a package. Which are they?",
            "a and h look like faults of the load. One is a file that should not be there, the other are rows that should not.",
        ),
        takeaway="The message says what broke; the evidence beside it says which of its causes it was.",
    ),
    6: Check(
        two_faults_healed,
        hints=(
            "The doctor prints the commands for each of the two. Put them together, and leave out what only proves the result.",
            "A package that waits is loaded before anything new, and then nothing new is loaded. So it has to go first.",
            "Abort the package and run the script of the wish lists; then load with `--full-refresh`, which leaves the five products out.",
        ),
        takeaway="A doctor who finds nothing has looked at what is there. Whether all of it has arrived, only counting tells.",
    ),
}
