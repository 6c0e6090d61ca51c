"""The pages on rules, with a real rule book: written, changed, removed, put back, tried."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from seeded import ACTOR, Seeded, unnamed

from faceaccess.core.access_rules import AccessPolicy, DoorPlan, Effect, Holiday, Passback
from faceaccess.gui.rule_uses import RuleUses
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import LONGER, use_language
from faceaccess.gui.views.door_plans import DoorPlansPage
from faceaccess.gui.views.rules import RulesPage
from faceaccess.gui.widgets.filter_chips import Named
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.rule_book import RuleBook
from faceaccess.pipeline.rule_text import RuleText


class Site:
    """A store with people, its rules, and the pages over them."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot = qtbot
        self.seeded = Seeded(folder)
        self.people = [self.seeded.person(name) for name in ("Li Wei", "Ana")]
        self.book = RuleBook(
            self.seeded.store, self.seeded.clock, lambda: "Europe/Berlin", lambda _who: frozenset()
        )
        self.jobs = JobRunner()
        self.uses = RuleUses(
            book=self.book,
            people=self.found,
            name=lambda person_id: self.seeded.directory.show(person_id).name,
            doors=lambda: ("Front door",),
            site_zone=lambda: "Europe/Berlin",
            revision=self.seeded.store.revision,
            jobs=self.jobs,
            actor=ACTOR,
            clock=self.seeded.clock,
        )
        self.made: list[RulesPage | DoorPlansPage] = []

    def found(self, text: str) -> list[Named]:
        return [Named(one.id, one.name) for one in self.seeded.directory.list(text, 0, 20)]

    @property
    def policy(self) -> AccessPolicy:
        return self.book.policy()

    def rules(self) -> RulesPage:
        page = RulesPage(self.uses)
        self._show(page)
        self.qtbot.waitUntil(lambda: page.lists.currentWidget() is not page.waiting)
        return page

    def plans(self) -> DoorPlansPage:
        page = DoorPlansPage(self.uses)
        self._show(page)
        self.qtbot.waitUntil(lambda: page.plan.door.count() > 0)
        return page

    def _show(self, page: RulesPage | DoorPlansPage) -> None:
        self.qtbot.addWidget(page)
        self.made.append(page)
        page.resize(740, 580)
        page.show()
        page.arrive()

    def choose(self, page: RulesPage, name: str) -> None:
        """Type a part of a name in the form and take who is suggested."""
        page.form.who.kind.setCurrentIndex(1)
        chooser = page.form.who.one.chooser
        chooser.setText(name)
        chooser.asked.emit(name)
        self.qtbot.waitUntil(lambda: bool(chooser._suggested))
        chooser.returnPressed.emit()

    def close(self) -> None:
        for page in self.made:
            page.shutdown()
        self.jobs.shutdown()
        self.seeded.close()


@pytest.fixture
def site(qtbot: QtBot, tmp_path: Path) -> Iterator[Site]:
    theme()
    use_language("en")
    made = Site(qtbot, tmp_path / "home")
    yield made
    made.close()
    use_language("en")


def listed(page: RulesPage) -> list[str]:
    model = page.model
    return [model.data(model.index(row, 0)) for row in range(model.rowCount())]


def test_the_first_rule_is_written_and_what_it_means_is_said(site: Site) -> None:
    page = site.rules()
    assert page.lists.currentWidget() is page.empty
    page.empty.button.click()
    form = page.form
    assert form.sentence.text() == "Everybody may enter every door at any time"
    site.choose(page, "li w")
    form.door.set_door("Front door")
    form.always.click()
    form.hours.line.setText("Mon-Fri 08:00-18:00, Sat 09:00-12:00")
    form.hours.edited.emit(form.hours.text)
    words = "Li Wei may enter Front door Mon-Fri 08:00-18:00, Sat 09:00-12:00"
    assert form.sentence.text() == words
    assert form.limits.text() == "not on holidays"
    assert [span.day for span in form.week.spans] == [0, 1, 2, 3, 4, 5]
    page.save.click()
    site.qtbot.waitUntil(lambda: listed(page) == [words])
    message = page.bar.message
    assert message is not None
    assert message.tone == "warn"
    assert message.remedy == (
        "Li Wei may pass where such a rule holds, and nowhere else any more. "
        "No door has run as 'Front door' yet: is that its name?"
    )
    (rule,) = site.policy.rules
    assert rule.person_id == site.people[0].id
    assert rule.added_by == f"{ACTOR.name} ({ACTOR.way})"


def test_what_is_wrong_is_said_where_it_stands_and_nothing_is_stored(site: Site) -> None:
    page = site.rules()
    page.write()
    form = page.form
    form.who.kind.setCurrentIndex(1)
    page.save.click()
    assert form.who._problem.text() == "Choose the person whom the rule is about."
    form.who.kind.setCurrentIndex(0)
    form.always.click()
    form.hours.line.setText("Mon 18:00-08:00")
    form.hours.edited.emit("")
    page.save.click()
    assert "ends before it begins" in form.hours._below.text()
    assert form.sentence.text() == "…"
    assert form.week.spans == ()
    form.always.click()
    form.begins.line.setText("2026-12-24")
    form.ends.line.setText("2026-12-01")
    form.ends.edited.emit("")
    page.save.click()
    assert form.problem.text().startswith("The rule ends before it begins.")
    assert page.pages.currentWidget() is page.editing
    assert site.policy.rules == ()


def test_a_rule_is_changed_in_place(site: Site) -> None:
    text = RuleText(
        Effect.DENY, site.people[1].id, "Store", "Sun 00:00-24:00", valid_until="2026-12-31"
    )
    old = site.book.add(ACTOR, text).rule
    page = site.rules()
    page.table.selectRow(0)
    assert page.shown.sentence.text() == "Ana may not enter Store Sun 00:00-24:00"
    page.edit.click()
    assert page.form.more.open  # it has an end, which is not hidden
    assert page.form.text == RuleText(
        Effect.DENY,
        site.people[1].id,
        "Store",
        "Sun 00:00-24:00",
        old.on_holidays,
        None,
        "2026-12-31",
        "Europe/Berlin",
    )
    page.form.chips[0].click()
    page.save.click()
    site.qtbot.waitUntil(lambda: listed(page) == ["Ana may not enter Store Mon-Fri 08:00-18:00"])
    (rule,) = site.policy.rules
    assert rule.id == old.id
    assert rule.valid_until == old.valid_until


def test_escape_leaves_the_form_without_a_change(site: Site) -> None:
    page = site.rules()
    page.write()
    assert page.escape()
    assert page.pages.currentWidget() is page.listing
    assert not page.escape()
    assert site.policy.rules == ()


def test_a_removed_rule_can_be_put_back(site: Site) -> None:
    rule = site.book.add(ACTOR, RuleText(Effect.ALLOW, site.people[0].id)).rule
    page = site.rules()
    page.table.selectRow(0)
    page.remove.click()
    site.qtbot.waitUntil(lambda: page.undo.button is not None)
    assert site.policy.rules == ()
    message = page.bar.message
    assert message is not None
    assert message.text == "Removed: Li Wei may enter every door at any time."
    assert message.remedy.startswith("No such rule is left for Li Wei: whoever has no rule")
    assert page.undo.button is not None
    page.undo.button.click()
    site.qtbot.waitUntil(lambda: site.policy.rules == (rule,))
    site.qtbot.waitUntil(lambda: len(listed(page)) == 1)


def test_a_rule_that_is_gone_meanwhile_is_told(site: Site) -> None:
    rule = site.book.add(ACTOR, RuleText(Effect.ALLOW)).rule
    page = site.rules()
    page.leave()
    page.table.selectRow(0)
    site.book.remove(ACTOR, rule.id)
    page.edit.click()
    page.save.click()
    site.qtbot.waitUntil(lambda: page.bar.message is not None)
    message = page.bar.message
    assert message is not None
    assert "no rule with the id" in message.text
    assert message.remedy.startswith("Nothing was changed.")
    assert page.save.isEnabled()


def test_what_would_happen_is_told_with_the_reason_and_the_rule(site: Site) -> None:
    site.book.add(
        ACTOR, RuleText(Effect.ALLOW, site.people[0].id, "Front door", "Mon-Fri 08:00-18:00")
    )
    page = site.rules()
    trial = page.trial
    trial.try_button.click()
    assert trial.answer.text() == "Choose the person who comes."
    trial.choose(Named(site.people[0].id, "Li Wei"))
    trial.when.setText("2026-12-22 17:59")  # a Tuesday
    trial.try_button.click()
    site.qtbot.waitUntil(lambda: trial.answer.text() == "Li Wei would be let in at Front door")
    assert "Recognised" in trial.reason.text()
    rule = "By the rule: Li Wei may enter Front door Mon-Fri 08:00-18:00"
    assert trial.rule.text() == rule
    trial.when.setText("2026-12-22 18:00")
    trial.when.returnPressed.emit()
    site.qtbot.waitUntil(lambda: trial.answer.text() == "Li Wei would be kept out at Front door")
    assert trial.reason.text().endswith("You have no access at this time: please ring")
    assert trial.rule.text() == rule
    trial.when.setText("noon")
    trial.try_button.click()
    site.qtbot.waitUntil(lambda: "'noon' is no time." in trial.answer.text())
    trial.door.set_door("Store")
    assert trial._answers_row.isHidden()  # the answer was to another question
    trial.when.setText("")
    trial.try_button.click()
    site.qtbot.waitUntil(lambda: trial.answer.text() == "Li Wei would be kept out at Store")
    assert trial.reason.text().endswith("You have no access at this door: please ring")


def test_rules_are_searched_and_changes_made_elsewhere_appear(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("faceaccess.gui.views.rules.LOOK_EVERY", 20)
    site.book.add(ACTOR, RuleText(Effect.ALLOW, site.people[0].id, note="till summer"))
    page = site.rules()
    site.book.add(ACTOR, RuleText(Effect.DENY, None, "Store"))
    site.qtbot.waitUntil(lambda: len(listed(page)) == 2)
    page.table.selectRow(1)
    assert page.focus_search()
    page.search.setText("store")
    assert listed(page) == ["Everybody may not enter Store at any time"]
    assert page.count.text() == "1 of 2 rules"
    assert page.chosen is not None
    page.search.setText("SUMMER")
    assert listed(page) == ["Li Wei may enter every door at any time"]
    assert page.chosen is None
    assert not page.remove.isEnabled()
    assert page.escape()
    assert len(listed(page)) == 2


def test_the_plan_of_a_door_is_changed_and_checked(site: Site) -> None:
    site.book.put_plan(ACTOR, DoorPlan("Way out", leads_from="office", leads_to="street"))
    page = site.plans()
    card = page.plan
    assert [card.door.itemText(i) for i in range(card.door.count())] == ["Front door", "Way out"]
    card.door.set_door("Way out")
    assert (card.leads_from.text, card.leads_to.text) == ("office", "street")
    assert not card.save.isEnabled()
    card.leads_to.line.setText("office")
    card.leads_to.edited.emit("office")
    assert card.problem.text().startswith("The door leads from office to the same area.")
    assert not card.save.isEnabled()
    card.undo.click()
    card.passback.setCurrentIndex(2)
    card.tries.setValue(3)
    card.alike.click()
    card.hours.setValue(8)
    card.save.click()
    wanted = DoorPlan("Way out", Passback.HARD, "office", "street", 8.0, 3, True)  # in order
    site.qtbot.waitUntil(lambda: site.policy.plan("Way out") == wanted)
    site.qtbot.waitUntil(lambda: not card.save.isEnabled())


def told(page: DoorPlansPage) -> str:
    return "" if page.bar.message is None else page.bar.message.text


def test_holidays_come_from_a_file_wholly_or_not_at_all(site: Site, tmp_path: Path) -> None:
    before = (Holiday(date(2026, 5, 1), "May Day"),)
    site.book.put_holidays(ACTOR, before)
    page = site.plans()
    shown = page.holidays.list
    site.qtbot.waitUntil(lambda: shown.count() == 1)
    assert shown.item(0).text() == "Fri, 1 May 2026: May Day"
    cut = tmp_path / "cut.csv"
    cut.write_text("date,name\n2026-12-25,Christmas\n2026-12", encoding="utf-8")
    page.take_file(cut)
    site.qtbot.waitUntil(lambda: page.bar.message is not None)
    assert page.bar.message is not None
    assert "looks cut" in page.bar.message.text
    assert site.policy.holidays == before
    page.take_file(tmp_path / "none.csv")
    site.qtbot.waitUntil(lambda: "none.csv cannot be read" in told(page))
    whole = tmp_path / "whole.csv"
    whole.write_text("date,name\n2026-12-25,Christmas\n2026-12-26,\n", encoding="utf-8")
    page.take_file(whole)
    site.qtbot.waitUntil(lambda: shown.count() == 2)
    assert page.undo_button is not None
    page.undo_button.click()
    site.qtbot.waitUntil(lambda: site.policy.holidays == before)
    site.qtbot.waitUntil(lambda: shown.count() == 1)
    page.holidays.clear.click()
    site.qtbot.waitUntil(lambda: site.policy.holidays == ())
    site.qtbot.waitUntil(lambda: not page.holidays.clear.isEnabled())


@pytest.mark.parametrize("language", ["en", "zh_CN", LONGER])
def test_every_control_has_a_name_and_all_fits(site: Site, language: str) -> None:
    site.book.add(ACTOR, RuleText(Effect.ALLOW, site.people[0].id, hours="Mon 08:00-12:00"))
    use_language(language)
    rules, plans = site.rules(), site.plans()
    rules.table.selectRow(0)
    assert unnamed(rules) == []
    assert unnamed(plans) == []
    room = 960 - 172 - 48 if language != LONGER else 1280 - 258 - 48
    for page in (rules, plans):
        assert page.minimumSizeHint().width() <= room
