from pathlib import Path

from faceaccess.core.home import DataHome
from faceaccess.core.resources import resource_folder


def test_only_the_database_looks_like_a_database(tmp_path: Path) -> None:
    home = DataHome(tmp_path)
    paths = [getattr(home, name) for name in dir(DataHome) if not name.startswith("_")]
    assert home.database.name == "faceaccess.sqlite3"
    for path in paths:
        assert path == tmp_path or tmp_path in path.parents or path == home.root
        if path != home.database:
            assert path.suffix != ".db"
            assert not path.suffix.startswith(".sqlite")


def test_shipped_files_are_found_in_a_checkout() -> None:
    assert (resource_folder("models") / "manifest.toml").is_file()
    assert resource_folder("assets").is_dir()
