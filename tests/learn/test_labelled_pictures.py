"""Listing pictures with their classes: folders, CSV files, and everything that is not taken."""

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from picture_folders import lay_out, noise, save

from faceaccess.core.errors import KnownError
from faceaccess.learn.labelled_pictures import MAX_CLASS_NAME, class_key, list_labelled

COMPOSED = unicodedata.normalize("NFC", "José")
DECOMPOSED = unicodedata.normalize("NFD", "José")


def reasons(root: Path) -> dict[str, str]:
    return {os.path.relpath(one.picture, root): one.reason for one in list_labelled(root).rejected}


def test_class_folders(tmp_path: Path) -> None:
    lay_out(tmp_path, dog=2, cat=1)
    save(tmp_path / "dog" / "deep" / "er" / "x.PNG", noise(7))
    listed = list_labelled(tmp_path)
    assert listed.classes == ("cat", "dog")
    assert [str(path.relative_to(tmp_path)) for path in listed.files] == [
        "cat/0.png",
        "dog/0.png",
        "dog/1.png",
        "dog/deep/er/x.PNG",
    ]
    assert listed.labels.tolist() == [0, 1, 1, 1]
    assert listed.rejected == ()


def test_what_lies_about_is_rejected_and_hidden_things_are_passed_over(tmp_path: Path) -> None:
    lay_out(tmp_path, ann=1, bob=1)
    (tmp_path / "README.txt").write_text("about the data")
    save(tmp_path / "loose.png", noise(1))
    (tmp_path / "ann" / "notes.txt").write_text("not a picture")
    (tmp_path / "ann" / "no_ending").write_bytes(b"")
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    save(tmp_path / ".hidden" / "x.png", noise(2))
    save(tmp_path / "ann" / ".thumbnails" / "x.png", noise(3))
    (tmp_path / "ann" / ".DS_Store").write_bytes(b"")
    assert reasons(tmp_path) == {
        "loose.png": "It lies in no class's folder.",
        "ann/notes.txt": "Its ending is not that of a picture.",
        "ann/no_ending": "Its ending is not that of a picture.",
        "empty": "There is no picture in this folder.",
    }
    assert list_labelled(tmp_path).classes == ("ann", "bob")


def test_links_are_not_followed_out_of_the_folder_nor_into_loops(tmp_path: Path) -> None:
    outside = save(tmp_path / "outside" / "secret.png", noise(1))
    root = lay_out(tmp_path / "data", ann=1, bob=1)
    (root / "elsewhere").symlink_to(tmp_path / "outside")
    (root / "ann" / "loop").symlink_to(root)
    (root / "ann" / "out.png").symlink_to(outside)
    (root / "ann" / "itself.png").symlink_to(root / "ann" / "itself.png")
    (root / "bob" / "inside.png").symlink_to(root / "bob" / "0.png")
    listed = list_labelled(root)
    assert [path.name for path in listed.files] == ["0.png", "0.png", "inside.png"]
    assert listed.classes == ("ann", "bob")
    assert reasons(root) == {
        "elsewhere": "It is a link to a folder, which is not followed.",
        "ann/loop": "It is a link to a folder, which is not followed.",
        "ann/out.png": "It is a link out of the folder, which is not followed.",
        "ann/itself.png": "It is a link out of the folder, which is not followed.",
    }


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    lay_out(tmp_path / "data", ann=1, bob=1)
    (tmp_path / "link").symlink_to(tmp_path / "data")
    assert len(list_labelled(tmp_path / "link").files) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    lay_out(tmp_path, ann=1, bob=1)
    locked = tmp_path / "ann" / "locked"
    locked.mkdir(mode=0o000)
    try:
        assert reasons(tmp_path) == {"ann/locked": "The folder cannot be read: Permission denied."}
        tmp_path.chmod(0o000)
        with pytest.raises(KnownError, match="cannot be read: Permission denied"):
            list_labelled(tmp_path)
    finally:
        tmp_path.chmod(0o700)
        locked.chmod(0o700)


def test_a_folder_that_fails_when_listed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(tmp_path, ann=1, bob=1)
    (tmp_path / "ann" / "broken").mkdir()
    scan = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "broken":
            raise OSError(5, "Input/output error")
        return scan(path)

    monkeypatch.setattr("os.scandir", scandir)
    assert reasons(tmp_path) == {"ann/broken": "The folder cannot be read: Input/output error."}


def test_sources_without_pictures(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match=r"has no folders in it\. Give each class a folder"):
        list_labelled(tmp_path)
    with pytest.raises(KnownError, match=r"There is no .*missing"):
        list_labelled(tmp_path / "missing")
    (tmp_path / "ann").mkdir()
    (tmp_path / "bob").mkdir()
    with pytest.raises(KnownError, match="There are no pictures to learn from"):
        list_labelled(tmp_path)


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        ("Ann", "ann", "classes Ann and ann, which differ in upper and lower case alone"),
        ("ÅSA", "åsa", "upper and lower case"),
        (COMPOSED, DECOMPOSED, "the way its accents are stored"),
        (COMPOSED.upper(), DECOMPOSED, "upper and lower case"),
    ],
)
def test_two_spellings_of_one_class_are_refused(
    tmp_path: Path, one: str, other: str, says: str
) -> None:
    save(tmp_path / one / "0.png", noise(0))
    save(tmp_path / other / "0.png", noise(1))
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("this file system takes them for one folder itself")
    with pytest.raises(KnownError, match=says):
        list_labelled(tmp_path)
    source = tmp_path / "list.csv"
    source.write_text(f"picture,label\na.png,{one}\nb.png,{other}\n", "utf-8")
    with pytest.raises(KnownError, match=says):
        list_labelled(source)


def test_names_that_differ_in_more_are_two_classes(tmp_path: Path) -> None:
    lay_out(tmp_path, Weiss=1, Weiß=1)
    assert list_labelled(tmp_path).classes == ("Weiss", "Weiß")


def test_classes_are_called_by_their_composed_form(tmp_path: Path) -> None:
    save(tmp_path / DECOMPOSED / "0.png", noise(0))
    assert list_labelled(tmp_path).classes == (COMPOSED,)


def test_a_csv_file(tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    source.write_bytes(
        "\ufeffLabel; Picture \r\ndog;pics/1.png\r\n  cat ;/abs/2.png\r\n;3.png\r\n"
        f"dog;\r\n{'x' * 300};4.png\r\na\x01b;5.png\r\n\r\ndog;../6.png\r\n".encode()
    )
    listed = list_labelled(source)
    assert listed.classes == ("cat", "dog")
    assert listed.files == (
        tmp_path / "pics" / "1.png",
        Path("/abs/2.png"),
        tmp_path / ".." / "6.png",
    )
    assert listed.labels.tolist() == [1, 0, 1]
    assert [(one.picture, one.reason) for one in listed.rejected] == [
        (f"{source}, line 4", "The label is empty."),
        (f"{source}, line 5", "The picture is empty."),
        (
            f"{source}, line 6",
            f"The label has 300 characters; at most {MAX_CLASS_NAME} are allowed.",
        ),
        (f"{source}, line 7", "The label has characters in it that cannot be shown."),
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no column picture and no column label"),
        (b"name,picture\n", r"no column label\. The first line must be picture,label\.$"),
        (b"picture,label\n", "There are no pictures"),
        (b"picture,label\n,dog\n", "line 2: The picture is empty"),
        ("picture,label\na.png,José\n".encode("latin-1"), "is not UTF-8"),
        (b'picture,label\n"a.png,dog\n', "is not proper CSV"),
    ],
)
def test_csv_files_that_are_none(tmp_path: Path, data: bytes, says: str) -> None:
    source = tmp_path / "list.csv"
    source.write_bytes(data)
    with pytest.raises(KnownError, match=says):
        list_labelled(source)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_list_or_a_known_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    source = tmp_path_factory.mktemp("csv") / "list.csv"
    source.write_bytes(b"picture,label\n" + data)
    try:
        listed = list_labelled(source)
    except KnownError:
        return  # anything else that is raised fails the test
    assert len(listed.files) == len(listed.labels) > 0
    assert set(listed.labels.tolist()) == set(range(len(listed.classes)))
    assert len({class_key(name) for name in listed.classes}) == len(listed.classes)


@pytest.mark.skipif(os.name == "nt", reason="names there are always text")
def test_a_folder_whose_name_is_no_text(tmp_path: Path) -> None:
    lay_out(tmp_path, ann=1, bob=1)
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    try:
        save(folder / "0.png", noise(5))
    except OSError:
        pytest.skip("this file system takes text only")
    listed = list_labelled(tmp_path)
    assert listed.classes == ("ann", "bob")
    assert "cannot be shown" in listed.rejected[0].reason
