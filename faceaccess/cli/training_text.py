"""What `train` and `compare` tell of the pictures, before they train on them."""

from faceaccess.cli import output
from faceaccess.cli.options import State
from faceaccess.cli.training_records import rejected_record
from faceaccess.core.counting import counted
from faceaccess.pipeline.picture_training import PicturesForTraining


def tell_pictures(state: State, pictures: PicturesForTraining) -> None:
    """Name the pictures that are left out, what is odd about the others, and how many there are."""
    for one in pictures.rejected:
        if state.json:
            output.json_line(rejected_record(one))
        else:
            output.say(f"Left out: {one.picture}: {one.reason}")
    for remark in pictures.remarks:
        output.say(f"Note: {remark}")
    parted = (
        "" if pictures.share is None else f", by share {pictures.share:g} and seed {pictures.seed}"
    )
    output.say(
        f"{counted(len(pictures.classes), 'class', 'classes')}, "
        f"{counted(len(pictures.training), 'picture', 'pictures')} to train on, "
        f"{len(pictures.test):,} to test on{parted}."
    )
