"""Which lesson of a run may begin: where there are two processors, two are at work at a time."""

from __future__ import annotations

import os
from queue import Empty, SimpleQueue

from course.notebooks import LessonFile

AT_ONCE = 2
LOOK_SECONDS = 0.5  # on Windows nothing interrupts a longer wait


class Order:
    """The lessons of a run: waiting, at work, ended. Stages keep their order.

    A lesson that does a stage begins when all lessons before it that do one have ended. Another
    begins when the stages before it are done, and looks at what they have left.
    gated: the first lesson has to bring the workspace up; the others wait until it has.
    """

    def __init__(self, lessons: list[LessonFile], gated: bool, at_once: int | None = None) -> None:
        self.waiting = list(lessons)
        self.at_work: set[LessonFile] = set()
        self.at_once = at_once or min(AT_ONCE, processors())
        self._do_stages = {lesson for lesson in lessons if lesson.stage_code()}
        self._staged: set[LessonFile] = set()
        self._ended: set[LessonFile] = set()
        self._opened = not gated
        self._news: SimpleQueue[tuple[set[LessonFile], LessonFile]] = SimpleQueue()

    def begin(self) -> LessonFile | None:
        """The lesson to begin now; of several, one that others wait for. None: wait."""
        if len(self.at_work) >= self.at_once or (self.at_work and not self._opened):
            return None
        ready = [lesson for lesson in self.waiting if self._is_ready(lesson)]
        if not self._opened:
            ready = self.waiting[:1]
        if not ready:
            return None
        lesson = min(ready, key=lambda each: (each not in self._do_stages, each.number))
        self.waiting.remove(lesson)
        self.at_work.add(lesson)
        return lesson

    def _is_ready(self, lesson: LessonFile) -> bool:
        before = {each for each in self._do_stages if each.number < lesson.number}
        return before <= (self._ended if lesson in self._do_stages else self._staged | self._ended)

    def opened(self, lesson: LessonFile) -> None:
        """A lesson's setup is through. May be called from any thread, as the next two."""
        self._news.put((set(), lesson))

    def staged(self, lesson: LessonFile) -> None:
        """A lesson's stage is done."""
        self._news.put((self._staged, lesson))

    def ended(self, lesson: LessonFile) -> None:
        """A lesson is through, or has failed."""
        self._news.put((self._ended, lesson))

    def wait(self) -> None:
        """Wait until there is news."""
        while True:
            try:
                kind, lesson = self._news.get(timeout=LOOK_SECONDS)
            except Empty:
                continue
            self._opened = True
            kind.add(lesson)
            self.at_work -= self._ended
            return


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
