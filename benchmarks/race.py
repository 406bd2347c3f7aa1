"""The race of lesson 02: one question on the practice reviews, asked of DuckDB, SQLite and pandas.

Run as `python -m benchmarks.race FILE RUNS` it answers with the seconds of each run.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from benchmarks.processes import answer, generate, in_new_process, machine, spread

QUESTION = """
    select parent_asin, count(*) as review_count, sum(rating) as stars,
        sum(case when rating <= 2 then 1 else 0 end) as low_count
    from reviews group by parent_asin order by low_count desc, parent_asin"""
TYPES = {
    "parent_asin": "VARCHAR", "user_id": "VARCHAR", "asin": "VARCHAR", "timestamp": "BIGINT",
    "rating": "DOUBLE", "helpful_vote": "BIGINT", "title": "VARCHAR", "text": "VARCHAR",
}  # fmt: skip
CUSTOMERS = 300


def measure(folder: Path, tell: Callable[[str], None], rows: int = 200_000, runs: int = 5) -> dict:
    """Race the three engines `runs` times in turn, on `rows` clean reviews; each ratio is to DuckDB
    in the same turn.
    """
    file = generate(folder / "race", rows, rows // 100, truths=False)
    tell(f"race: {runs} runs of three engines on {rows:,} reviews")
    seconds = in_new_process("benchmarks.race", file, runs, data=folder)["measured"]
    measured = {
        what: {
            engine: {
                "seconds": spread(taken),
                "ratio": spread(
                    [mine / duckdbs for mine, duckdbs in zip(taken, engines["DuckDB"], strict=True)]
                ),
            }
            for engine, taken in engines.items()
        }
        for what, engines in seconds.items()
    }
    return {
        "rows": rows,
        "runs": runs,
        "customers": CUSTOMERS,
        "machine": machine(),
        "measured": measured,
    }


def race(file: Path, runs: int) -> dict[str, dict[str, list[float]]]:
    """Seconds of each run: what was measured → engine → seconds. All engines must agree."""
    import duckdb
    import pandas as pd

    def load_duckdb():
        database = duckdb.connect()
        database.read_json(str(file), format="newline_delimited", columns=TYPES).create("reviews")
        return database

    def load_sqlite():
        database = sqlite3.connect(":memory:")
        database.execute(f"create table reviews ({', '.join(TYPES)})")
        with file.open(encoding="utf-8") as lines:
            rows = ([record[name] for name in TYPES] for record in map(json.loads, lines))
            database.executemany("insert into reviews values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        return database

    def load_pandas():
        return pd.read_json(file, lines=True)[list(TYPES)]

    def ask_sql(database):
        return database.execute(QUESTION).fetchall()

    def ask_pandas(frame):
        grouped = frame.assign(low=frame.rating <= 2).groupby("parent_asin", as_index=False)
        counted = grouped.agg(
            review_count=("rating", "size"), stars=("rating", "sum"), low_count=("low", "sum")
        )
        return counted.sort_values(
            ["low_count", "parent_asin"], ascending=[False, True], ignore_index=True
        )

    def small_work(database):
        database.execute("create table baskets (customer integer primary key, product text)")
        for customer in range(CUSTOMERS):
            database.execute("insert into baskets values (?, 'kettle')", [customer])
            database.execute(
                "select product from baskets where customer = ?", [customer]
            ).fetchone()

    engines = {
        "DuckDB": (load_duckdb, ask_sql),
        "SQLite": (load_sqlite, ask_sql),
        "pandas": (load_pandas, ask_pandas),
    }
    websites = {
        "DuckDB": duckdb.connect,
        "SQLite": lambda: sqlite3.connect(":memory:", isolation_level=None),
    }
    measured = {
        "question": {name: [] for name in engines},
        "file": {name: [] for name in engines},
        "small": {n: [] for n in websites},
    }
    for _ in range(runs):
        answers = {}
        for name, (load, ask) in engines.items():
            began = perf_counter()
            loaded = load()
            answers[name] = ask(loaded)
            measured["file"][name].append(perf_counter() - began)
            began = perf_counter()
            ask(loaded)
            measured["question"][name].append(perf_counter() - began)
            del loaded
        assert (
            answers["DuckDB"]
            == answers["SQLite"]
            == list(answers["pandas"].itertuples(index=False, name=None))
        )
        for name, connect in websites.items():
            database = connect()
            began = perf_counter()
            small_work(database)
            measured["small"][name].append(perf_counter() - began)
            database.close()
    return measured


if __name__ == "__main__":
    answer(measured=race(Path(sys.argv[1]), int(sys.argv[2])))
