"""Waits for an answer until a set moment, whatever the one who is asked does."""

import threading
from collections.abc import Callable
from typing import TypeVar

_Answer = TypeVar("_Answer")


class Desk:
    """Where one question is asked at a time: one that was given up on has to be answered before the next is asked.

    The time-outs of sockets are for each byte, and resolvers and programs have their own: this one is for all of it.
    Nobody can stop a thread: a question that was given up on goes on in its own, and ends with the program.
    """

    def __init__(self) -> None:
        """Nothing is asked yet."""
        self._thread: threading.Thread | None = None

    def ask(
        self, question: Callable[[], _Answer], seconds: float, *, give_up: Callable[[], None] = lambda: None
    ) -> _Answer:
        """Return what `question` returns, or raise what it raises; TimeoutError where that takes longer than `seconds`.

        `give_up` is called then, and may bring the question to its end.
        """
        if self._thread is not None:
            self._thread.join(max(0.0, seconds))
            if self._thread.is_alive():
                raise TimeoutError
        answers: list[_Answer] = []
        errors: list[BaseException] = []

        def run() -> None:
            try:
                answers.append(question())
            except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits for it
                errors.append(error)

        self._thread = threading.Thread(target=run, name="question", daemon=True)
        self._thread.start()
        self._thread.join(max(0.0, seconds))
        if errors:
            raise errors[0]
        if not answers:
            give_up()
            raise TimeoutError
        return answers[0]
