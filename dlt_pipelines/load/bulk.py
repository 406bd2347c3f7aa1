"""The fast way from files to the warehouse: every record looked at once, most read straight.

1. `_index` reads each record as its fields and their texts, and keeps a few bytes: a hash of its
   key, whether it must be judged.
2. `_single_out` picks the lines that must be judged one by one (landing.py): what breaks the
   contract or the expected form, and every record whose key comes twice or is in the warehouse
   already. Their count of lines must equal the count of records.
3. `direct_sql` is the statement by which DuckDB reads all others straight into the warehouse,
   inside the load's transaction.

A file of which this cannot be done without doubt (a byte-order mark, a cut-off gzip, one key twice
in a record, lines that the two readers count differently, Parquet of other types) is judged line by
line as a whole. Slower, with the same result.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np

from dlt_pipelines.load.contract import (
    Table,
    Window,
    certainly_good_sql,
    key_column,
    name_list,
    text,
)
from dlt_pipelines.load.forms import JsonLines, Parquet, parquet_form
from dlt_pipelines.load.input_files import File
from dlt_pipelines.load.landing import Landing, attached, land
from dlt_pipelines.load.lines import Picked, picked_lines, read_lines, sample_lines, unzip
from dlt_pipelines.progress import step

SAMPLED_PLACES = 32  # in all files of a table
# So few bytes beside a warehouse that has the table are judged one by one at once: to look for
# their keys first costs more.
FEW_BYTES = 8 << 20


@dataclass(frozen=True)
class Indexed:
    """A file whose records stand in the index, in their order: `count`, from row `first` on."""

    file: File
    path: Path  # what is read: plain JSON lines, or Parquet
    form: JsonLines | Parquet
    source_no: int
    first: int
    count: int

    def mine(self, rows: np.ndarray) -> np.ndarray:
        """Those of the index's rows (sorted) that are this file's, counted from its first."""
        begin, end = np.searchsorted(rows, [self.first, self.first + self.count])
        return rows[begin:end] - self.first


@dataclass
class Bulk:
    """What is known of the files of one table.

    Beside the tables of landing.py the landing file then holds
    `<table>_index`     h (hash of the key), judge, outside (the window), as_text (a bit for each
                        typed field), odd_key: one row a record, in order, of every file that can
                        be read straight
    `<table>_special`   h: the keys of all records that are judged one by one
    """

    landing: Landing
    table: Table
    window: Window
    json: JsonLines
    indexed: list[Indexed] = field(default_factory=list)

    @property
    def index(self) -> str:
        return f"{self.table.name}_index"

    @property
    def special(self) -> str:
        return f"{self.table.name}_special"


def take(landing: Landing, table: Table, files: list[File], window: Window) -> Bulk:
    """Index the table's files, and land what must be judged."""
    bulk = Bulk(landing, table, window, JsonLines(table))
    columns = "h ubigint, judge boolean, outside boolean, as_text utinyint, odd_key boolean"
    landing.ask(f"create table {bulk.index} ({columns})")
    landing.ask(f"create table {bulk.special} (h ubigint)")
    if _are_few(bulk, files):
        land(landing, table, read_lines(files), window)
        return bulk
    # a record's place in the index tells its place in the file
    landing.ask("set preserve_insertion_order = true")
    _index_files(bulk, files, _unzipped(files, landing.folder))
    _find_special(bulk)
    _single_out(bulk)
    _count_direct(bulk)
    landing.ask("set preserve_insertion_order = false")
    return bulk


def _are_few(bulk: Bulk, files: list[File]) -> bool:
    with attached(bulk.landing, bulk.table.name) as known:
        return known is not None and sum(file.as_found[0] for file in files) <= FEW_BYTES


def _unzipped(files: list[File], folder: Path) -> list[Path | None]:
    """What to read of each file, in parallel, unzipped in `folder`; None: not read straight."""

    def prepare(numbered: tuple[int, File]) -> Path | None:
        number, file = numbered
        path = file.path
        if file.is_gzip:
            path = folder / f"{file.table}-{number}.jsonl"
            if not unzip(file.path, path):
                return None
        if file.is_parquet:
            return path
        with path.open("rb") as stream:
            return None if stream.read(3) == b"\xef\xbb\xbf" else path

    with step("files unzipped"), ThreadPoolExecutor(2) as pool:
        return list(pool.map(prepare, enumerate(files)))


def _index_files(bulk: Bulk, files: list[File], paths: list[Path | None]) -> None:
    """Index what can be read straight; land the other files whole."""
    sizes = [path.stat().st_size if path else 0 for path in paths]
    lines = [path for file, path in zip(files, paths, strict=True) if path and not file.is_parquet]
    sample = [
        line for path in lines for line in sample_lines(path, max(SAMPLED_PLACES // len(lines), 4))
    ]
    bulk.json.learn(sample)
    record_bytes = sum(map(len, sample)) / max(len(sample), 1) + 1
    at = 0

    def so_far() -> float:
        share = max(bulk.landing.connection.query_progress(), 0) / 100
        return (sum(sizes[:at]) + sizes[at] * share) / record_bytes

    with step(f"{bulk.table.name} looked at", sum(sizes) / record_bytes, so_far):
        for at, (file, path) in enumerate(zip(files, paths, strict=True)):
            if path is None or not _index(bulk, at, file, path):
                land(bulk.landing, bulk.table, read_lines([file], at), bulk.window)


def _index(bulk: Bulk, source_no: int, file: File, path: Path) -> bool:
    """Add a file's records to the index; False, and nothing added, if it is not read straight."""
    table = bulk.table
    form = parquet_form(bulk.landing.connection, table, path) if file.is_parquet else bulk.json
    if form is None:
        return False
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    counts = [name for name in table.identity() if table.fields[name] == "count"]
    identity = ", ".join(
        f"try_cast(j.{name}::varchar as bigint)" if name in counts else f"j.{name}"
        for name in table.identity()
    )
    asked_for = bulk.window.sql(table, f"try_cast(j.{table.event_time}::varchar as bigint)")
    as_text = [
        f"case when comes_as_text(j.{name}) then {1 << bit} else 0 end"
        for bit, name in enumerate(table.typed())
    ]
    odd_keys = [f"coalesce(not is_whole_number(j.{name}::varchar), false)" for name in counts]
    first = bulk.landing.count(bulk.index)
    try:
        bulk.landing.ask(f"""
            insert into {bulk.index}
            select hash({identity}), j.is_odd or not {certainly_good_sql(table, now_ms)},
                not coalesce({asked_for}, true),
                ({" + ".join(as_text) or "0"})::utinyint, {" or ".join(odd_keys) or "false"}
            from {form.looked_at(path)} as j
        """)
    except duckdb.InvalidInputException:  # one field twice in a record, or a line too long
        return False
    count = bulk.landing.count(bulk.index) - first
    bulk.indexed.append(Indexed(file, path, form, source_no, first, count))
    return True


# What must be judged


def _find_special(bulk: Bulk) -> None:
    """The keys that are to be judged, come twice, were landed already, or are in the warehouse."""
    hashes = bulk.table.hash()
    bulk.landing.ask(f"""
        insert into {bulk.special}
        select h from {bulk.index} group by h having count(*) > 1 or bool_or(judge)
        union select {hashes} from {bulk.table.name}""")
    with attached(bulk.landing, bulk.table.name) as known:
        if known:
            bulk.landing.ask(f"""
                insert into {bulk.special}
                select distinct h from (select {hashes} as h from {known})
                semi join {bulk.index} using (h)
                anti join (select h from {bulk.special}) as noted using (h)""")


def _single_out(bulk: Bulk) -> None:
    """Land the lines of special records, until no landed record has a key that is not special."""
    done = np.array([], np.int64)
    counted = False
    while True:
        rows = bulk.landing.ask(
            f"select rowid as row from {bulk.index} semi join {bulk.special} using (h) order by row"
        ).fetchnumpy()["row"]
        new = np.setdiff1d(rows, done, assume_unique=True)
        picked = [
            Picked(each.file, each.path, each.mine(new), each.source_no) for each in bulk.indexed
        ]
        # every file is read once, so that its lines are counted; later only where lines are picked
        _land_picked(bulk, [each for each in picked if len(each.rows) or not counted])
        done, counted = rows, True
        # A key may be written in two ways, or judged differently than it was indexed: then its
        # other records are special too.
        widened = bulk.landing.ask(f"""
            insert into {bulk.special}
            select distinct h from (select {bulk.table.hash()} as h from {bulk.table.name})
            anti join {bulk.special} using (h)""")
        if not widened.fetchone()[0]:
            return


def _land_picked(bulk: Bulk, picked: list[Picked]) -> None:
    """Land picked lines.

    A file whose lines do not count up to its records is landed whole, and no longer read straight.
    """
    if not picked:
        return
    name, indexed = bulk.table.name, {each.source_no: each for each in bulk.indexed}
    total = sum(indexed[each.source_no].count for each in picked)
    with step(f"{name} judged one by one", total, lambda: sum(each.counted for each in picked)):
        land(bulk.landing, bulk.table, picked_lines(picked), bulk.window)
    for each in picked:
        if each.counted != indexed[each.source_no].count:
            bulk.indexed.remove(indexed[each.source_no])
            bulk.landing.ask(f"delete from {name} where source_no = {each.source_no}")
            land(bulk.landing, bulk.table, read_lines([each.file], each.source_no), bulk.window)


def _count_direct(bulk: Bulk) -> None:
    """Note, by file, how many records are read straight, and how the index found them written."""
    for each in bulk.indexed:
        bulk.landing.ask(
            f"""insert into {bulk.table.name}_direct
            select ?, ?, count(*), coalesce(sum(h), 0) from {bulk.index}
            where rowid between ? and ? and not outside and h not in (from {bulk.special})""",
            [each.source_no, each.file.name, each.first, each.first + each.count - 1],
        )
    mask, bulk.json.has_odd_keys = bulk.landing.ask(
        f"select coalesce(bit_or(as_text), 0), coalesce(bool_or(odd_key), false) from {bulk.index}"
    ).fetchone()
    bulk.json.as_text = {name for bit, name in enumerate(bulk.table.typed()) if mask >> bit & 1}


# The rest


def direct_sql(bulk: Bulk) -> list[str]:
    """Statements that read what need not be judged, as rows of the table; one for each form.

    They use the macros of the contract, and stand alone otherwise: the keys to leave out are
    written to a file.
    """
    table, forms = bulk.table, []
    for each in bulk.indexed:
        if each.form not in forms:
            forms.append(each.form)
    special = text(bulk.landing.folder / f"{table.name}_special.parquet")
    bulk.landing.ask(f"copy {bulk.special} to {special} (format parquet)")
    names = ", ".join(
        f'"{name}"' for name in table.columns() if not (table.derived and name == table.key[0])
    )
    statements = []
    for form in forms:
        columns, source = form.rows([each.path for each in bulk.indexed if each.form == form])
        statements.append(f"""
            select {key_column(table)}{names} from (select {columns} from {source} as j) as r
            anti join read_parquet({special}) as special on special.h = {table.hash()}
            where {bulk.window.sql(table, f"r.{table.event_time}")}""")
    return statements


def everything_sql(bulk: Bulk, changes: str) -> str:
    """One statement of all rows that the warehouse lacks: those that are read straight, and
    `changes`, which were judged.

    One, because few rows that are there before many make DuckDB write the many twice.
    """
    selects = [*(direct_sql(bulk) if bulk.landing.direct_rows(bulk.table.name) else []), changes]
    return f"select {name_list(bulk.table)} from ({' union all '.join(selects)}) as rows"
