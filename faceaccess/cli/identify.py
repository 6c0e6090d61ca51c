"""`faceaccess identify`: who is in these pictures?"""

from pathlib import Path

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.records import identified_record
from faceaccess.pipeline.results import Identified, IdentifiedFace, Picture


@click.command(epilog=examples("faceaccess identify visitor.jpg --json"))
@common
@click.argument("pictures", metavar="PICTURE...", nargs=-1, required=True)
@pass_state
def identify(state: State, pictures: tuple[str, ...]) -> int:
    """Name the people in pictures.

    Every face gets a line with the name, or "not known", and how similar it is. Poor quality is
    remarked on, but no name is withheld for it. A picture that cannot be read is told, the others
    are answered all the same, and the exit code is 1.
    """
    failed = False
    for name in pictures:
        result = state.app.identify.identify(Picture(name, Path(name)))
        failed |= result.error is not None
        if state.json:
            output.json_line(identified_record(result))
        else:
            _tell(result)
    return 1 if failed else 0


def _tell(result: Identified) -> None:
    if result.error is not None:
        output.say(f"{result.picture}: {result.error}")
    elif not result.faces:
        output.answer(f"{result.picture}: no face found")
    for face in result.faces:
        x, y, width, height = face.box
        output.answer(
            f"{result.picture}: {face.person or 'not known'}{_similarity(face)}, "
            f"at {x}, {y}, {width} x {height}: {face.reason}"
        )


def _similarity(face: IdentifiedFace) -> str:
    if face.similarity is None:
        return ""
    return f" ({face.similarity:.2f}, needs {face.threshold:.2f})"
