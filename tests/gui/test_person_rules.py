"""A person's page shows the rules that they are under, and leads to them."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from seeded import ACTOR

from faceaccess.app import App, build
from faceaccess.core.access_rules import Effect
from faceaccess.core.errors import KnownError
from faceaccess.core.people import PersonDetails
from faceaccess.gui.door_places import DoorsPlace, rule_uses
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.places import Places
from faceaccess.gui.rule_uses import read_person_rules
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import use_language
from faceaccess.gui.views.person_page import PersonPage
from faceaccess.gui.views.rules import RulesPage
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.rule_text import RuleText
from faceaccess.pipeline.sureness import Sureness


@pytest.fixture
def app(qtbot: QtBot, home: Path) -> Iterator[App]:
    theme()
    use_language("en")
    app = build(home)
    with app.store.transaction() as t:
        for name in ("Li Wei", "Ana"):
            t.add_person(PersonDetails(name), person_id=name.split()[0].lower())
    yield app
    app.close()


@pytest.fixture
def jobs() -> Iterator[JobRunner]:
    made = JobRunner()
    yield made
    made.shutdown()


def unsure(_person_id: str) -> Sureness:
    raise KnownError("Without weights nothing is known.")


def test_a_persons_page_tells_their_rules_and_follows_changes(
    app: App, jobs: JobRunner, qtbot: QtBot
) -> None:
    loader = Loader()
    page = PersonPage(
        directory=app.directory,
        enrolment=lambda: app.enrolment,
        runner=jobs,
        loader=loader,
        actor=ACTOR,
        sureness=unsure,
        alikes=lambda _person_id: (),
        clock=app.clock,
    )
    page.use_rules(partial(read_person_rules, rule_uses(app, jobs, ACTOR)))
    wanted: list[str] = []
    page.rules_wanted.connect(wanted.append)
    qtbot.addWidget(page)
    page.show()
    try:
        page.show_person("li")
        card = page.rules
        qtbot.waitUntil(lambda: not card.isHidden(), timeout=20_000)
        assert card.told.text() == "No rule allows: every door at any time, while access is on."
        assert card.rows == []
        app.rules.add(ACTOR, RuleText(Effect.DENY, None, "Store"))
        app.rules.add(ACTOR, RuleText(Effect.ALLOW, "ana"))
        app.rules.add(ACTOR, RuleText(Effect.ALLOW, "li", "Front door", "Mon-Fri 08:00-18:00"))
        page.refresh()
        qtbot.waitUntil(lambda: len(card.rows) == 2, timeout=20_000)
        words = [row.text().replace("\u200b", "") for row in card.rows]
        assert words[0] == "Everybody may not enter Store at any time"
        assert words[1].startswith("Li Wei may enter Front door Mon-Fri 08:00-18:00 (not on")
        assert card.told.isHidden()
        card.button.click()
        assert wanted == ["li"]
    finally:
        loader.close()


def test_the_rules_of_one_person_are_shown_and_tried(
    app: App, jobs: JobRunner, qtbot: QtBot
) -> None:
    for person_id in ("li", "ana", None):
        app.rules.add(ACTOR, RuleText(Effect.ALLOW, person_id))
    place = Places(app, jobs, ACTOR).others()["doors"]()
    assert isinstance(place, DoorsPlace)
    qtbot.addWidget(place)
    place.show()
    place.arrive()
    try:
        place.show_person("li")
        page = place.page_of("rules")
        assert isinstance(page, RulesPage)
        qtbot.waitUntil(lambda: page.model.rowCount() == 2, timeout=20_000)
        assert {rule.person_id for rule in page.model.rules} == {"li", None}
        assert page.count.text() == "2 of 3 rules"
        assert page.trial.who.person is not None
        assert page.trial.who.person.name == "Li Wei"
        page.trial.door.set_door("Front door")
        page.trial.try_button.click()
        qtbot.waitUntil(lambda: bool(page.trial.answer.text()), timeout=20_000)
        assert page.trial.answer.text() == "Li Wei would be let in at Front door"
        page.person.click()
        assert page.model.rowCount() == 3
        place.show_person("nobody")
        qtbot.waitUntil(lambda: page.bar.message is not None, timeout=20_000)
    finally:
        place.shutdown()
