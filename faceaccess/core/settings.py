"""Every setting, declared once: name, type, bounds, default, unit and help.

The command line, the form in the window, the documents and the validation all read `Settings`.
A setting of scope "program" belongs to this installation and lives in `settings.json`; one of
scope "data" belongs to the people's data, lives in the database and moves with it.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from faceaccess.core.errors import KnownError

Scope = Literal["program", "data"]


def _setting(
    default: Any,
    *,
    title: str,
    help: str,
    scope: Scope,
    unit: str = "",
    ge: float | None = None,
    le: float | None = None,
) -> Any:
    return Field(
        default,
        title=title,
        description=help,
        ge=ge,
        le=le,
        json_schema_extra={"scope": scope, "unit": unit},
    )


class Settings(BaseModel):
    """All settings of one installation with one set of data; immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    # The program.
    camera: str = _setting(
        "0",
        title="Camera",
        help="Device number, rtsp:// or http:// address, video file, folder, or demo: (drawn).",
        scope="program",
    )
    camera_name: str = _setting(
        "Front door", title="Door's name", help="What the camera's door is called.", scope="program"
    )
    station: str = _setting(
        "station-1",
        title="Station",
        help="Name under which this computer numbers its events; unique among sites that merge.",
        scope="program",
    )
    theme: Literal["system", "light", "dark"] = _setting(
        "system", title="Colours", help="Light, dark, or as the system says.", scope="program"
    )
    language: Literal["system", "en", "zh_CN"] = _setting(
        "system",
        title="Language",
        help="The window's language, from its next start; as the system says, English or Chinese.",
        scope="program",
    )
    detector: Literal["yunet", "mtcnn"] = _setting(
        "yunet", title="Detector", help="What finds faces in a picture.", scope="program"
    )
    engine: Literal["torch", "opencv"] = _setting(
        "torch",
        title="Engine",
        help="What runs the embedder: torch (faster), or OpenCV (less memory; SFace only). "
        "Embeddings stay comparable.",
        scope="program",
    )
    camera_retry: float = _setting(
        2.0,
        title="Camera retry",
        help="How long to wait before a lost camera is opened again.",
        unit="s",
        scope="program",
        ge=0.1,
        le=60,
    )
    camera_stall: float = _setting(
        5.0,
        title="Camera stall",
        help="A camera that gives no new picture for so long counts as lost.",
        unit="s",
        scope="program",
        ge=0.5,
        le=60,
    )

    # The data.
    embedder: Literal["sface", "dlib", "facenet", "brought"] = _setting(
        "sface",
        title="Embedder",
        help="The network that turns a face into a vector; brought: a file of yours, which "
        "`faceaccess models use` puts into service. Changing it asks for new embeddings.",
        scope="data",
    )
    brought_embedder: str = _setting(
        "",
        title="Brought embedder",
        help="Name of the file of yours that is meant by brought; `faceaccess models use` sets it.",
        scope="data",
    )
    colour: bool = _setting(
        False,
        title="Colour crops",
        help="Embed colour crops instead of grayscale ones. Changing it asks for new embeddings.",
        scope="data",
    )
    threshold: float | None = _setting(
        None,
        title="Threshold",
        help="Cosine similarity that a match must reach, set by hand. Empty: as the stated risk "
        "asks, or the embedder's measured default, at which 1 stranger picture in 1,000 passes.",
        scope="data",
        ge=-1,
        le=1,
    )
    risk: float | None = _setting(
        None,
        title="Stated risk",
        help="Share of strangers that may be let in at most; every new head's threshold is found "
        "for it. `faceaccess calibrate --risk 1/1000 --apply` states it.",
        scope="data",
        ge=1e-6,
        le=0.5,
    )
    evidence_frames: int = _setting(
        3,
        title="Evidence",
        help="Good pictures of one visit on which the door decides; most of them must agree.",
        unit="pictures",
        scope="data",
        ge=1,
        le=20,
    )
    liveness: Literal["off", "doors", "always"] = _setting(
        "doors",
        title="Liveness",
        help="Whether a face must move before surroundings that stand still to be let in: at doors "
        "that open a lock, always (also in the live view and by watch), or off. It keeps out most "
        "pictures held to a fixed camera, not all. Pictures given as files are not checked.",
        scope="data",
    )
    challenge: Literal["unsure", "always", "off"] = _setting(
        "unsure",
        title="Challenge",
        help="Where liveness is asked for, whether people are asked to turn their head, at random: "
        "where the motion alone leaves it unsure, always (safest, some 3 seconds more for "
        "everybody), or off (they have to move until it is sure).",
        scope="data",
    )
    challenge_steps: int = _setting(
        2,
        title="Challenge steps",
        help="How many turns are asked for; each takes up to 2 seconds more. A film of somebody "
        "who turns their head at random matches each by chance about once in five.",
        unit="turns",
        scope="data",
        ge=1,
        le=4,
    )
    liveness_voice: str = _setting(
        "",
        title="Liveness network",
        help="Whole path of an ONNX file of yours that tells living faces from pictures. It can "
        "only refuse. Empty: none.",
        scope="data",
    )
    liveness_voice_sha256: str = _setting(
        "",
        title="Its SHA-256",
        help="Of the liveness network's file; another file is not loaded, and nobody is let in.",
        scope="data",
    )
    visit_gap: float = _setting(
        1.0,
        title="Visit gap",
        help="A face that is out of sight for so long has ended its visit.",
        unit="s",
        scope="data",
        ge=0.2,
        le=10,
    )
    screen_names: Literal["full", "first", "none"] = _setting(
        "first",
        title="Names on door screens",
        help="How much of a name a door screen shows to whoever is let in: full, first name alone, "
        "or none. Whoever is refused or asked for more is never named.",
        scope="data",
    )
    screen_notice: str = _setting(
        "",
        title="Privacy notice",
        help="What door screens tell about the camera and the record of visits. Empty: the usual "
        "text in the screen's language.",
        scope="data",
    )
    min_eye_distance: float = _setting(
        30.0,
        title="Smallest face",
        help="Pixels between the eyes that the camera asks for.",
        unit="px",
        scope="data",
        ge=25,
        le=400,
    )
    min_sharpness: float = _setting(
        25.0,
        title="Least sharpness",
        help="Variance of the Laplacian of the crop below which a picture is blurred.",
        unit="grey levels squared",
        scope="data",
        ge=0,
        le=10000,
    )
    min_brightness: float = _setting(
        30.0,
        title="Least brightness",
        help="Mean grey level of the crop below which it is too dark.",
        unit="0-255",
        scope="data",
        ge=0,
        le=255,
    )
    max_brightness: float = _setting(
        205.0,
        title="Most brightness",
        help="Mean grey level of the crop above which it is too bright.",
        unit="0-255",
        scope="data",
        ge=0,
        le=255,
    )
    min_contrast: float = _setting(
        11.0,
        title="Least contrast",
        help="Standard deviation of the crop's grey levels below which the picture is flat.",
        unit="grey levels",
        scope="data",
        ge=0,
        le=127,
    )
    max_yaw: float = _setting(
        35.0,
        title="Largest turn",
        help="Turn of the head left or right beyond which the person looks away.",
        unit="degrees",
        scope="data",
        ge=5,
        le=90,
    )
    max_roll: float = _setting(
        35.0,
        title="Largest tilt",
        help="Tilt of the head beyond which the person is asked to hold it straight.",
        unit="degrees",
        scope="data",
        ge=5,
        le=180,
    )
    training_steps: int = _setting(
        30,
        title="Training steps",
        help="Most optimizer steps of one training; it stops earlier when the loss settles.",
        unit="steps",
        scope="data",
        ge=0,
        le=10000,
    )
    kept_heads: int = _setting(
        20,
        title="Kept heads",
        help="How many former heads are kept for looking back.",
        unit="heads",
        scope="data",
        ge=1,
        le=1000,
    )

    @property
    def embedder_name(self) -> str:
        """What the chosen embedder is called, whoever brought it."""
        return self.brought_embedder if self.embedder == "brought" else self.embedder


def scope_of(name: str) -> Scope:
    """Return where the setting `name` is kept.

    Raises:
        KnownError: if there is no such setting.
    """
    return _extra(name)["scope"]  # type: ignore[no-any-return]  # declared by _setting above


def unit_of(name: str) -> str:
    """Return the unit of the setting `name`, or "".

    Raises:
        KnownError: if there is no such setting.
    """
    return str(_extra(name)["unit"])


def _extra(name: str) -> dict[str, Any]:
    field = Settings.model_fields.get(name)
    if field is None:
        raise KnownError(
            f"There is no setting {name!r}.", "`faceaccess settings list` shows all settings."
        )
    return dict(field.json_schema_extra)  # type: ignore[arg-type]  # always a dict, see _setting


def changed(settings: Settings, name: str, text: str) -> Settings:
    """Return `settings` with one of them read from text, as a person types it.

    An empty text sets an optional setting to None.

    Raises:
        KnownError: if there is no such setting, or the value is not of its type or bounds.
    """
    _extra(name)
    value: str | None = text.strip()
    if value == "" and Settings.model_fields[name].default is None:
        value = None
    try:
        return Settings.model_validate({**settings.model_dump(), name: value})
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
        raise KnownError(
            f"{name} cannot be {text!r}: {problem}.",
            f"`faceaccess settings get {name}` tells its bounds.",
        ) from error
