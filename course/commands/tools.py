"""The tools, on a target: `course docs`, `publish`, `compare`, `dbt`, `dlt`."""

from __future__ import annotations

import os
import subprocess
from typing import Annotated

import typer
from rich.console import Console

from course.commands.shared import Target, script

app = typer.Typer()
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@app.command(rich_help_panel="The tools, on a target")
def docs(target: Target = "dev") -> None:
    """Write dbt's documentation of all tables and columns into one static page."""
    from course.dbt import artefacts, dbt

    dbt("docs", "generate", "--static", target=target)
    page = artefacts(target) / "static_index.html"
    Console().print(f"Open {page} in a browser.", markup=False, highlight=False, soft_wrap=True)


@app.command(rich_help_panel="The tools, on a target")
def publish(target: Target = "dev") -> None:
    """Test a target's data, and put a copy of its marts beside it, which readers may open while a
    run is at work.
    """
    from course.publish import publish as write

    Console().print(f"Published: {write(target)}", markup=False, highlight=False, soft_wrap=True)


@app.command(rich_help_panel="The tools, on a target")
def compare(
    first: Annotated[str, typer.Argument(help="A target.")],
    second: Annotated[str, typer.Argument(help="The target to compare it with.")],
) -> None:
    """Compare the marts of two targets, and show where they differ: course compare dev prod

    Order does not count, numbers are compared to nine digits. Exit code 0: equal; 1: they differ.
    """
    from course.compare import compare as look

    console = Console(soft_wrap=True, highlight=False, markup=False)
    found = look(first, second)
    for each in found:
        verdict = (
            "equal" if each.is_equal else f"differs in {', '.join(each.columns) or 'its rows'}"
        )
        rows = " and ".join(f"{count:,}" for count in dict.fromkeys(each.rows))
        console.print(f"{each.table}: {verdict} ({rows} {'row' if rows == '1' else 'rows'})")
        if not each.examples.empty:
            console.print(each.examples.to_string(index=False), "")
    different = [each.table for each in found if not each.is_equal]
    console.print(
        f"{len(different)} of {len(found)} tables differ."
        if different
        else f"All {len(found)} tables are equal."
    )
    raise typer.Exit(1 if different else 0)


@app.command(context_settings=PASS_ON, rich_help_panel="The tools, on a target")
def dbt(context: typer.Context, target: Target = "dev") -> None:
    """dbt on a target's warehouse, from any folder: course dbt build --select dim_products"""
    from course.dbt import NEEDS_WAREHOUSE, environment
    from course.warehouse import opened
    from dlt_pipelines.amazon_products_pipeline import find_target

    if not set(NEEDS_WAREHOUSE).isdisjoint(context.args):
        with opened(find_target(target).warehouse):
            pass
    nothing_is_an_error = {"DBT_WARN_ERROR_OPTIONS": '{"error": ["NoNodesForSelectionCriteria"]}'}
    raise typer.Exit(
        subprocess.call(
            [script("dbt"), *context.args],
            env=os.environ | environment(target) | nothing_is_an_error,
        )
    )


@app.command(context_settings=PASS_ON, rich_help_panel="The tools, on a target")
def dlt(context: typer.Context, target: Target = "dev") -> None:
    """dlt on a target's pipeline, from any folder: course dlt pipeline amazon_products info"""
    from dlt_pipelines.amazon_products_pipeline import find_target

    environment = os.environ | {"DLT_DATA_DIR": str(find_target(target).dlt_folder)}
    raise typer.Exit(subprocess.call([script("dlt"), *context.args], env=environment))
