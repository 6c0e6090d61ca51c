import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from camera_fakes import WAIT

from faceaccess.camera.reader import read_all
from faceaccess.camera.recordings import Pictures, VideoFile
from faceaccess.core.clock import ManualClock, SystemClock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.images.codec import encode_png


def write_video(path: Path, frames: int, *, rate: float = 10.0, width: int = 64) -> Path:
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate, (width, width * 3 // 4)
    )
    assert writer.isOpened()
    for number in range(frames):
        writer.write(np.full((width * 3 // 4, width, 3), number * 20, np.uint8))
    writer.release()
    return path


def write_picture(path: Path, level: int, width: int = 64, height: int = 48) -> None:
    path.write_bytes(encode_png(np.full((height, width, 3), level, np.uint8)))


def test_a_video_as_fast_as_it_goes_gives_every_frame_with_its_position(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", 6)
    clock = ManualClock()  # never moved: any waiting would hang
    video = VideoFile(path, clock, name="Door", as_fast_as_it_goes=True)
    frames = list(read_all(video))
    assert [frame.number for frame in frames] == list(range(6))
    assert [frame.moment for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert (frames[5].time - frames[0].time).total_seconds() == pytest.approx(0.5)
    levels = [float(frame.image.mean()) for frame in frames]
    assert levels == pytest.approx([0, 20, 40, 60, 80, 100], abs=3)
    assert [frame.number for frame in read_all(video)] == list(range(6))  # may be opened anew


def test_a_video_at_its_own_speed_waits_for_the_clock_and_can_be_interrupted(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    video = VideoFile(write_video(tmp_path / "a.avi", 6), clock, name="Door")
    video.open()
    first = video.read()
    assert first is not None
    assert first.moment == clock.monotonic()
    answers: list[object] = []
    waiter = threading.Thread(target=lambda: answers.append(video.read()))
    waiter.start()
    waiter.join(0.15)
    assert waiter.is_alive()
    video.interrupt()
    waiter.join(WAIT)
    assert answers == [None]
    video.close()


def test_a_large_video_is_scaled_down(tmp_path: Path) -> None:
    video = VideoFile(
        write_video(tmp_path / "a.avi", 1, width=1920), ManualClock(), name="",
        as_fast_as_it_goes=True,
    )  # fmt: skip
    assert next(iter(read_all(video))).image.shape == (960, 1280, 3)


@pytest.mark.parametrize("content", [b"", b"this is no video\n" * 50, b"\0" * 4096])
@pytest.mark.parametrize("suffix", [".mp4", ".txt"])
def test_what_is_no_video_is_told_by_name(
    tmp_path: Path, content: bytes, suffix: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(content)
    with pytest.raises(KnownError, match=f"broken{suffix} is not a video"):
        VideoFile(path, ManualClock(), name="").open()
    assert capfd.readouterr().err == ""


def test_a_cut_video_gives_what_is_left_and_one_without_a_picture_is_refused(
    tmp_path: Path,
) -> None:
    whole = write_video(tmp_path / "a.avi", 6).read_bytes()
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole[: len(whole) * 9 // 10])
    frames = list(read_all(VideoFile(cut, ManualClock(), name="", as_fast_as_it_goes=True)))
    assert 0 < len(frames) < 6
    cut.write_bytes(whole[:100])
    with pytest.raises(KnownError, match=r"cut\.avi is not a video"):
        VideoFile(cut, ManualClock(), name="").open()


def test_a_missing_video_and_a_read_before_opening(tmp_path: Path) -> None:
    video = VideoFile(tmp_path / "gone.mp4", ManualClock(), name="")
    with pytest.raises(KnownError, match=r"There is no video file .*gone\.mp4"):
        video.open()
    with pytest.raises(BugError):
        video.read()


def test_each_picture_is_held_for_a_second_in_the_order_of_names(tmp_path: Path) -> None:
    for name, level in (("b.png", 100), ("a.png", 50), ("c.PNG", 150)):
        write_picture(tmp_path / name, level)
    (tmp_path / "notes.txt").write_text("no picture")
    source = Pictures(tmp_path, ManualClock(), name="Door", as_fast_as_it_goes=True)
    frames = list(read_all(source))
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [50] * 8 + [100] * 8 + [150] * 8
    assert frames[8].moment == 1.0
    assert [frame.number for frame in frames] == list(range(24))


def test_broken_pictures_are_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.png").write_bytes(b"broken")
    write_picture(tmp_path / "b.png", 100)
    (tmp_path / "c.jpg").write_bytes(b"")
    frames = list(read_all(Pictures(tmp_path, ManualClock(), name="", as_fast_as_it_goes=True)))
    assert len(frames) == 8
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 2
    assert "a.png" in warnings[0]
    assert "c.jpg" in warnings[1]


def test_a_folder_without_a_readable_picture_is_refused(tmp_path: Path) -> None:
    source = Pictures(tmp_path, SystemClock(), name="")
    with pytest.raises(KnownError, match="There is no picture in"):
        source.open()
    (tmp_path / "a.png").write_bytes(b"broken")
    (tmp_path / "b.png").write_bytes(b"broken")
    with pytest.raises(KnownError, match="None of the 2 pictures"):
        source.open()
    with pytest.raises(KnownError, match="cannot be read"):
        Pictures(tmp_path / "gone", SystemClock(), name="").open()


def test_a_large_picture_is_scaled_down_and_a_single_file_works(tmp_path: Path) -> None:
    write_picture(tmp_path / "large.png", 90, width=3000, height=1500)
    source = Pictures(tmp_path / "large.png", ManualClock(), name="", as_fast_as_it_goes=True)
    frames = list(read_all(source))
    assert len(frames) == 8
    assert frames[0].image.shape == (640, 1280, 3)
