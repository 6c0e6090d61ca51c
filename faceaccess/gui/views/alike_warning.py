"""After an enrolment from files: there may be two entries for one person now."""

from collections.abc import Callable

from faceaccess.core.actors import Actor
from faceaccess.gui.enrol_uses import People
from faceaccess.gui.messages import Message
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.worker import JobRunner, OnFailed
from faceaccess.pipeline.results import EnrolResult, LookAlike


class AlikeWarning:
    """Says it, and takes the new entry back if a person says so.

    Args:
        people: removes.
        jobs: runs what writes.
        actor: on whose behalf.
        bar: where it is said.
        done: called after the entry was taken back, before that is said.
        failed: called when it could not be.
    """

    def __init__(
        self,
        people: People,
        jobs: JobRunner,
        actor: Actor,
        bar: MessageBar,
        *,
        done: Callable[[], object],
        failed: OnFailed,
    ) -> None:
        self._people, self._jobs, self._actor, self._bar = people, jobs, actor, bar
        self._done, self._failed = done, failed

    def show(self, result: EnrolResult, alike: LookAlike) -> None:
        """Say whom the new person looks like."""
        name = result.person.name
        self._bar.show_message(
            Message(
                "warn",
                tr("{name} looks like {other}, who is enrolled.", name=name, other=alike.name),
                tr(
                    "Two entries for one person make the door unsure; of two people, both need a "
                    "second factor."
                ),
            )
        )

        def take_back() -> None:
            self._bar.clear()
            self._jobs.call(
                lambda: self._people.remove(self._actor, result.person.id),
                on_done=lambda _removed: self._taken_back(name),
                on_failed=self._failed,
            )

        self._bar.add_button(Button(tr("Remove {name} again", name=name), clicked=take_back))

    def _taken_back(self, name: str) -> None:
        self._done()
        text = tr("{name} was removed again.", name=name)
        self._bar.show_message(Message("accent", text))
