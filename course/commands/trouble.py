"""When something is wrong: `course doctor`, `break`, `heal`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from course.commands.shared import Target

app = typer.Typer()


@app.command(rich_help_panel="When something is wrong")
def doctor(
    target: Target = "dev",
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    error: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="Only name the fault that this message tells of; - reads it."
        ),
    ] = None,
) -> None:
    """Look at the machine, the environment, a target and its last run, and name what is wrong, with
    the fix.

    Exit code 0: healthy; 1: something was found; 2: something could not be looked at. Nothing is
    changed.
    """
    from course import doctor as look
    from dlt_pipelines.masking import masked

    if error is not None:
        raise typer.Exit(
            look.tell([look.name_error(sys.stdin.read() if error == "-" else error)], as_json)
        )

    def everything():
        yield from look.examine_machine()  # before what needs more than the standard library
        from course.clinic.surroundings_health import examine_surroundings
        from course.clinic.target_health import examine_target

        yield from examine_surroundings()
        yield from examine_target(target)

    raise typer.Exit(look.tell(everything(), as_json, write=lambda text: print(masked(text))))


@app.command("break", rich_help_panel="When something is wrong")
def break_(
    name: Annotated[str | None, typer.Argument(help="A fault's name.")] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="Show all faults, and which of them stand in it now.")
    ] = False,
) -> None:
    """Make a fault in the target sandbox, to practise on. No other target and no file of yours is
    touched.
    """
    from course.clinic import faults

    console = Console()
    if list_ or name is None:
        with console.status("looking at the sandbox"):
            there, unseen = faults.standing()
        for fault in faults.FAULTS.values():
            console.print(
                f"{'*' if fault.name in there else ' '} {fault.name:<18} {fault.kind:<12} "
                f"{fault.happens}",
                highlight=False,
                soft_wrap=True,
            )
        if there:
            console.print(
                "\n* stands in the sandbox now. course heal NAME puts it right.", highlight=False
            )
        for part in unseen:
            console.print(f"Could not look at {part}", highlight=False, soft_wrap=True)
        return
    faults.find_fault(name)
    with console.status(f"making {name} in the sandbox"):
        fault = faults.inflict(name)
    console.print(f"Done: {fault.happens}.", highlight=False, soft_wrap=True)
    for says, what in {
        "It lies in:": fault.place,
        "See it:": fault.see,
        "Find it:": "course doctor --target sandbox",
        "Heal it:": f"course heal {name}",
    }.items():
        console.print(f"  {says:<11} {what}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"  {'Read:':<11} FAQ.md#{name}", highlight=False)


@app.command(rich_help_panel="When something is wrong")
def heal(
    name: Annotated[str | None, typer.Argument(help="A fault's name.")] = None,
    anew: Annotated[
        bool,
        typer.Option("--anew", help="Throw away all that was broken, and fill the sandbox anew."),
    ] = False,
) -> None:
    """Put a fault of the sandbox right, with the commands that its FAQ entry gives; or begin the
    sandbox anew.
    """
    from course.clinic import faults

    if anew == bool(name):
        raise typer.BadParameter("give the name of a fault, or --anew")
    if anew:
        with Console().status("filling the sandbox"):
            faults.fill_sandbox(anew=True)
        Console().print("The sandbox is as it was before anything was broken.", highlight=False)
        return
    faults.heal(
        name, lambda line: Console().print(line, highlight=False, markup=False, soft_wrap=True)
    )
    Console().print(
        f"{name} is healed. course doctor --target sandbox looks whether all is well.",
        highlight=False,
    )
