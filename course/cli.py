"""The `course` command: its groups of commands put together, and its errors told in words."""

from __future__ import annotations

import sys
import traceback
from io import TextIOWrapper

import typer
from rich.console import Console
from rich.markup import escape

from course.checkout import check_checkout
from course.commands import authoring, learning, packages, teaching, tools, trouble
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.interruption import Interrupted, ended_in_order
from dlt_pipelines.system_errors import explain_refused

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="""Products and reviews → **dlt** → **DuckDB** → **dbt** → answers, in notebooks.

Start with `course run`: it executes the lessons as the pipeline and writes a report with the
answers. `course lab` opens the same lessons for you to work in. `course test` proves that
everything still holds.

Everything that is made lies in data/ (one folder a target), runs/ and my_work/; delete data/NAME
to start a target afresh.""",
    epilog="`course COMMAND --help` says more about each. Trouble? "
    "Every error names its entry in FAQ.md.",
)
for group in (learning, trouble, packages, authoring, teaching, tools):
    app.add_typer(group.app)


def main() -> None:
    """The entry point: what the course raises is told in words, without a traceback."""
    for stream in (sys.stdout, sys.stderr):  # a pipe on Windows knows no arrows
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    words = sys.argv[1:]
    with ended_in_order() as ending:
        try:
            if words and "--help" not in words:
                check_checkout(environment=words[0] != "doctor")
            app()
        except PipelineError as error:
            _tell(error)
        except Exception as error:
            explained = explain_refused(error)
            _tell(explained) if explained else _show(error)
        except SystemExit:
            if ending.signal:
                _tell(
                    Interrupted(
                        "The command", "what it had completed stays, and nothing is there by halves"
                    )
                )
            raise


def _tell(error: PipelineError) -> None:
    from dlt_pipelines.masking import masked

    Console(stderr=True).print(
        f"[red bold]Error:[/] {escape(masked(str(error)))}", highlight=False, soft_wrap=True
    )
    sys.exit(error.exit_code)


def _show(error: Exception) -> None:
    """What nobody has put into words: the traceback, as it may be shown to anybody."""
    from dlt_pipelines.masking import masked

    print(masked("".join(traceback.format_exception(error))), end="", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
