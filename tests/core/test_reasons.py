from faceaccess.core.reasons import SENTENCES, Reason


def test_every_reason_has_its_own_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
    assert len(set(SENTENCES.values())) == len(SENTENCES)
    for sentence in SENTENCES.values():
        assert sentence
        assert sentence[0].isupper()
        assert not sentence.endswith(".")
