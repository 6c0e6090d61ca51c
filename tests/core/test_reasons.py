from pathlib import Path

from faceaccess.core.reasons import SENTENCES, Reason


def test_every_reason_has_its_own_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
    assert len(set(SENTENCES.values())) == len(SENTENCES)
    for sentence in SENTENCES.values():
        assert sentence
        assert sentence[0].isupper()
        assert not sentence.endswith(".")


def test_the_table_of_reasons_has_them_all_with_their_sentences() -> None:
    document = (Path(__file__).parents[2] / "docs" / "door.md").read_text("utf-8")
    rows = [line for line in document.splitlines() if line.startswith("| `")]
    for reason, sentence in SENTENCES.items():
        assert any(f"`{reason.value}`" in row and f"| {sentence} |" in row for row in rows), reason
