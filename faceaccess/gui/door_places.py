"""Makes the place "Doors" with its pages, each with what it needs and no more."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from faceaccess.core.actors import Actor
from faceaccess.gui.paged_place import Page, PagedPlace
from faceaccess.gui.place import Place
from faceaccess.gui.rule_uses import RuleUses
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.filter_chips import Named
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.site_zone import site_zone
from faceaccess.pipeline.station_files import cards

if TYPE_CHECKING:
    from faceaccess.app import App
    from faceaccess.gui.door_uses import DoorUses

SUGGESTED = 20
"""People suggested for what is typed."""


def rule_uses(app: "App", jobs: JobRunner, actor: Actor) -> RuleUses:
    """Return what pages on rules use."""

    def people(text: str) -> Sequence[Named]:
        return tuple(Named(one.id, one.name) for one in app.directory.list(text, 0, SUGGESTED))

    return RuleUses(
        book=app.rules,
        people=people,
        name=lambda person_id: app.directory.show(person_id).name,
        doors=lambda: {card.name for card in cards(app.home)} | set(app.store.stations()),
        site_zone=site_zone,
        revision=app.store.revision,
        jobs=jobs,
        actor=actor,
        clock=app.clock,
    )


def door_uses(app: "App", actor: Actor) -> "DoorUses":
    """Return what the page on running doors uses."""
    from faceaccess.app import usual_home
    from faceaccess.gui.door_uses import DoorUses

    return DoorUses(
        doors=app.doors,
        feed=lambda name, pictures: app.doors.feed(name, actor, pictures=pictures),
        commands=lambda name: app.store.door_commands(name, limit=5),
        actor=actor,
        clock=app.clock,
        camera=lambda: app.settings.get().camera,
        folder="" if app.is_demo or app.home.root == usual_home() else str(app.home.root),
    )


class DoorsPlace(PagedPlace):
    """The place; what concerns one person is on its page of rules."""

    def show_person(self, person_id: str) -> None:
        """Show the rules of one person."""
        self.show_page("rules")
        self.page_of("rules").show_person(person_id)


def doors_place(app: "App", jobs: JobRunner, actor: Actor) -> PagedPlace:
    """Return the place."""
    uses = rule_uses(app, jobs, actor)

    def now() -> Place:
        from faceaccess.gui.views.doors import DoorsPage

        return DoorsPage(door_uses(app, actor))

    def rules() -> Place:
        from faceaccess.gui.views.rules import RulesPage

        return RulesPage(uses)

    def plans() -> Place:
        from faceaccess.gui.views.door_plans import DoorPlansPage

        return DoorPlansPage(uses)

    place = DoorsPlace(tr("Doors"))
    place.add_page(Page("now", tr("Now"), now))
    place.add_page(Page("rules", tr("Rules"), rules))
    place.add_page(Page("plans", tr("Holidays and doors"), plans))
    return place
