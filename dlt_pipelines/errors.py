"""The one error that the pipeline and the course raise on purpose."""

from __future__ import annotations


class PipelineError(Exception):
    """Something a person can put right: what happened, the likely cause, the fix, where to read on.

    `what`, `cause` and `fix` are sentences; `fix` holds the command to type where there is one;
    `faq` is the anchor of the entry in FAQ.md that explains the error; `exit_code` is what a
    command ends with; `said` is what a tool that failed says in its own words, where one did.
    """

    exit_code = 1
    said = ""

    def __init__(self, what: str, *, cause: str, fix: str, faq: str) -> None:
        self.what, self.cause, self.fix, self.faq = what, cause, fix, faq
        super().__init__(
            f"{what}\n  Likely cause: {cause}\n  What to do:   {fix}\n  Read more:    FAQ.md#{faq}"
        )

    def __reduce__(self):
        return _rebuild, (self.what, self.cause, self.fix, self.faq)


def _rebuild(what: str, cause: str, fix: str, faq: str) -> PipelineError:
    return PipelineError(what, cause=cause, fix=fix, faq=faq)
