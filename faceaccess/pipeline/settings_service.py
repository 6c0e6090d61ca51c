"""Settings of the program (`settings.json`) and of the data (database), as one `Settings`."""

import json
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.settings import Settings, changed, scope_of
from faceaccess.store.protocol import Store

_log = logging.getLogger(__name__)


class SettingsService:
    """Reads and writes settings where each belongs.

    Args:
        home: the data folder; `settings.json` is in it.
        store: opens the store; not called by `get` while there is no database yet.
    """

    def __init__(self, home: DataHome, store: Callable[[], Store]) -> None:
        self._home = home
        self._store = store
        self._writing = threading.Lock()

    def get(self) -> Settings:
        """Return the settings in force.

        Raises:
            KnownError: if `settings.json` or a stored value cannot be read; nothing is overwritten.
        """
        program = self._program()
        data = self._store().settings() if self._home.database.exists() else {}
        return self._valid(program, data)

    def set(self, actor: Actor, name: str, text: str) -> Settings:
        """Change one setting to a value as a person types it and return all.

        Raises:
            KnownError: if there is no such setting, the value is not of its type or bounds,
                it cannot be stored, or it is a risk: that comes with a threshold found for it.
        """
        value = getattr(changed(Settings(), name, text), name)
        if name == "risk" and value is not None:
            raise KnownError(
                "A risk is stated together with the threshold that is found for it.",
                f"`faceaccess calibrate --risk {text.strip()} --apply` does both.",
            )
        self._keep(name, value)
        _log.info("%s (%s) set %s", actor.name, actor.way, name)
        return self.get()

    def reset(self, actor: Actor, name: str) -> Settings:
        """Set one setting back to its default and return all.

        Raises:
            KnownError: if there is no such setting, or it cannot be stored.
        """
        scope_of(name)
        self._keep(name, Settings.model_fields[name].default)
        _log.info("%s (%s) reset %s", actor.name, actor.way, name)
        return self.get()

    def _keep(self, name: str, value: object) -> None:
        if scope_of(name) == "data":
            with self._store().transaction() as transaction:
                transaction.put_settings({name: value})
        else:
            with self._writing:
                self._write_program({**self._program(), name: value})

    def _program(self) -> dict[str, Any]:
        path = self._home.settings_file
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise _unreadable(path, str(error)) from error
        if not isinstance(values, dict):
            raise _unreadable(path, "it is not a table of names and values")
        for name in values:
            if name not in Settings.model_fields or scope_of(name) != "program":
                raise _unreadable(path, f"{name!r} is not a setting of the program")
        return values

    def _valid(self, program: dict[str, Any], data: dict[str, Any]) -> Settings:
        known = {name: value for name, value in data.items() if name in Settings.model_fields}
        try:
            return Settings.model_validate({**known, **program})
        except ValidationError as error:
            problem = error.errors()[0]
            name = str(problem["loc"][0]) if problem["loc"] else "?"
            text = f"{name} is {problem.get('input')!r}: {problem['msg']}"
            if name in program:
                raise _unreadable(self._home.settings_file, text) from error
            raise KnownError(
                f"A stored setting cannot be used: {text}.",
                f"`faceaccess settings set {name} VALUE` mends it.",
            ) from error

    def _write_program(self, values: dict[str, Any]) -> None:
        path = self._home.settings_file
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # The user's alone: a camera's address may have its password in it.
            part.unlink(missing_ok=True)
            handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                json.dump(values, out, indent=2, ensure_ascii=False)
                out.write("\n")
                out.flush()
                os.fsync(out.fileno())
            part.replace(path)
        except OSError as error:
            raise KnownError(
                f"{path} cannot be written: {error.strerror or error}.",
                "Check the folder's rights and the free space.",
            ) from error
        finally:
            part.unlink(missing_ok=True)


def _unreadable(path: Path, why: str) -> KnownError:
    return KnownError(
        f"The settings in {path} cannot be read: {why}.",
        "Mend the file, or move it away to start from the defaults.",
    )
