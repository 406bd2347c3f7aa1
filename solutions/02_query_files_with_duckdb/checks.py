"""The checks of the exercises on querying files."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd

from course.checks import Check, NotYet, Stopped, counted, kind, need_text, same_rows, shown

NEEDS = "nothing"

DAY_MS = 86_400_000
FIRST_MS = 1_704_067_200_000  # 2024-01-01

BY_MONTH = """
    select date_trunc('month', epoch_ms(timestamp)) as month, count(*) as review_count, round(avg(rating), 2) as mean_rating
    from kept
    group by month
"""


def names_the_types(practice, by_month):
    """Runs the SQL on the reviews and on two files made for the check, and compares it with a count of the parsed lines."""
    guessed = "DuckDB has guessed the columns of this file, and not as you need them. Name them: `read_json('{file}', columns={{…}})`."
    reviews = [_review(n, rating=1 + n % 5, timestamp=FIRST_MS + n * 2 * DAY_MS) for n in range(60)]
    bad = ['["a list", 5.0]', '"a text"', _review(1, rating="five"), _review(2, timestamp=None), _review(3, without="rating")]
    with _files(clean=reviews, mixed=reviews[:7] + bad + reviews[7:20]) as made:
        files = [_file(practice, "Practice_Marketplace.jsonl"), made["clean"], made["mixed"]]
        for file in files:
            where = "" if file == files[0] else " on another file"
            try:
                found = _rows(by_month(file), guessed)
            except NameError as error:
                doubled = "In an f-string, braces that are meant for DuckDB are doubled: `columns={{rating: 'DOUBLE', …}}`."
                raise Stopped(error, doubled if error.name in ("rating", "timestamp") else "") from error
            kept = pd.DataFrame(
                [(r["rating"], r["timestamp"]) for _, r in _lines(file) if r and _is_rated(r)], columns=["rating", "timestamp"]
            )
            with duckdb.connect() as connection:
                expected = connection.register("kept", kept).execute(BY_MONTH).df()
            if found.empty:
                hint = "No line is left. A type that fits no line gives nulls only: the timestamp is a number of milliseconds, `BIGINT`."
                raise NotYet(f"{counted(len(expected), 'row')}{where}", "none", hint)
            if "month" in found and found.month.isna().any():
                raise NotYet(
                    f"only months{where}",
                    "a row whose month is null",
                    "With `ignore_errors`, a line that cannot be read becomes a row of nulls. Leave these rows out.",
                )
            if "review_count" in found and found.review_count.sum() > len(kept):
                hint = "`avg` leaves a rating out that is null; `count(*)` counts its row all the same."
                raise NotYet(f"{counted(len(kept), 'review')} in all{where}", shown(found.review_count.sum()), hint)
            if "review_count" in found and found.review_count.sum() < len(kept):
                hint = "Some lines too many are left out. A rating that is a number counts, whatever number it is, and so does a timestamp."
                raise NotYet(f"{counted(len(kept), 'review')} in all{where}", shown(found.review_count.sum()), hint)
            _compare(found, expected, where)


def _is_rated(record: dict) -> bool:
    return _is_number(record.get("rating")) and isinstance(record.get("timestamp"), int)


def takes_lists_apart(practice, by_department):
    """Runs the SQL on the products and on a file made for the check, and compares it with a count in Python."""
    lists = {
        "unknown": [([], ["a"], {"Country of Origin": "Portugal"}), ([], [], {})],
        "Garden": [
            (["Garden", "Tools"], [], {"Brand": "Rumivo"}),
            (["Garden", "Tools", "Rakes"], ["a", "b"], {"Country of Origin": "India"}),
            (["Garden"], ["a", "b", "c"], {"Country of Origin": "India", "Brand": "Rumivo"}),
        ],
        "Kitchen": [(["Kitchen", "Garden"], ["a"], {"Country of Origin": c}) for c in ("Mexico", "Poland", "Mexico")],
    }
    products = [
        {"parent_asin": f"P{n}", "rating_number": n, "categories": categories, "features": features, "details": details}
        for n, (categories, features, details) in enumerate(product for each in lists.values() for product in each)
    ]
    with _files(products=[*map(json.dumps, products), '["no product"]']) as made:
        files = [_file(practice, "meta_Practice_Marketplace.jsonl"), made["products"]]
        for file in files:
            where = "" if file == files[0] else " on another file"
            sql = by_department(file)
            found, expected = _rows(sql), _departments(file)
            if "department" in found and found.department.isna().any():
                raise NotYet(
                    f"a department 'unknown'{where}",
                    f"the departments {', '.join(map(shown, found.department))}",
                    "The first element of an empty list is null, and so is the element before the first: `coalesce` gives it a name.",
                )
            if "department" in found and set(found.department) == {"unknown"}:
                raise NotYet(f"{len(expected)} departments{where}", "only 'unknown'", "Lists begin at `[1]` in SQL; `[0]` is always null.")
            if "department" in found and set(found.department) < set(expected.department):
                gone = ", ".join(sorted(set(expected.department) - set(found.department)))
                hint = f"Departments are gone: {gone}. What leaves their products out, a join, a condition, or an `unnest` of nothing?"
                raise NotYet(f"{counted(len(expected), 'department')}{where}", shown(len(found)), hint)
            if "department" in found and set(found.department) != set(expected.department):
                raise NotYet(
                    f"the departments {', '.join(sorted(expected.department))}{where}",
                    ", ".join(sorted(map(str, found.department))[:9]),
                    "`categories[1]` is the first category, the widest; the last one is the narrowest.",
                )
            _diagnose_counts(found, expected, where, unnests=isinstance(sql, str) and "unnest" in sql.lower())
            _compare(found, expected, where)


def _diagnose_counts(found: pd.DataFrame, expected: pd.DataFrame, where: str, unnests: bool) -> None:
    if not set(expected.columns) <= set(found.columns):
        return
    for column, hint_if_more, hint_if_fewer in (
        (
            "product_count",
            "`unnest` makes a row of each element, so a product comes once for each of its features. `len` counts a list without that.",
            "`unnest` makes no row of an empty list: products without features are gone. `len` counts a list without unnesting it.",
        ),
        (
            "country_count",
            "A country counts once in a department, however many products name it: `count(distinct …)`.",
            "A field of JSON is taken out by its whole name: `details ->> 'Country of Origin'`.",
        ),
    ):
        mine, right = found[column].sum(), expected[column].sum()
        if mine != right:
            hint = hint_if_more if mine > right else hint_if_fewer
            if column == "product_count" and not unnests:
                hint = "`products(file)` has one row per product, and each of them counts. What repeats rows here, or leaves some out?"
            raise NotYet(f"a {column} of {shown(right)} in all{where}", shown(mine), hint)


def _departments(file: str) -> pd.DataFrame:
    departments: dict[str, list[dict]] = {}
    for _, record in _lines(file):
        if record and record.get("parent_asin") and isinstance(record.get("rating_number"), int):
            departments.setdefault((record["categories"] or ["unknown"])[0], []).append(record)
    rows = [
        (
            department,
            len(records),
            sum(len(record["features"]) for record in records),
            len({record["details"]["Country of Origin"] for record in records if "Country of Origin" in record["details"]}),
        )
        for department, records in departments.items()
    ]
    return pd.DataFrame(rows, columns=["department", "product_count", "feature_count", "country_count"])


def joins_a_frame_with_a_file(practice, value_of):
    """Calls the function with two stocks made for the check, on the prices and on a file of its own, and compares each product's value."""
    prices = [("A", 3, 9.5), ("A", 1, 12.0), ("A", 2, 8.25), ("B", 1, 2.4), ("C", 5, 3.0), ("C", 6, 3.5), ("D", 2, 1.0)]
    lines = [json.dumps({"parent_asin": key, "timestamp": FIRST_MS + day * DAY_MS, "price": price}) for key, day, price in prices]
    given = _file(practice, "prices_Practice_Marketplace.jsonl")
    often = pd.Series([record["parent_asin"] for _, record in _lines(given)]).value_counts().sort_index(kind="stable")
    named = pd.Index([*often[often > 3].index[:5], "NO PRICE"], name="parent_asin")
    with _files(prices=lines) as made:
        for file, where, stock in (
            (given, "", pd.DataFrame({"units": range(3, 9)}, index=named)),
            (made["prices"], " on another file", pd.DataFrame({"units": [5, 9, 4, 11]}, index=pd.Index(list("CZAB"), name="parent_asin"))),
        ):
            before = stock.copy()
            try:
                found = value_of(stock, file)
            except duckdb.BinderException as error:
                if '"parent_asin"' not in str(error):
                    raise
                hint = "SQL sees a DataFrame's columns and not its index. `stock.reset_index()` makes a column of it."
                raise Stopped(error, hint) from error
            if not isinstance(found, pd.DataFrame):
                raise NotYet("a DataFrame", kind(found), "`.df()` turns the result of a query into a DataFrame; `return` gives it back.")
            if not stock.equals(before):
                raise NotYet("a stock that stays as it was", "a changed one", "Work on a copy: `stock.reset_index()` without `inplace`.")
            greatest = pd.DataFrame([record for _, record in _lines(file)]).groupby("parent_asin").price.max().to_dict()
            _diagnose_value(found, _value(stock, file), where, greatest)
            _compare(found, _value(stock, file), where)


def _diagnose_value(found: pd.DataFrame, expected: pd.DataFrame, where: str, greatest: dict[str, float]) -> None:
    if "parent_asin" not in found and found.index.name == "parent_asin":
        raise NotYet("a column `parent_asin`", "an index of that name", "`reset_index()` makes a column of an index.")
    if len(found) > len(expected):
        hint = "A product has a line for each price that it ever had. Bring the prices down to one row per product before you join."
    elif len(found) < len(expected):
        hint = "A join leaves out what the other side does not know. A left join keeps all of the stock."
    else:
        _diagnose_prices(found, expected, where, greatest)
        return
    raise NotYet(f"{counted(len(expected), 'row')}{where}", counted(len(found), "row"), hint)


def _diagnose_prices(found: pd.DataFrame, expected: pd.DataFrame, where: str, greatest: dict[str, float]) -> None:
    if not {"parent_asin", "price"} <= set(found.columns):
        return
    if found.price.notna().all():
        raise NotYet(f"a null where there is no price{where}", "a number", "A price that nobody knows is not a price of 0: leave it null.")
    mine, right = (dict(zip(frame.parent_asin, frame.price, strict=True)) for frame in (found, expected))
    priced = [key for key in right if key in greatest]
    if any(right[key] != greatest[key] for key in priced) and all(mine.get(key) == greatest[key] for key in priced):
        raise NotYet(
            f"the newest prices{where}", "the highest ones", "The highest price is not always the newest: `arg_max(price, timestamp)`."
        )


def _value(stock: pd.DataFrame, file: str) -> pd.DataFrame:
    newest: dict[str, tuple[int, float]] = {}
    for _, record in _lines(file):
        newest[record["parent_asin"]] = max(newest.get(record["parent_asin"], (0, 0.0)), (record["timestamp"], record["price"]))
    rows = []
    for key, units in stock.units.items():
        price = newest[key][1] if key in newest else None
        rows.append((key, units, price, None if price is None else round(units * price, 2)))
    return pd.DataFrame(rows, columns=["parent_asin", "units", "price", "worth"])


def accounts_for_every_line(practice, copy_reviews):
    """Copies the reviews and a file made for the check; compares the Parquet file's rows and types and the lost lines' numbers."""
    reviews = [_review(n, rating=1 + n % 5) for n in range(40)]
    bad = [
        '["a list", 5.0]', _review(3, rating="four"), '{"rating": 5.0, "user_id": "U1", "tim', _review(5, without="user_id"),
        _review(6, timestamp=None), '"a text"', _review(7, without="parent_asin"),
    ]  # fmt: skip
    mixed = [bad[0], *reviews[:9], *bad[1:4], *reviews[9:30], bad[4], reviews[30], *bad[5:], *reviews[31:]]
    with _files(mixed=mixed) as made:
        given = _file(practice, "Practice_Marketplace.jsonl")
        for file in (given, made["mixed"]):
            where = "" if file == given else " on another file"
            parquet = Path(made["mixed"]).with_name("copy_of_given.parquet" if file == given else "copy_of_mixed.parquet")
            answer = copy_reviews(file, parquet.as_posix())
            good = {number: record for number, record in _lines(file) if record and _is_good(record)}
            lost = [number for number, _ in _lines(file) if number not in good]
            _check_parquet(parquet, pd.DataFrame(good.values())[["user_id", "parent_asin", "rating", "timestamp"]], where)
            _check_lost(answer, lost, where)


def _is_good(record: dict) -> bool:
    return isinstance(record.get("user_id"), str) and isinstance(record.get("parent_asin"), str) and _is_rated(record)


def _check_parquet(parquet: Path, expected: pd.DataFrame, where: str) -> None:
    if not parquet.exists():
        raise NotYet(
            f"a new Parquet file{where}", "none", "`copy (select …) to '…' (format parquet)` writes the rows of a query into a file."
        )
    with duckdb.connect() as connection:
        rows = connection.sql(f"from read_parquet('{parquet.as_posix()}')")
        types, found = dict(zip(map(str.lower, rows.columns), map(str, rows.types), strict=True)), rows.df()
    hint = ""
    if len(found) > len(expected):
        hint = "Some rows of the Parquet file come from lines that are not good: they have nulls in them. Leave these rows out."
    elif len(found) < len(expected):
        hint = "Good lines are missing from the Parquet file. Only the four fields decide whether a line is good."
    if hint:
        raise NotYet(f"{counted(len(expected), 'row')} in the Parquet file{where}", counted(len(found), "row"), hint)
    _compare(found, expected, f" in the Parquet file{where}")
    fitting = {"user_id": "VARCHAR", "parent_asin": "VARCHAR", "rating": ("DOUBLE", "FLOAT", "DECIMAL"), "timestamp": ("BIGINT", "UBIGINT")}
    for name, kinds in fitting.items():
        if not types[name].startswith(kinds):
            raise NotYet(
                f"a {name} of type {kinds if isinstance(kinds, str) else kinds[0]} in the Parquet file",
                types[name],
                "A Parquet file keeps the types that the query gives it, and `->>` gives text: `try_cast(… as …)`.",
            )


def _check_lost(answer, lost: list[int], where: str) -> None:
    if not isinstance(answer, (list, tuple)) or not all(isinstance(number, Integral) for number in answer):
        raise NotYet(
            "a list of whole numbers",
            kind(answer) if answer is None else f"{kind(answer)} such as {str(answer)[:80]}",
            "Return line numbers only, such as `[3, 17]`.",
        )
    hint = "Give the number of each lost line once, in order."
    if list(answer) == list(range(1, len(lost) + 1)):
        hint = "These lines are numbered among themselves. Number all lines of the file first, and filter in the step after it."
    elif [number + 1 for number in answer] == lost:
        hint = "A file's first line is line 1 here; `enumerate(…, start=1)` counts like that."
    elif sorted(answer) == lost:
        hint = "The right numbers in another order: sort them."
    elif set(answer) < set(lost):
        hint = "Some lines are neither in the Parquet file nor in your list. Whatever is not good is lost, whether it is JSON or not."
    elif set(answer) - set(lost):
        hint = f"Line {min(set(answer) - set(lost))} is good, and in your list: all four fields are there and can be read."
    if list(answer) != lost:
        raise NotYet(f"the lines {lost}{where}", str([int(number) for number in answer[:20]]), hint)


# Files and rows


def _file(practice, name: str) -> str:
    return (practice.files / name).as_posix()


def _review(number: int, without: str = "", **fields) -> str:
    """A line of the reviews' file."""
    record = {"rating": 4.0, "title": "Nice", "user_id": f"U{number}", "parent_asin": f"P{number % 7}", "timestamp": FIRST_MS + number}
    return json.dumps({name: value for name, value in (record | fields).items() if name != without})


def _is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@contextmanager
def _files(**lines: list[str]) -> Iterator[dict[str, str]]:
    """Files of JSON lines in a folder that is removed at the end; gives their names."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        paths = {name: Path(folder) / f"{name}.jsonl" for name in lines}
        for name, path in paths.items():
            path.write_text("".join(line + "\n" for line in lines[name]), encoding="utf-8", newline="\n")
        yield {name: path.as_posix() for name, path in paths.items()}


def _lines(file: str) -> Iterator[tuple[int, dict | None]]:
    """A file's lines with their numbers, as records; None for what is no JSON object."""
    with Path(file).open(encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
            except ValueError:
                record = None
            yield number, record if isinstance(record, dict) else None


def _rows(answer: str | pd.DataFrame, hint_if_guessed: str = "") -> pd.DataFrame:
    """The rows of a learner's query on a file. Raises Stopped with DuckDB's error where it fails."""
    if isinstance(answer, pd.DataFrame):
        return answer.rename(columns=str.lower)
    need_text(answer, "SQL as text")
    try:
        with duckdb.connect() as connection:
            return connection.execute(answer).df().rename(columns=str.lower)
    except duckdb.Error as error:
        hint = ""
        if hint_if_guessed and "not found in FROM clause" in str(error):
            hint = hint_if_guessed
        elif hint_if_guessed and isinstance(error, (duckdb.InvalidInputException, duckdb.ConversionException)):
            hint = "Some lines are not what the types say. `ignore_errors=true` turns them into nulls; then decide what to do with these."
        raise Stopped(error, hint) from error


def _compare(found: pd.DataFrame, expected: pd.DataFrame, where: str) -> None:
    try:
        same_rows(found, expected)
    except NotYet as difference:
        raise NotYet(difference.expected + where, difference.found, difference.hint) from None


CHECKS = {
    1: Check(
        names_the_types,
        hints=(
            "Look at what DuckDB guesses: `duckdb.sql(f\"describe from '{reviews_file}'\")`. Then name the two columns that you need.",
            "`read_json` with `format='newline_delimited'`, `records=true`, `ignore_errors=true` and `columns` reads the file; in an "
            "f-string the braces of `columns` are doubled. Then leave out what could not be read.",
            "`columns={{rating: 'DOUBLE', timestamp: 'BIGINT'}}`, and after it `where rating is not null and timestamp is not null`.",
        ),
        takeaway="Name the types that you rely on, and say what happens to a line that does not have them.",
    ),
    2: Check(
        takes_lists_apart,
        hints=(
            "Three tools: a list's element by its number, `len` of a list, and `->>` for a field of JSON.",
            "Group by `coalesce(categories[1], 'unknown')`. Nothing has to be unnested: a sum over `len(features)` counts the features.",
            "`count(*)`, `sum(len(features))`, `count(distinct (details ->> 'Country of Origin'))`, from `({products(file)})`.",
        ),
        takeaway="Unnest when you need the elements; to count them, `len` is enough, and it keeps the rows whose list is empty.",
    ),
    3: Check(
        joins_a_frame_with_a_file,
        hints=(
            "Two steps in SQL: the newest price of each product, and a join of the stock with it. What is one row on each side?",
            "`arg_max(price, timestamp)` gives the price with the greatest timestamp in a group. The stock's index becomes a column with "
            "`reset_index()`, and `register` gives the DataFrame a name in SQL.",
            '`shop.register("stock_rows", stock.reset_index())`; then `from stock_rows left join newest using (parent_asin)`, where '
            "`newest` is `select parent_asin, arg_max(price, timestamp) as price from '{file}' group by parent_asin`; `.df()` at the end.",
        ),
        takeaway="On the way into SQL the index stays behind, on the way back `.df()` makes a frame; the rules of joins hold for both.",
    ),
    4: Check(
        accounts_for_every_line,
        hints=(
            "Read each line as one value, number the lines, decide which ones are good, and only then write and return.",
            "`read_json_objects('{file}', format='newline_delimited', ignore_errors=true)` gives a row for each line, null where it is "
            "no JSON; `row_number() over ()` numbers them; `try_cast((json ->> 'rating') as double)` is null where there is no number.",
            "Make a table `numbered` with `line_number`, the four columns and `is_good` (none of the four is null). Then `copy (select … "
            "from numbered where is_good) to '{parquet}' (format parquet)`, and return the numbers `where not is_good`.",
        ),
        takeaway="Every line is in one of two places. Where the two do not add up to the whole file, something was lost without a word.",
    ),
}
