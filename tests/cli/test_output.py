"""What goes to the terminal, and what it must not be able to do to it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.cli import output
from faceaccess.core.progress import Progress


@given(st.dictionaries(st.text(st.characters()), st.text(st.characters(codec=None))))
def test_a_json_line_is_one_line_of_utf8_that_says_the_same(record: dict[str, str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        written: list[bytes] = []
        patch.setattr(output.click, "echo", written.append)
        output.json_line(record)
    (line,) = written
    assert b"\n" not in line
    assert json.loads(line.decode()) == record


def test_names_are_readable_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    output.json_line({"name": "李伟"})
    assert capsys.readouterr().out == '{"name": "李伟"}\n'


def test_not_a_number_is_never_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        output.json_line({"similarity": float("nan")})


def test_a_file_name_cannot_steer_the_terminal() -> None:
    assert output.plain("a\x1b[2Jb\r.jpg") == "a\\x1b[2Jb\\r.jpg"
    assert output.plain("李伟 محمد") == "李伟 محمد"


def test_a_table_in_a_pipe_cuts_nothing_and_takes_names_literally(
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = "[bold]" + "x" * 300
    output.table(("Name", "ID"), [(name, "0123456789" * 5), (None, 7)])
    shown = capsys.readouterr().out
    assert name in shown
    assert "0123456789" * 5 in shown
    assert len(shown.splitlines()) == 3


def test_progress_without_a_terminal_is_a_line_a_stage_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def job():  # type: ignore[no-untyped-def]  # a Job[str]
        yield Progress("Reading", 1, 1000)
        yield Progress("Reading", 2, 1000)
        yield Progress("Training")
        return "done"

    assert output.run_job(job()) == "done"
    shown = capsys.readouterr()
    assert shown.err.splitlines() == ["Reading (1,000) ...", "Training ..."]
    assert shown.out == ""


def test_ctrl_c_closes_the_job() -> None:
    closed = []

    def job():  # type: ignore[no-untyped-def]  # a Job[None]
        try:
            yield Progress("Reading", 1, 2)
            raise KeyboardInterrupt
        finally:
            closed.append(True)

    with pytest.raises(KeyboardInterrupt):
        output.run_job(job())
    assert closed == [True]
