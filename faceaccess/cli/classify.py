"""`faceaccess classify`: what do these pictures show, of the classes that a model has learned?"""

from pathlib import Path

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.pipeline.results import Picture

_SHOWN = 5


@click.command(epilog=examples("faceaccess classify faces.model new-1.jpg new-2.jpg --json"))
@common
@click.argument("model", metavar="MODEL")
@click.argument("pictures", metavar="PICTURE...", nargs=-1, required=True)
@click.option(
    "--top",
    metavar="N",
    type=click.IntRange(1),
    default=_SHOWN,
    show_default=True,
    help="How many of the likeliest classes are told.",
)
@pass_state
def classify(state: State, model: str, pictures: tuple[str, ...], top: int) -> int:
    """Name what pictures show, with a model that `faceaccess train` wrote.

    Every picture gets the likeliest of the classes that the model has learned, also one that shows
    none of them. A picture that cannot be read is told, the others are answered all the same, and
    the exit code is 1.
    """
    from faceaccess.cli.training_records import classified_record

    classifier = state.app_without_data.picture_training.classifier(Path(model))
    failed = False
    for name in pictures:
        result = classifier.classify(Picture(name, Path(name)))
        failed |= result.error is not None
        if state.json:
            output.json_line(classified_record(result, top))
        elif result.error is not None:
            output.say(f"{name}: {result.error}")
        else:
            named = [f"{label} ({100 * share:.1f} %)" for label, share in result.top[:top]]
            others = f"; {', '.join(named[1:])}" if named[1:] else ""
            output.answer(f"{name}: {named[0]}{others}")
    return 1 if failed else 0
