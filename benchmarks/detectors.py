"""How sure the detectors of lesson 09 are: false alarms and power over many practice markets, by
threshold. `python -m benchmarks.detectors confirm` looks whether models that are written anew find
the same, on some of the seeds.

Each market is generated, written as files and read by DuckDB; on its raw tables runs the SQL that
dbt compiled, staging to analytics. The load, which changes nothing here, is left out.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from benchmarks.processes import ROOT, answer, in_new_process, machine

if TYPE_CHECKING:
    import duckdb

STUDY = ROOT / "benchmarks" / "detectors.json"
ITEMS, REVIEWS, SEEDS = 2000, 40_000, 200  # a market as lesson 09 has it
FIRST_SEED = 1001  # not those on which the detectors were made

Z = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12)
# Of each detector: the threshold that the study moves, where to, and the guard beside it, which
# is once as it is and once off.
MOVED = {
    "quality_drops": ("quality_drop_z", Z, ("lowest_drop", 0)),
    "price_rise_effects": ("price_rise_z", Z, ("lowest_drop", 0)),
    "review_bursts": (
        "burst_reviews",
        (2, 3, 4, 6, 8, 10, 15, 20, 25, 30, 40, 60),
        ("burst_one_time_user_share", 0),
    ),
}
VARIABLES = (
    *(variable for variable, _, _ in MOVED.values()),
    "quality_drop_rest_z",  # moves with quality_drop_z
    "lowest_drop",
    "burst_one_time_user_share",
)
KEYS = {
    "quality_drops": "store || ', ' || leaf_category",
    "price_rise_effects": "parent_asin",
    "review_bursts": "parent_asin",
}
# What a market has planted: nothing, the course's story, or the same story barely told. Then of
# so many reviews of the line, of the dear product and of the bought ones only one is kept, and
# every third rating after the day is replaced by one from before it.
MARKETS = ("quiet", "planted", "faint")
FAINT = {"line": 8, "product": 4, "bought": 2, "mended": 3}


def measure(
    folder: Path,
    tell: Callable[[str], None],
    seeds: Iterable[int] = range(FIRST_SEED, FIRST_SEED + SEEDS),
    items: int = ITEMS,
    reviews: int = REVIEWS,
    processes: int = 2,
) -> dict:
    """Try the detectors on three markets of each seed: quiet (nothing planted), planted (as the
    course has it) and faint (the same story, barely told).

    Returns machine, seeds, items, reviews, thresholds (those of dbt_project.yml), sql (their
    fingerprint), digests (by seed, of all that was found), days (in how many planted markets the
    true day lies between earliest_on and latest_on), and by detector: variable, chosen, guard, and
    points and unguarded (with the guard off), one each threshold: false_alarms in all markets,
    alarmed_markets (how many had one), markets, found_planted, found_faint (in how many of the
    seeds).
    """
    models = in_new_process("benchmarks.detectors", data=folder)["models"]
    seeds = list(seeds)
    tell(f"detectors: {len(seeds)} seeds, three markets of {reviews:,} reviews each")
    tried, digests = [], {}
    for seed, done in _each(processes, [(seed, models, items, reviews) for seed in seeds]):
        tried.append(done)
        digests[str(seed)] = digest(done)
        if len(tried) % 20 == 0:
            tell(f"detectors: {len(tried)} of {len(seeds)} seeds")
    return {
        "machine": machine(),
        "seeds": len(seeds),
        "items": items,
        "reviews": reviews,
        "thresholds": thresholds(),
        "sql": fingerprint(models),
        "digests": dict(sorted(digests.items())),
        "faint": FAINT,
        "days": sum(markets["planted"]["day"] for markets in tried),
        "detectors": {name: _curves(name, tried) for name in MOVED},
    }


def confirm(folder: Path, study: dict, seeds: int = 20, processes: int = 2) -> dict:
    """The study, with the fingerprint of models that are written anew and find the same.

    Tries the first seeds of the study again: where all that is found is as it was, the figures
    hold for these models too. Raises ValueError where it is not.
    """
    models = in_new_process("benchmarks.detectors", data=folder)["models"]
    again = [int(seed) for seed in study["digests"]][:seeds]
    work = [(seed, models, study["items"], study["reviews"]) for seed in again]
    for seed, done in _each(processes, work):
        if digest(done) != study["digests"][str(seed)]:
            raise ValueError(f"seed {seed} gives other findings: make the study anew")
    return study | {"sql": fingerprint(models), "confirmed_on": len(again)}


def _each(processes: int, work: list[tuple]) -> Iterable[tuple[int, dict]]:
    if processes == 1:
        yield from ((each[0], try_seed(*each)) for each in work)
        return
    # a process that is forked would inherit DuckDB's threads
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        seeds = {pool.submit(try_seed, *each): each[0] for each in work}
        for done in as_completed(seeds):
            yield seeds[done], done.result()


def digest(tried: dict) -> str:
    """Of all that `try_seed` gives."""
    return sha256(json.dumps(tried, sort_keys=True).encode()).hexdigest()[:12]


def _curves(name: str, tried: list[dict]) -> dict:
    variable, _, (guard, _) = MOVED[name]
    return {
        "variable": variable,
        "chosen": thresholds()[variable],
        "guard": guard,
        "points": _points(name, "guarded", tried),
        "unguarded": _points(name, "unguarded", tried),
    }


def _points(name: str, how: str, tried: list[dict]) -> list[dict]:
    points = []
    for place, value in enumerate(MOVED[name][1]):
        found = {kind: [markets[kind][name][how][place] for markets in tried] for kind in MARKETS}
        false = [each["false"] for kind in MARKETS for each in found[kind]]
        points.append(
            {
                "threshold": value,
                "markets": len(false),
                "false_alarms": sum(false),
                "alarmed_markets": sum(count > 0 for count in false),
                "found_planted": sum(each["found"] for each in found["planted"]),
                "found_faint": sum(each["found"] for each in found["faint"]),
            }
        )
    return points


@cache
def thresholds() -> dict[str, float]:
    """The variables of dbt_project.yml that the study has to do with."""
    text = (ROOT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8")
    variables = yaml.safe_load(text)["vars"]
    return {name: variables[name] for name in VARIABLES}


def compiled() -> list[list[str]]:
    """Name, schema, kind and compiled SQL of the detectors and of all models before them, in dbt's
    order; the thresholds that move are DuckDB variables in it.
    """
    from course.dbt import invoke

    variables = {name: f"getvariable('{name}')" for name in VARIABLES}
    done = invoke(
        "study",
        *("compile", "--vars", json.dumps(variables)),
        *("--select", *(f"+{name}" for name in MOVED)),
        flags=("--log-level", "none"),
    )
    if not done.success:
        raise RuntimeError(f"dbt compile failed: {done.exception or done.result}")
    nodes = [each.node for each in done.result.results if each.node.resource_type == "model"]
    return [[n.name, n.schema, n.config.materialized, n.compiled_code] for n in nodes]


def fingerprint(models: list[list[str]]) -> str:
    """Of what the models do: their SQL without comments, however it is laid out."""
    texts = [f"{name}: {' '.join(re.sub('--.*', '', sql).split())}" for name, _, _, sql in models]
    return sha256("\n".join(sorted(texts)).encode()).hexdigest()[:16]


def try_seed(seed: int, models: list[list[str]], items: int, reviews: int) -> dict:
    """By market and detector, guarded and unguarded, for each threshold: found (whether the planted
    one was) and false (how many others); and by market, day: whether the day was.
    """
    from dlt_pipelines.marketplace import Marketplace

    tried = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in MARKETS:
            if kind != "faint":  # which is made of the planted one's files
                market = Marketplace(items, reviews, seed, truths=kind == "planted")
                market.write(Path(folder), "parquet")
                truth = market.truth()
            tried[kind] = _detect(Path(folder), models, truth, kind == "faint")
    return tried


def _detect(folder: Path, models: list[list[str]], truth: dict, faint: bool) -> dict:
    import duckdb

    with duckdb.connect(config={"threads": 1}) as market:
        read_market(market, folder, models, truth if faint else None)
        queries = {name: sql for name, _, _, sql in models}
        found: dict = {"day": _day_found(market, truth)}
        for name, (_, _, guard) in MOVED.items():
            for how, moved in (("guarded", {}), ("unguarded", dict([guard]))):
                _set(market, moved)
                at = _at_each_threshold(market, name, queries[name], truth)
                found.setdefault(name, {})[how] = at
                _set(market, thresholds())
        return found


def read_market(
    market: duckdb.DuckDBPyConnection,
    folder: Path,
    models: list[list[str]],
    faint_truth: dict | None = None,
) -> None:
    """Into an empty DuckDB: raw tables from a marketplace's Parquet files, and on them the models,
    with the thresholds of dbt_project.yml. With a truth, its story is told faintly.
    """
    market.execute("attach ':memory:' as warehouse; use warehouse; create schema amazon_raw")
    for statement in RAW:
        market.execute(statement.format(folder=folder.as_posix()))
    if faint_truth:
        tell_faintly(market, faint_truth)
    _set(market, thresholds())
    for name, schema, kind, sql in models:
        market.execute(f"create schema if not exists {schema}")
        kind = "view" if kind == "view" else "table"
        market.execute(f"create {kind} {schema}.{name} as {sql}")


def _at_each_threshold(market, name: str, sql: str, truth: dict) -> list[dict]:
    """The other detectors, which this one may read, keep their own thresholds."""
    variable, values, _ = MOVED[name]
    planted, found = _planted(truth)[name], []
    for value in values:
        moved = {variable: value}
        if variable == "quality_drop_z":
            chosen = thresholds()
            moved["quality_drop_rest_z"] = value * chosen["quality_drop_rest_z"] / chosen[variable]
        _set(market, moved)
        names = [key for (key,) in market.execute(f"select {KEYS[name]} from ({sql})").fetchall()]
        found.append({"found": planted in names, "false": sum(key != planted for key in names)})
    return found


def _day_found(market, truth: dict) -> bool:
    """Whether the true day of the change lies between the days that quality_drops names."""
    drop = truth["quality_drop"]
    return bool(drop) and bool(
        market.execute(
            "select count(*) from analytics.quality_drops where store = ? and leaf_category = ? "
            "and ?::date between earliest_on and latest_on",
            [drop["store"], drop["category"], drop["changed_on"]],
        ).fetchone()[0]
    )


def _set(market, variables: dict[str, float]) -> None:
    for name, value in variables.items():
        market.execute(f"set variable {name} = {value}")


def _planted(truth: dict) -> dict[str, str | None]:
    drop, rise, burst = (truth[name] for name in ("quality_drop", "price_rise", "review_burst"))
    return {
        "quality_drops": f"{drop['store']}, {drop['category']}" if drop else None,
        "price_rise_effects": rise["parent_asin"] if rise else None,
        "review_bursts": burst["parent_asin"] if burst else None,
    }


# What the load leaves, as far as the models ask for it; the newest version of a review wins.
RAW = (
    """create table amazon_raw.reviews as
    select md5(user_id || asin || timestamp) as review_id, user_id, asin, parent_asin, timestamp,
        rating, verified_purchase, helpful_vote, null::varchar as title, null::varchar as text,
        null::json as images, null::json as other_fields, '0' as _dlt_load_id
    from read_parquet('{folder}/Practice_Marketplace.parquet', file_row_number = true)
    qualify row_number() over (
        partition by user_id, asin, timestamp order by file_row_number desc
    ) = 1""",
    """create table amazon_raw.products as
    select parent_asin, main_category, title, store, average_rating, rating_number, price,
        to_json(categories) as categories, null::varchar as subtitle, null::json as author,
        null::varchar as price_text, null::json as features, null::json as description,
        null::json as details, null::json as images, null::json as videos,
        null::json as other_fields
    from read_parquet('{folder}/meta_Practice_Marketplace.parquet', file_row_number = true)
    qualify row_number() over (partition by parent_asin order by file_row_number desc) = 1""",
    """create table amazon_raw.prices as
    select parent_asin, timestamp, price::decimal(18, 2) as price, null::varchar as price_text,
        null::json as other_fields
    from read_parquet('{folder}/prices_Practice_Marketplace.parquet')""",
)


def tell_faintly(market, truth: dict) -> None:
    """Leave little of each planted story: see FAINT. By hashes of the reviews' keys, so that the
    same seed gives the same market.
    """
    drop, rise, burst = (truth[name] for name in ("quality_drop", "price_rise", "review_burst"))
    luck = "(md5_number_lower(review_id) >> 1)::bigint"
    market.execute(
        f"delete from amazon_raw.reviews where list_contains(?, user_id) and {luck} % ? > 0",
        [burst["user_ids"], FAINT["bought"]],
    )
    stories = (
        (drop["parent_asins"], drop["changed_on"], FAINT["line"]),
        ([rise["parent_asin"]], rise["changed_on"], FAINT["product"]),
    )
    for asins, day, kept in stories:
        market.execute(
            "delete from amazon_raw.reviews "
            f"where list_contains(?, parent_asin) and {luck} % ? > 0",
            [asins, kept],
        )
        market.execute(
            f"""update amazon_raw.reviews set rating = before[1 + {luck} % len(before)]
            from (
                select list(rating order by review_id) as before from amazon_raw.reviews
                where list_contains(?, parent_asin) and timestamp < epoch_ms(?::timestamp)
            )
            where list_contains(?, parent_asin) and timestamp >= epoch_ms(?::timestamp)
                and {luck} // 64 % ? = 0""",
            [asins, day, asins, day, FAINT["mended"]],
        )


def write_study(study: dict) -> None:
    """Keep a study as the one that lesson 09 reads."""
    STUDY.write_text(json.dumps(study, indent=1) + "\n", encoding="utf-8")


def read_study(path: Path = STUDY) -> dict:
    """The study as it was last made."""
    return json.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    if sys.argv[1:] == ["confirm"]:
        with tempfile.TemporaryDirectory(prefix="course-bench-") as own:
            write_study(confirm(Path(own), read_study()))
    else:
        answer(models=compiled(), seconds=0)
