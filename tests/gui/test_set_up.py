"""Set-up: camera with its picture, threshold, the generated form, models, folder, checks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot
from seeded import ACTOR, unnamed

from faceaccess.app import App, build
from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.head_tests import HeadScore
from faceaccess.core.progress import Job, Progress
from faceaccess.core.settings import Settings
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import LONGER, use_language
from faceaccess.gui.views.set_up import SetUpView
from faceaccess.gui.widgets.settings_form import ELSEWHERE, SettingField, bounds_words, groups
from faceaccess.gui.worker import JobRunner
from faceaccess.learn.calibration import calibrate
from faceaccess.learn.det import det_curve
from faceaccess.learn.open_set import Attempts
from faceaccess.pipeline.results import Calibration, Check, SetAside


@dataclass(frozen=True)
class Found:
    address: str
    name: str


@pytest.fixture
def app(home: Path) -> Iterator[App]:
    app = build(home)
    app.settings.set(ACTOR, "camera", "demo:")
    yield app
    app.close()


class FakeCalibrating:
    """Two hundred strangers and ten pictures whose scores are known; the real arithmetic."""

    def __init__(self) -> None:
        self.strangers = 200
        self.asked: list[float] = []
        self.applied: list[float] = []
        self.set_aside: tuple[SetAside, ...] = ()
        self.error: KnownError | None = None

    def estimate(self, risk: float) -> Job[Calibration]:
        self.asked.append(risk)
        yield Progress("Scoring")
        if self.error is not None:
            raise self.error
        return self._found(risk, applied=False)

    def apply(self, actor: Actor, risk: float) -> Job[Calibration]:
        self.applied.append(risk)
        yield Progress("Scoring")
        return self._found(risk, applied=True)

    def _found(self, risk: float, *, applied: bool) -> Calibration:
        count = self.strangers
        scores = np.arange(count) / (2.0 * count)  # up to 0.5
        strangers = Attempts(tuple(f"s{n}" for n in range(count)), scores, ("a",) * count)
        own = Attempts(("a",) * 10, 0.42 + np.arange(10) / 50.0, ("a",) * 10)
        estimate = calibrate(strangers, own, risk, people=4)
        curve = det_curve(strangers, own)
        test = HeadScore(1, 4, estimate.threshold, 80, 1, 10, 9, 0)
        return Calibration(
            estimate,
            estimate.threshold,
            curve,
            strangers,
            own,
            "picture",
            False,
            test,
            self.set_aside,
            applied,
        )


@pytest.fixture
def risks() -> FakeCalibrating:
    return FakeCalibrating()


@pytest.fixture
def make_view(
    qtbot: QtBot, app: App, monkeypatch: pytest.MonkeyPatch, risks: FakeCalibrating
) -> Iterator[Callable[..., SetUpView]]:
    theme()
    runner = JobRunner()
    made: list[SetUpView] = []
    monkeypatch.setattr(
        app.doctor,
        "run",
        lambda: (Check("camera", False, "Busy."), Check("weights", True, "Here.")),
    )

    def make(default: Callable[[], float | None] = lambda: 0.5) -> SetUpView:
        view = SetUpView(
            settings=app.settings,
            calibrating=risks,
            models=app.models,
            doctor=app.doctor,
            find_cameras=lambda: [Found("0", "Webcam"), Found("2", "USB camera")],
            open_feed=lambda address, name: app.cameras.subscribe(address, name=name),
            default_threshold=default,
            runner=runner,
            actor=ACTOR,
            home=app.home,
            clock=app.clock,
        )
        qtbot.addWidget(view)
        view.resize(1100, 800)
        view.show()
        view.arrive()
        made.append(view)
        qtbot.waitUntil(lambda: view.camera.address.text == app.settings.get().camera)
        return view

    yield make
    for view in made:
        view.shutdown()
    runner.shutdown()


def test_every_setting_is_in_the_form_exactly_once() -> None:
    shown = [name for _, names in groups() for name in names]
    assert sorted([*shown, *ELSEWHERE]) == sorted(Settings.model_fields)


def test_a_field_is_made_of_its_declaration(qtbot: QtBot) -> None:
    theme()
    for name, field in Settings.model_fields.items():
        made = SettingField(name)
        qtbot.addWidget(made)
        assert made.control.accessibleName() == field.title
        assert made.control.accessibleDescription() == field.description
    kinds = {name: type(SettingField(name).control) for name in ("theme", "colour", "visit_gap")}
    assert issubclass(kinds["theme"], QComboBox)
    assert kinds["colour"] is QCheckBox
    assert kinds["visit_gap"] is QLineEdit
    assert bounds_words("visit_gap") == "0.2 to 10 s"
    assert bounds_words("min_brightness") == "0 to 255"  # its unit is its range


def test_values_in_force_are_shown_and_changes_are_stored(
    qtbot: QtBot, make_view: Callable[..., SetUpView], app: App
) -> None:
    view = make_view()
    gap = view.fields["visit_gap"]
    assert isinstance(gap.control, QLineEdit)
    qtbot.waitUntil(lambda: gap.control.text() == "1")
    gap.control.setFocus()
    gap.control.selectAll()
    qtbot.keyClicks(gap.control, "2.5")
    with qtbot.waitSignal(view.settings_changed):
        QTest.keyClick(gap.control, Qt.Key.Key_Return)
    assert app.settings.get().visit_gap == 2.5
    colour = view.fields["colour"]
    assert isinstance(colour.control, QCheckBox)
    with qtbot.waitSignal(view.settings_changed):
        colour.control.click()
    assert app.settings.get().colour is True
    assert view.bar.message is not None
    assert view.bar.message.text == "Saved: Colour crops."


def test_a_value_out_of_bounds_is_told_at_the_field_and_not_stored(
    qtbot: QtBot, make_view: Callable[..., SetUpView], app: App
) -> None:
    view = make_view()
    gap = view.fields["visit_gap"]
    assert isinstance(gap.control, QLineEdit)
    gap.control.setFocus()
    for wrong in ("99", "soon", ""):
        gap.control.selectAll()
        QTest.keyClick(gap.control, Qt.Key.Key_Delete)
        qtbot.keyClicks(gap.control, wrong)
        QTest.keyClick(gap.control, Qt.Key.Key_Return)
        assert gap.problem == "It must be 0.2 to 10 s."
        assert gap.control.property("invalid") == "true"
    assert app.settings.get().visit_gap == 1.0


def test_a_setting_that_cannot_be_stored_is_told(
    qtbot: QtBot, make_view: Callable[..., SetUpView], app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = make_view()

    def full(*_args: object) -> Settings:
        raise KnownError("The disk is full.", "Make room.")

    monkeypatch.setattr(app.settings, "set", full)
    box = view.fields["theme"].control
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(2)
    box.activated.emit(2)
    qtbot.waitUntil(lambda: view.fields["theme"].problem == "The disk is full. Make room.")
    qtbot.waitUntil(lambda: box.currentData() == "system")  # back to what is in force


def test_the_wheel_scrolls_the_page_and_changes_no_choice(
    qtbot: QtBot, make_view: Callable[..., SetUpView], app: App
) -> None:
    view = make_view()
    box = view.fields["theme"].control
    assert isinstance(box, QComboBox)
    box.setFocus()
    turn = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, turn)
    assert box.currentData() == "system"
    assert app.settings.get().theme == "system"


def test_the_cameras_picture_stands_beside_the_choice(
    qtbot: QtBot, make_view: Callable[..., SetUpView]
) -> None:
    view = make_view()
    qtbot.waitUntil(lambda: view.camera.picture.has_frame, timeout=20_000)
    assert view.camera.state.text() == "It gives pictures of 640 x 480."
    qtbot.waitUntil(lambda: view.camera.found.count() == 3)
    assert view.camera.found.currentData() == "demo:"
    assert not view.camera.use.isEnabled()
    view.leave()
    assert not view.camera.picture.has_frame


def test_another_camera_is_tried_before_it_is_used(
    qtbot: QtBot,
    make_view: Callable[..., SetUpView],
    app: App,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    view = make_view()
    missing = str(tmp_path / "nothing.mp4")
    view.camera.address.line.setFocus()
    view.camera.address.line.selectAll()
    qtbot.keyClicks(view.camera.address.line, missing)
    assert view.camera.use.isEnabled()
    view.camera.look.click()
    qtbot.waitUntil(lambda: "nothing.mp4" in view.camera.state.text(), timeout=20_000)
    assert view.camera.state.property("tone") == "danger"
    assert app.settings.get().camera == "demo:"
    with qtbot.waitSignal(view.settings_changed):
        view.camera.use.click()
    assert app.settings.get().camera == missing


def test_a_camera_that_is_seen_is_well_though_the_check_finds_it_busy(
    qtbot: QtBot, make_view: Callable[..., SetUpView]
) -> None:
    view = make_view()
    qtbot.waitUntil(lambda: view.camera.gives_pictures, timeout=20_000)
    view.checks.again.click()
    qtbot.waitUntil(lambda: view.checks.sum.text() == "All is well.")
    view.camera.stop()
    view.checks.again.click()
    qtbot.waitUntil(lambda: view.checks.sum.text() == "1 of 2 checks found something.")


def test_the_threshold_is_told_as_a_risk(
    qtbot: QtBot, make_view: Callable[..., SetUpView], app: App
) -> None:
    view = make_view()
    view.risk.fold.unfold(open_=True)
    card = view.threshold
    qtbot.waitUntil(lambda: "1 stranger picture in 1,000" in card.measured.text())
    assert card.risk.text() == "Empty: the measured default is used."
    card.field.line.setFocus()
    qtbot.keyClicks(card.field.line, "0.4")
    assert card.risk.text() == "Lower than measured: more strangers pass."
    with qtbot.waitSignal(view.settings_changed):
        QTest.keyClick(card.field.line, Qt.Key.Key_Return)
    assert app.settings.get().threshold == 0.4
    card.field.line.selectAll()
    qtbot.keyClicks(card.field.line, "7")
    assert card.field.line.property("invalid") == "true"
    with qtbot.waitSignal(view.settings_changed):
        card.reset.click()
    assert app.settings.get().threshold is None


def test_a_risk_is_stated_in_words_found_out_and_put_in_force(
    qtbot: QtBot, make_view: Callable[..., SetUpView], risks: FakeCalibrating
) -> None:
    view = make_view()
    card = view.risk
    qtbot.waitUntil(lambda: "No risk is stated" in card.state.text())
    card.chips.chips[0].click()
    card.find_out.click()
    qtbot.waitUntil(card.promise.isVisible)
    assert risks.asked == [0.01]
    assert card.promise.text() == "At most 1 in 100 strangers gets in, with 95 % confidence."
    assert "strangers is let in" in card.meaning.text()
    assert "200 strangers of this site" in card.stands.text()
    assert card.tested.text().endswith("1 of 80 got in.")
    assert not card.more.isVisible()
    assert risks.applied == []
    with qtbot.waitSignal(view.settings_changed):
        card.apply.click()
    assert risks.applied == [0.01]
    assert not card.apply.isVisible()
    assert view.bar.message is not None
    assert view.bar.message.text.startswith("The risk is in force.")


def test_what_cannot_be_promised_is_said_with_what_is_missing(
    qtbot: QtBot, make_view: Callable[..., SetUpView], risks: FakeCalibrating
) -> None:
    view = make_view()
    card = view.risk
    risks.set_aside = (SetAside("s1", "visitor of 3 May", "p1", "Li Wei", 0.8),)
    card.field.setFocus()
    qtbot.keyClicks(card.field, "1/4000")
    QTest.keyClick(card.field, Qt.Key.Key_Return)
    qtbot.waitUntil(card.promise.isVisible)
    assert risks.asked == [1 / 4000]
    # Half a stranger must be expected over the threshold: 2,000 must calibrate, 200 do, and half
    # of those who are added will.
    assert card.promise.text() == (
        "Cannot promise 1 in 4,000: add about 3,600 strangers, of whom a half finds the threshold."
    )
    assert card.apply.text() == "Put it in force all the same"
    assert "visitor of 3 May is Li Wei" in card.aside.text()
    with qtbot.waitSignal(view.asked_for) as asked:
        card.more.click()
    assert asked.args == ["people/strangers"]
    card.field.selectAll()
    qtbot.keyClicks(card.field, "1/500")
    assert not card.promise.isVisible()  # it was about another risk


@pytest.mark.parametrize("written", ["0", "1/0", "2", "abc", "1/1"])
def test_no_risk_is_no_risk(
    qtbot: QtBot, make_view: Callable[..., SetUpView], risks: FakeCalibrating, written: str
) -> None:
    card = make_view().risk
    qtbot.keyClicks(card.field, written)
    assert card.problem.isVisible()
    assert not card.find_out.isEnabled()
    QTest.keyClick(card.field, Qt.Key.Key_Return)
    assert risks.asked == []


def test_too_few_strangers_are_said_and_the_door_goes_on(
    qtbot: QtBot, make_view: Callable[..., SetUpView], risks: FakeCalibrating
) -> None:
    view = make_view()
    risks.error = KnownError("There are only 3 strangers to calibrate with.", "Add pictures.")
    view.risk.find_out.click()
    qtbot.waitUntil(lambda: view.bar.message is not None)
    assert view.bar.message is not None
    assert view.bar.message.text == "There are only 3 strangers to calibrate with."
    assert "goes on with the threshold" in view.bar.message.remedy
    assert not view.risk.job.isVisible()


def test_without_weights_no_default_is_claimed(
    qtbot: QtBot, make_view: Callable[..., SetUpView]
) -> None:
    def missing() -> float:
        raise KnownError("The weights are missing.")

    view = make_view(missing)
    qtbot.waitUntil(lambda: "No default" in view.threshold.measured.text())
    assert view.threshold.risk.text() == ""


def test_models_are_listed_and_a_file_is_trusted(
    qtbot: QtBot, make_view: Callable[..., SetUpView], app: App, tmp_path: Path
) -> None:
    view = make_view()
    qtbot.waitUntil(lambda: view.models.which.count() > 0, timeout=20_000)
    names = {info.name for info in view.models._shown}
    assert {"yunet", "sface"} <= names
    view.models.trusting.emit(tmp_path / "nothing.pt", "facenet")
    qtbot.waitUntil(lambda: view.bar.message is not None)
    assert view.bar.message is not None
    assert "nothing.pt" in view.bar.message.text
    weights = tmp_path / "mine.pt"
    weights.write_bytes(b"weights")
    view.models.trusting.emit(weights, "facenet")
    qtbot.waitUntil(lambda: view.bar.message is not None and view.bar.message.tone == "ok")
    assert any(info.name == "facenet" and info.sha256 for info in app.models.list())


def test_the_data_folder_is_named_and_copied(make_view: Callable[..., SetUpView], app: App) -> None:
    view = make_view()
    assert view.folder.path.text() == str(app.home.root)
    view.folder.copy.click()
    assert QApplication.clipboard().text() == str(app.home.root)


@pytest.mark.parametrize("language", ["en", LONGER])
def test_every_control_has_a_name(
    qtbot: QtBot, make_view: Callable[..., SetUpView], language: str
) -> None:
    use_language(language)
    try:
        view = make_view()
        assert unnamed(view) == []
        view.resize(690, 560)
        qtbot.waitUntil(lambda: view.risk.width() <= 690)
    finally:
        use_language("en")
