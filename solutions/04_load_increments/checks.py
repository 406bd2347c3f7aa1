"""The checks of the exercises on loading what is new."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import dlt
import duckdb
import pandas as pd
from dlt.pipeline.exceptions import PipelineStepFailed

from course.checks import Check, NotYet, Stopped, counted, need_columns, need_text, root_of, same_rows, shown, small_pipeline

NEEDS = "nothing"

DAY_MS = 86_400_000


def load(pipeline: dlt.Pipeline, resource) -> int:
    """Run a resource and return how many rows dlt took."""
    if resource is None:
        raise NotYet("a dlt resource", "nothing", "The function has to `return` the resource.")
    pipeline.run(resource)
    return pipeline.last_trace.last_normalize_info.row_counts.get("reviews", 0)


def root_text(error: BaseException) -> str:
    root = root_of(error)
    return f"{type(root).__name__}: {' '.join(str(root).split())[:200]}"


def table(pipeline: dlt.Pipeline) -> pd.DataFrame:
    """The table `reviews` without dlt's columns."""
    if "reviews" not in pipeline.default_schema.tables:
        raise NotYet("a table reviews", "none", 'The resource must be called `reviews`: `name="reviews"`.')
    with pipeline.sql_client() as client, client.execute_query("from reviews") as rows:
        found = rows.df()
    return found.drop(columns=[name for name in found.columns if name.startswith("_dlt")])


def contract_of_the_owner(practice, contract):
    """Loads three batches under the contract (as agreed, with a new field, with a word for a rating) and looks at the table."""
    with small_pipeline() as pipeline:

        def arrive(*records: dict) -> None:
            pipeline.run(dlt.resource(records, name="reviews", schema_contract=contract))

        try:
            arrive({"review": 1, "rating": 5}, {"review": 2, "rating": 3})
            problem = "" if "reviews" in pipeline.default_schema.tables else "no table reviews"
        except PipelineStepFailed as error:
            problem = root_text(error)
        if problem:
            hint = "Before the first load there is no table. Leave `tables` at `evolve`, or it can never be made."
            if "expects the following types" in problem:
                hint = (
                    "dlt does not know a key or a word of this contract. The keys are `tables`, `columns` and `data_type`; the words are "
                )
                hint += "`evolve`, `freeze`, `discard_row` and `discard_value`."
            raise NotYet("a first load that makes the table", problem, hint)
        try:
            arrive({"review": 3, "rating": 4}, {"review": 4, "rating": 1, "vine": True})
        except PipelineStepFailed as error:
            hint = "`freeze` for `columns` stops the load at a new field. The owner wants the review, without the field."
            raise NotYet("a load that goes on when a field is new", root_text(error), hint) from error
        found = table(pipeline)
        if len(found) < 4:
            hint = "`discard_row` drops the whole record that has a new field. Which word drops the value alone?"
            raise NotYet("4 reviews, one of them with a new field", counted(len(found), "review"), hint)
        if "vine" in found:
            hint = "`columns` are at `evolve`, the default: the new field became a column."
            raise NotYet("the columns review, rating", f"the columns {', '.join(found.columns)}", hint)
        try:
            arrive({"review": 5, "rating": 2}, {"review": 6, "rating": "five"})
        except PipelineStepFailed:
            same_rows(table(pipeline), found)
            return
        after = table(pipeline)
        what = (
            f"the columns {', '.join(after.columns)}"
            if len(after.columns) > 2
            else f"a load that ended well, and {counted(len(after), 'review')}"
        )
        hint = "A word where numbers were is another *data type*: that is the contract's third key, and it must stop the load."
        raise NotYet("a load that stops at the rating 'five'", what, hint)


def key_and_rule(practice, merged_reviews):
    """Runs the resource on two batches that the learner has not seen, and compares the table with each review's latest version."""
    names = ("user_id", "asin", "timestamp", "rating", "position")
    raw = [
        [
            ("dan", "MUG", 10, 5, 1), ("dan", "RUG", 10, 4, 2), ("eve", "MUG", 10, 3, 3), ("dan", "MUG", 70, 2, 4),
            ("eve", "RUG", 20, 1, 5), ("eve", "RUG", 20, 4, 6),
        ],
        [("fay", "MUG", 80, 2, 8), ("fay", "MUG", 80, 5, 7), ("dan", "MUG", 10, 1, 9), ("eve", "MUG", 10, 3, 10)],
    ]  # fmt: skip
    batches = [[dict(zip(names, values, strict=True)) for values in batch] for batch in raw]
    with small_pipeline() as pipeline:
        for batch in batches:
            load(pipeline, merged_reviews(batch))
        found = table(pipeline)
    records = sorted((record for batch in batches for record in batch), key=lambda record: record["position"])
    key = list(names[:3])
    expected = pd.DataFrame({tuple(record[name] for name in key): record for record in records}.values())
    if not set(names) <= set(found.columns):
        hint = "Keep all fields of a record: dlt makes a column of each."
        raise NotYet(f"the columns {', '.join(names)}", f"the columns {', '.join(found.columns)}", hint)
    gone = expected.merge(found[key].drop_duplicates(), on=key, how="left", indicator=True).query("_merge == 'left_only'")
    if len(gone):
        hint = "Two reviews that are not the same share your key, and one pushed the other out. What tells them apart?"
        if set(found.position) <= {record["position"] for record in batches[-1]}:
            hint = "Only the last batch is in the table. `replace` puts it in the place of all that was there; what adds and updates?"
        raise NotYet(_which(gone.iloc[0][key]), "no such row", hint)
    twice = found[found.duplicated(key)]
    if len(twice):
        hint = "Both versions of a review are in the table. Is something in your key that an edit changes? Is it a merge, with a strategy "
        raise NotYet(f"one row for {_which(twice.iloc[0][key])}", "more than one", hint + "that takes a key only once from a batch?")
    both = expected.merge(found, on=key, suffixes=("", "_found"))
    old = both[both.position != both.position_found]
    if len(old):
        hint = "Of one batch dlt takes a key's first row, unless a column says which row wins: `dedup_sort`, up (`asc`) or down (`desc`)."
        first = old.iloc[0]
        raise NotYet(
            f"{_which(first[key])} with rating {shown(first.rating)}", f"rating {shown(first.rating_found)}, an older version", hint
        )
    same_rows(found, expected)


def _which(key: pd.Series) -> str:
    return f"the review by {key.user_id} on {key.asin} at {key.timestamp}"


def late_rows(practice, daily_reviews):
    """Runs the resource over five nights that the learner has not seen, with a late review and a late edit, and compares with the shop."""

    def review(review_id: str, day: int, rating: int) -> dict:
        return {"review_id": review_id, "timestamp": (20_000 + day) * DAY_MS, "rating": rating}

    a, b, c = review("a", 1, 5), review("b", 2, 4), review("c", 60, 3)
    late, e, f = review("d", 55, 2), review("e", 61, 1), review("f", 66, 5)
    nights = [[a, b], [a, b, c], [a, b, late, c, e], [a, b, late, c, e, f], [a, b, late | {"rating": 4}, c, e, f]]
    with small_pipeline() as pipeline:
        for number, shop in enumerate(nights, start=1):
            resource = daily_reviews([dict(record) for record in shop])
            taken = load(pipeline, resource)
            _compare_with_shop(table(pipeline), shop, number, _lag_of(resource))
        if taken >= len(shop):
            hint = "Every review was handed over again. An incremental cursor, with a lag of some days, leaves the old ones out."
            raise NotYet("the old reviews left out on the last night", f"all {taken} taken", hint)


def _compare_with_shop(found: pd.DataFrame, shop: list[dict], night: int, lag: float | None) -> None:
    if found.review_id.duplicated().any():
        twice = found[found.review_id.duplicated()].iloc[0].review_id
        hint = "A load that looks back meets reviews that are there already. `append` puts them below once more; what replaces them by key?"
        raise NotYet(f"review {twice} once, after night {night}", "more than once", hint)
    wanted = {record["review_id"]: record["rating"] for record in shop}
    stored = dict(zip(found.review_id, found.rating, strict=True))
    missing = sorted(set(wanted) - set(stored))
    if missing:
        hint = "It came late: its timestamp lies before the cursor. Begin each load some days before the cursor, with `lag`."
        if lag and lag < DAY_MS:
            hint = f"A lag of {shown(lag)} is {shown(lag)} milliseconds: the lag is counted in the cursor's own unit."
        raise NotYet(f"review {missing[0]} in the table after night {night}", "no such row", hint)
    old = sorted(name for name in wanted if wanted[name] != stored[name])
    if old:
        hint = "An edit came after the lag had passed. Late by six days, and edited six days after that: how far must you look back?"
        raise NotYet(f"review {old[0]} with rating {wanted[old[0]]} after night {night}", f"rating {shown(stored[old[0]])}", hint)
    same_rows(found, pd.DataFrame(shop))


def _lag_of(resource) -> float | None:
    """The lag of a resource's cursor, if it can be told; only for a better hint."""
    wrapped = getattr(resource, "incremental", None)
    return getattr(getattr(wrapped, "incremental", wrapped), "lag", None)


RULES = {
    "rejected": "Each record with a reason is rejected, and no other.",
    "duplicates": "Of the good records with one `review_id`, all but the one with the highest `position` are duplicates.",
    "inserted": "A record is inserted if its `review_id` is not in `known`.",
    "unchanged": "A record is unchanged if `known` has its `review_id` with the same rating.",
    "updated": "A record is updated if `known` has its `review_id` with another rating.",
}


def every_record(practice, verdicts):
    """Runs the query on three pairs of tables that the learner has not seen, and compares it with verdicts given in Python."""
    need_text(verdicts)
    names = ("inserted", "updated", "unchanged", "duplicates", "rejected")
    cases = {
        "": (
            {"k": 4, "l": 2, "m": 5, "q": 1},
            [(1, "k", 4, None), (2, "l", 3, None), (3, "n", 1, None), (4, "o", 7, "bad"), (5, "p", 2, None), (6, "q", 1, None)],
        ),
        "twice": ({"k": 4}, [(3, "k", 1, None), (1, "k", 4, None), (2, "k", 2, None), (4, "n", 5, None), (5, "n", 5, None)]),
        "reject": ({"k": 4}, [(1, "k", 2, None), (2, "k", 8, "bad"), (3, "n", 0, "bad"), (4, "n", 9, "bad")]),
        "empty": ({"k": None, "l": 3, "m": None}, [(1, "k", None, None), (2, "l", None, None), (3, "m", 2, None), (4, "n", None, None)]),
    }
    for case, (known, batch) in cases.items():
        found = _run_verdicts(verdicts, known, batch)
        found = found.rename(columns=lambda name: str(name).lower())
        need_columns(found, *names)
        if len(found) != 1:
            hint = "Count over all records, without a `group by`: the five numbers stand side by side."
            raise NotYet("one row with five counts", counted(len(found), "row"), hint)
        expected = _verdicts(known, batch)
        counts = {name: 0 if pd.isna(found[name][0]) else int(found[name][0]) for name in names}
        if counts == expected:
            continue
        hint = {
            "": "",
            "twice": "Here a review comes more than once in the batch: all but the record with the highest position are duplicates.",
            "reject": "Here broken records share an id with good ones. A reject is a reject, and makes no duplicate of others.",
            "empty": "Here ratings are empty. A comparison with null is neither true nor false; `is distinct from` can do it.",
        }[case]
        if sum(counts.values()) != len(batch) and not hint:
            hint = f"{len(batch)} records came, and {sum(counts.values())} verdicts were given. Does a join drop or repeat records?"
        hint = hint or RULES[next(name for name in RULES if counts[name] != expected[name])]
        show = [", ".join(f"{name} {number}" for name, number in each.items()) for each in (expected, counts)]
        raise NotYet(*show, hint)


def _run_verdicts(verdicts: str, known: dict, batch: list[tuple]) -> pd.DataFrame:
    with duckdb.connect() as memory:
        memory.execute("create table known (review_id varchar, rating double)")
        memory.execute("create table batch (position bigint, review_id varchar, rating double, reason varchar)")
        memory.executemany("insert into known values (?, ?)", list(known.items()))
        memory.executemany("insert into batch values (?, ?, ?, ?)", batch)
        try:
            return memory.execute(verdicts).df()
        except duckdb.Error as error:
            raise Stopped(error) from error


def _verdicts(known: dict, batch: list[tuple]) -> dict[str, int]:
    good = [record for record in sorted(batch) if record[3] is None]
    newest = {review: rating for _, review, rating, _ in good}
    told = [
        "inserted" if review not in known else "unchanged" if known[review] == rating else "updated" for review, rating in newest.items()
    ]
    counts = {name: told.count(name) for name in ("inserted", "updated", "unchanged")}
    return counts | {"duplicates": len(good) - len(newest), "rejected": len(batch) - len(good)}


def range_again(practice, reviews_again):
    """Runs a nightly load, ranges of days (one of them twice) and a nightly load again, and compares the table after each."""
    first, last = date(2025, 2, 18), date(2025, 2, 20)
    begins = int(datetime(2025, 2, 18, tzinfo=UTC).timestamp() * 1000)
    moments = {
        "a": -5 * DAY_MS,
        "b": -1,
        "c": 0,
        "d": DAY_MS + 7,
        "e": 3 * DAY_MS - 1,
        "f": 3 * DAY_MS,
        "g": 5 * DAY_MS + 9,
        "h": 60 * DAY_MS,
    }
    before = {name: {"review_id": name, "timestamp": begins + moment, "rating": 5} for name, moment in moments.items()}
    mended = {name: record | {"rating": 1} for name, record in before.items()} | {"h": before["h"]}
    found_again = {"review_id": "i", "timestamp": begins + 2 * DAY_MS, "rating": 2}
    mended["i"] = found_again
    after_range = before | {name: mended[name] for name in "cdei"}
    one_day = date(2025, 2, 23)
    after_day = after_range | {"g": mended["g"]}
    later = {"review_id": "j", "timestamp": begins + 61 * DAY_MS, "rating": 4}

    def run(resource_of: Callable, shop: dict) -> None:
        load(pipeline, resource_of([dict(record) for record in shop.values()]))

    with small_pipeline() as pipeline:
        run(_nightly, before)
        for time in ("once", "twice"):
            run(lambda shop: reviews_again(shop, first, last), mended)
            _compare_range(table(pipeline), after_range, before, first, last, time)
        run(lambda shop: reviews_again(shop, one_day, one_day), mended)
        _compare_range(table(pipeline), after_day, after_range, one_day, one_day, "once")
        run(_nightly, mended | {"j": later})
        hint = "The range must leave the nightly load's cursor where it stands: give the range an `end_value`."
        same_rows(table(pipeline), pd.DataFrame((after_day | {"j": later}).values()), hint=hint)


def _nightly(shop: list[dict]):
    """The nightly load as the notebook has it."""
    resource = dlt.resource(shop, name="reviews", write_disposition="merge", primary_key="review_id")
    return resource.apply_hints(incremental=dlt.sources.incremental("timestamp", initial_value=0, lag=14 * DAY_MS))


def _compare_range(found: pd.DataFrame, expected: dict, before: dict, first: date, last: date, time: str) -> None:
    run = f"after the days {first} to {last} were loaded {time}"
    if found.review_id.duplicated().any():
        hint = "What is there already must be replaced, by its key: that is a merge."
        raise NotYet(f"each review once, {run}", "some of them more than once", hint)
    stored = dict(zip(found.review_id, found.rating, strict=True))
    moments = {name: datetime.fromtimestamp(record["timestamp"] / 1000, UTC) for name, record in expected.items()}
    lost = sorted(name for name in before if name not in stored)
    if lost:
        hint = "Reviews outside the range are gone. Add to the table and replace by key; do not put the range in the table's place."
        raise NotYet(f"the review of {_moment(moments[lost[0]])} still there, {run}", "no such row", hint)
    changed = sorted(name for name, record in expected.items() if stored.get(name) != record["rating"])
    if not changed:
        return same_rows(found, pd.DataFrame(expected.values()))
    name = changed[0]
    inside = first <= moments[name].date() <= last
    is_last = [each for each in changed if moments[each].date() == last] == changed
    if inside and is_last and (first != last or len(changed) < 2):
        hint = "The last day is missing: `end_value` itself does not belong to the range. When does the day after `last` begin?"
    elif inside and any(first <= moments[each].date() <= last for each in expected if each not in changed):
        hint = "A part of the range is missing: it goes from the midnight at which `first` begins to that at which `last` ends, in UTC."
    elif inside:
        hint = "Nothing of the range was loaded. A stored cursor goes before an `initial_value`, unless there is an `end_value`, too."
    else:
        hint = "A review outside the range was loaded: from the midnight at which `first` begins to that at which `last` ends."
    stands = f"rating {shown(stored[name])}" if name in stored else "no such row"
    raise NotYet(f"the review of {_moment(moments[name])} with rating {expected[name]['rating']}, {run}", stands, hint)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


CHECKS = {
    1: Check(
        contract_of_the_owner,
        hints=(
            "Three keys, `tables`, `columns`, `data_type`, and four words: `evolve`, `freeze`, `discard_row`, `discard_value`.",
            "A new field is a matter of `columns`, a word in place of a number one of `data_type`; `tables` may stay as it is.",
            "Drop the value of a new column (`discard_value`), and stop at another type (`freeze`).",
        ),
        takeaway="A contract is a decision for each kind of change: let it in, leave it out, or stop.",
    ),
    2: Check(
        key_and_rule,
        hints=(
            "Run the cell under the answer: which review is missing, and which is there in an older version?",
            "The key is made of the three fields that no edit changes. The rule is a hint on the column that says what came later.",
            '`primary_key=["user_id", "asin", "timestamp"]`, and `columns={"position": {"dedup_sort": …}}`: the highest position wins.',
        ),
        takeaway="The key says which records are one thing, the rule which of them is its present state; dlt guesses neither.",
    ),
    3: Check(
        late_rows,
        hints=(
            "Run the cell under the answer. Which review of the third night is missing, and which has its old rating?",
            "`dlt.sources.incremental` takes a `lag`, in the unit of its field, and a merge makes it harmless to read a review again.",
            'Six days and six days more: `lag=12 * 86_400_000`, with `write_disposition="merge"`.',
        ),
        takeaway="A cursor on event time must look back for as long as records can be late or change, and the merge must stand that.",
    ),
    4: Check(
        every_record,
        hints=(
            "Begin from `batch` with a left join to `known`; give each record one verdict with `case`, then count the verdicts.",
            "The order of the `case` matters: rejected first, then duplicate, then inserted, unchanged, and what is left is updated.",
            "A duplicate lies below `max(position) filter (where reason is null) over (partition by review_id)`; compare ratings "
            "with `is not distinct from`.",
        ),
        takeaway="One `case` gives each record exactly one verdict, so the verdicts add up to what came in.",
    ),
    5: Check(
        range_again,
        hints=(
            "Take `nightly` as a pattern. What changes is the cursor: it begins at one moment and ends at another.",
            "`dlt.sources.incremental` takes `initial_value` and `end_value`; with both, it leaves the stored cursor alone.",
            "`initial_value=epoch_ms(first)`, and `end_value=epoch_ms(last + timedelta(days=1))`, which itself is not read.",
        ),
        takeaway="A range with a beginning and an end, merged on the key, can be loaded again as often as one is in doubt.",
    ),
}
