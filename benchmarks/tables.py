"""The figures as tables in English and in French, and their places in the FAQ: between comments
that name them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from benchmarks.processes import ROOT
from course.publishing.tables import with_tables

FIGURES = ROOT / "benchmarks" / "figures.json"
PAGES = {"FAQ.md": "en", "FAQ.fr.md": "fr"}

FRENCH = {
    "measured": "mesure",
    "engine": "moteur",
    "seconds, median": "secondes, médiane",
    "ratio to DuckDB, median": "rapport à DuckDB, médiane",
    "lowest to highest": "du plus bas au plus haut",
    "the question alone, data loaded": "la question seule, données chargées",
    "from the file to the answer": "du fichier à la réponse",
    "{customers} small writes and reads, one by "
    "one": "{customers} petites écritures et lectures, une par une",
    "way": "manière",
    "rows per second, median": "lignes par seconde, médiane",
    "seconds to start": "secondes de démarrage",
    "DuckDB by itself, `read_json`": "DuckDB seul, `read_json`",
    "the pipeline of this course": "le pipeline de ce cours",
    "polars, then DuckDB": "polars, puis DuckDB",
    "pandas, then DuckDB": "pandas, puis DuckDB",
    "dlt, one dictionary a row, default "
    "settings": "dlt, un dictionnaire par ligne, réglages par défaut",
    "reviews": "avis",
    "files, GB": "fichiers, Go",
    "load, seconds": "chargement, secondes",
    "beside DuckDB by itself, `read_json`": "rapporté à DuckDB seul, `read_json`",
    "peak memory, GB": "pic de mémoire, Go",
    "reviews in {parts} files: load, seconds": "avis en {parts} fichiers : chargement, secondes",
    "beside one file": "rapporté à un seul fichier",
    "the same as Parquet: load, seconds": "les mêmes en Parquet : chargement, secondes",
    "beside DuckDB by itself, `read_parquet`": "rapporté à DuckDB seul, `read_parquet`",
    "`dbt build`, seconds": "`dbt build`, secondes",
    "beside the same SQL in DuckDB by itself": "rapporté au même SQL dans DuckDB seul",
    "10,000 reviews more: load, seconds": "10 000 avis de plus : chargement, secondes",
    "beside `delete` and `insert` in DuckDB by "
    "itself": "rapporté à `delete` et `insert` dans DuckDB seul",
    "`dbt run` after it, seconds": "`dbt run` ensuite, secondes",
    "beside `dbt run --full-refresh`": "rapporté à `dbt run --full-refresh`",
    "warehouse after the first build, GB": "entrepôt après la première construction, Go",
    "{rows} reviews; {runs} runs of each, in turn, each ratio to DuckDB in the same "
    "turn.": "{rows} avis ; {runs} exécutions de "
    "chacun, à tour de rôle ; chaque rapport est pris à DuckDB dans le même tour.",
    "{rows} reviews; {runs} runs of each way, in turn, each in a new process. The way with "
    "dictionaries took {sample} rows; its ratio "
    "is by row. The start, Python and its imports, is not part of rows per "
    "second.": "{rows} avis ; {runs} exécutions de chaque manière, "
    "à tour de rôle, chacune dans un nouveau processus. La manière par dictionnaires a pris "
    "{sample} lignes ; son rapport est par ligne. "
    "Le démarrage, Python et ses importations, n'est pas compté dans les lignes par seconde.",
    "Medians of {runs} runs in turn, each step in a new process, its start included; ratios with "
    "their lowest and highest.": "Médianes de "
    "{runs} exécutions à tour de rôle, chaque étape dans un nouveau processus, démarrage compris ; "
    "les rapports avec leur minimum et leur maximum.",
    "Measured by `make bench`: {cores} cores, {memory_gb} GB of memory, {system}, "
    "{tools}.": "Mesuré par `make bench` : {cores} cœurs, "
    "{memory_gb} Go de mémoire, {system}, {tools}.",
}
TOOLS = {
    "python": "Python",
    "duckdb": "DuckDB",
    "dlt": "dlt",
    "dbt-core": "dbt",
    "pandas": "pandas",
    "polars": "polars",
}
MEASURED = {
    "question": "the question alone, data loaded",
    "file": "from the file to the answer",
    "small": "{customers} small writes and reads, one by one",
}
WAYS = {
    "duckdb": "DuckDB by itself, `read_json`",
    "pipeline": "the pipeline of this course",
    "polars": "polars, then DuckDB",
    "pandas": "pandas, then DuckDB",
    "dicts": "dlt, one dictionary a row, default settings",
}
SIZE_ROWS = [  # what is shown, of which step, and which of its figures
    ("files, GB", "files_gb", ""),
    ("load, seconds", "load", "seconds"),
    ("beside DuckDB by itself, `read_json`", "load", "ratio"),
    ("peak memory, GB", "load", "peak_gb"),
    ("reviews in {parts} files: load, seconds", "load_parts", "seconds"),
    ("beside one file", "load_parts", "ratio"),
    ("peak memory, GB", "load_parts", "peak_gb"),
    ("the same as Parquet: load, seconds", "load_parquet", "seconds"),
    ("beside DuckDB by itself, `read_parquet`", "load_parquet", "ratio"),
    ("peak memory, GB", "load_parquet", "peak_gb"),
    ("`dbt build`, seconds", "build", "seconds"),
    ("beside the same SQL in DuckDB by itself", "build", "ratio"),
    ("peak memory, GB", "build", "peak_gb"),
    ("10,000 reviews more: load, seconds", "increment", "seconds"),
    ("beside `delete` and `insert` in DuckDB by itself", "increment", "ratio"),
    ("`dbt run` after it, seconds", "after", "seconds"),
    ("beside `dbt run --full-refresh`", "after", "ratio"),
    ("warehouse after the first build, GB", "warehouse_gb", ""),
]


def race_table(race: dict, language: str = "en") -> str:
    """What each engine took, and how that compares with DuckDB."""
    say, number = _words(language), _numbers(language)
    rows = [
        [
            say(MEASURED[what]).format(customers=race["customers"]),
            engine,
            number(each["seconds"]["median"]),
            *_ratio(each["ratio"], number),
        ]
        for what, engines in race["measured"].items()
        for engine, each in engines.items()
    ]
    heads = [
        "measured",
        "engine",
        "seconds, median",
        "ratio to DuckDB, median",
        "lowest to highest",
    ]
    note = say(
        "{rows} reviews; {runs} runs of each, in turn, each ratio to DuckDB in the same turn."
    )
    return _table(
        map(say, heads),
        "llrrr",
        rows,
        note.format(rows=number(race["rows"]), runs=race["runs"]),
        race["machine"],
        say,
    )


def load_table(load: dict, language: str = "en") -> str:
    """Rows per second of each way to load, and how that compares with DuckDB by itself."""
    say, number = _words(language), _numbers(language)
    rows = [
        [say(WAYS[name]), number(_hundreds(each["rows_per_second"]["median"])),
         *_ratio(each["ratio"], number), number(each["start_seconds"]["median"]),
         number(each["peak_gb"])]
        for name, each in load["ways"].items()
    ]  # fmt: skip
    heads = [
        "way",
        "rows per second, median",
        "ratio to DuckDB, median",
        "lowest to highest",
        "seconds to start",
        "peak memory, GB",
    ]
    note = say(
        "{rows} reviews; {runs} runs of each way, in turn, each in a new process. The way with "
        "dictionaries took {sample} rows; its ratio "
        "is by row. The start, Python and its imports, is not part of rows per second."
    ).format(
        rows=number(load["rows"]), runs=load["runs"], sample=number(load["ways"]["dicts"]["rows"])
    )
    return _table(map(say, heads), "lrrrrr", rows, note, load["machine"], say)


def size_table(size: dict, language: str = "en") -> str:
    """What the pipeline took at each size, a column each, and how DuckDB by itself compares."""
    say, number = _words(language), _numbers(language)

    def shown(value: float | dict, what: str) -> str:
        if what != "ratio":
            return number(value["median"] if isinstance(value, dict) else value)
        median, spread = _ratio(value, number)
        return f"{median} ({spread})" if spread else median

    rows = [
        [
            say(label).format(parts=size.get("parts")),
            *(shown(each[step][what] if what else each[step], what) for each in size["sizes"]),
        ]
        for label, step, what in SIZE_ROWS
        if all(step in each for each in size["sizes"])  # an older measurement has fewer
    ]
    heads = [say("reviews"), *(number(each["reviews"]) for each in size["sizes"])]
    note = say(
        "Medians of {runs} runs in turn, each step in a new process, its start included; "
        "ratios with their lowest and highest."
    )
    return _table(
        heads,
        "l" + "r" * len(size["sizes"]),
        rows,
        note.format(runs=size["runs"]),
        size["machine"],
        say,
    )


TABLES: dict[str, Callable[[dict, str], str]] = {
    "race": race_table,
    "load": load_table,
    "size": size_table,
}


def tables_of(figures: dict, language: str = "en") -> dict[str, Callable[[], str]]:
    """By name, what makes each table of which there are figures."""
    return {
        name: partial(TABLES[name], figures[name], language) for name in TABLES if name in figures
    }


def read_figures(path: Path = FIGURES) -> dict:
    """The figures as they were last measured; empty where there are none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def refresh_tables() -> None:
    """Bring the tables of the FAQ up to date, in each language that there is."""
    for name, language in PAGES.items():
        path = ROOT / name
        if path.exists():
            path.write_text(
                with_tables(path.read_text(encoding="utf-8"), tables_of(read_figures(), language)),
                encoding="utf-8",
            )


def _table(
    heads: Iterable[str],
    aligned: str,
    rows: list[list[str]],
    note: str,
    machine: dict,
    say: Callable[[str], str],
) -> str:
    lines = [list(heads), ["---:" if side == "r" else "---" for side in aligned], *rows]
    text = (
        "\n".join(f"| {' | '.join(line)} |" for line in lines)
        .replace("| --- ", "|---")
        .replace("| ---: ", "|---:")
    )
    about = say(
        "Measured by `make bench`: {cores} cores, {memory_gb} GB of memory, {system}, {tools}."
    )
    tools = ", ".join(f"{name} {machine[key]}" for key, name in TOOLS.items() if key in machine)
    return (
        f"{text.replace('--- |', '---|').replace('---: |', '---:|')}\n\n{note} "
        f"{about.format(tools=tools, **machine)}"
    )


def _words(language: str) -> Callable[[str], str]:
    return {"en": lambda text: text, "fr": FRENCH.__getitem__}[language]


def _numbers(language: str) -> Callable[[float], str]:
    def number(value: float) -> str:
        text = f"{value:,.10f}".rstrip("0").rstrip(".")
        return text if language == "en" else text.replace(",", "\u202f").replace(".", ",")

    return number


def _ratio(ratio: dict, number: Callable[[float], str]) -> list[str]:
    spread = f"{number(ratio['minimum'])} – {number(ratio['maximum'])}"
    return [number(ratio["median"]), "" if ratio["minimum"] == ratio["maximum"] else spread]


def _hundreds(value: float) -> float:
    return round(value, -2)
