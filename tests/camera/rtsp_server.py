"""A network camera on this computer: H.264 over RTSP, from pictures that were drawn before.

    /usr/bin/python3 rtsp_server.py FILM WIDTH HEIGHT FPS [--port N] [--user U --password P]
                                    [--certificate FILE --key FILE] [--phase P PERIOD] [--once]
                                    [--spoiled]

Runs on the system's Python with Debian's GStreamer (gir1.2-gst-rtsp-server-1.0), not on the
project's. FILM holds pictures one after another, each WIDTH x HEIGHT x 3 bytes, blue-green-red.
They are encoded once and shown again and again under the path /door: picture n is taken, and sent,
at `began + n / FPS`, so that whoever can read n out of a picture knows how old it is. A viewer
begins with the next key frame (two a second). A server that was stopped (SIGSTOP) sends what it
owes at once when it goes on, as a camera with a buffer does. --once ends the video after one
showing; --phase P PERIOD lets it have begun when the monotonic clock, modulo PERIOD, was P last;
--spoiled sends noise in place of pictures from the third second of a showing on.

Prints one line of JSON when it listens: {"port": ..., "began": monotonic seconds}.
"""

import argparse
import json
import mmap
import os
import sys
import threading
import time
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - as gi asks for it

NANO = 1_000_000_000


def encoded(asked: argparse.Namespace) -> list[bytes]:
    """Return the film's pictures as H.264 access units, a key frame every half second."""
    caps = (
        f"video/x-raw,format=BGR,width={asked.width},height={asked.height},framerate={asked.fps}/1"
    )
    pipeline = Gst.parse_launch(
        f"appsrc name=pictures format=time block=true caps={caps} ! videoconvert ! "
        f"x264enc speed-preset=ultrafast tune=zerolatency bitrate={asked.bitrate} threads=1 "
        f"key-int-max={max(1, asked.fps // 2)} ! "
        "video/x-h264,stream-format=byte-stream,alignment=au ! appsink name=units sync=false"
    )
    source, sink = pipeline.get_by_name("pictures"), pipeline.get_by_name("units")
    sink.set_property("max-buffers", 0)
    pipeline.set_state(Gst.State.PLAYING)
    size = asked.width * asked.height * 3
    with (
        Path(asked.film).open("rb") as file,
        mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as film,
    ):
        for at in range(len(film) // size):
            buffer = Gst.Buffer.new_wrapped(film[at * size : (at + 1) * size])
            buffer.pts = at * NANO // asked.fps
            buffer.duration = NANO // asked.fps
            source.emit("push-buffer", buffer)
    source.emit("end-of-stream")
    units = []
    while (sample := sink.emit("pull-sample")) is not None:
        buffer = sample.get_buffer()
        units.append(buffer.extract_dup(0, buffer.get_size()))
    pipeline.set_state(Gst.State.NULL)
    return units


class Showing:
    """Feeds one viewer's pipeline until it is gone."""

    def __init__(self, source: Gst.Element, units: list[bytes], began: float, *, fps: int) -> None:
        self._source, self._units, self._began, self._fps = source, units, began, fps

    def run(self, *, once: bool, spoiled: bool) -> None:
        """Send pictures; see the module's text."""
        key = max(1, self._fps // 2)
        count = len(self._units)
        first = number = (int((time.monotonic() - self._began) * self._fps) // key + 1) * key
        while not (once and number - first >= count):
            time.sleep(max(0.0, self._began + number / self._fps - time.monotonic()))
            unit = self._units[number % count]
            if spoiled and number - first >= 2 * self._fps:
                unit = unit[:6] + os.urandom(len(unit) - 6)
            buffer = Gst.Buffer.new_wrapped(unit)
            buffer.pts = buffer.dts = (number - first) * NANO // self._fps
            buffer.duration = NANO // self._fps
            if self._source.emit("push-buffer", buffer) != Gst.FlowReturn.OK:
                return
            number += 1
        self._source.emit("end-of-stream")


class Film(GstRtspServer.RTSPMediaFactory):
    """Makes the pipeline that all viewers share."""

    def __init__(self, units: list[bytes], began: float, asked: argparse.Namespace) -> None:
        super().__init__()
        self._units, self._began, self._asked = units, began, asked
        self.set_launch(
            "( appsrc name=units is-live=true format=time "
            "caps=video/x-h264,stream-format=byte-stream,alignment=au ! h264parse ! "
            "rtph264pay name=pay0 pt=96 config-interval=-1 )"
        )
        self.set_shared(True)
        self.set_latency(0)
        self.connect("media-configure", self._configure)

    def _configure(self, _factory: object, media: GstRtspServer.RTSPMedia) -> None:
        source = media.get_element().get_child_by_name("units")
        showing = Showing(source, self._units, self._began, fps=self._asked.fps)
        how = {"once": self._asked.once, "spoiled": self._asked.spoiled}
        threading.Thread(target=showing.run, kwargs=how, daemon=True).start()


def guard(asked: argparse.Namespace, server: GstRtspServer.RTSPServer, film: Film) -> None:
    """Let only those in who know user and password, and speak TLS where it is asked for."""
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    film.add_role_from_structure(
        Gst.Structure.from_string(
            "viewer, media.factory.access=true, media.factory.construct=true"
        )[0]
    )
    if asked.user:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(asked.user, asked.password, token)
    else:
        auth.set_default_token(token)
    if asked.certificate:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_files(asked.certificate, asked.key))
    server.set_auth(auth)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("film")
    parser.add_argument("width", type=int)
    parser.add_argument("height", type=int)
    parser.add_argument("fps", type=int)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--bitrate", type=int, default=4000)
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--phase", type=float, nargs=2)
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--spoiled", action="store_true")
    asked = parser.parse_args()
    Gst.init(None)
    units = encoded(asked)
    began = time.monotonic()
    if asked.phase:
        phase, period = asked.phase
        began -= (began - phase) % period
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(asked.port))
    film = Film(units, began, asked)
    if asked.user or asked.certificate:
        guard(asked, server, film)
    server.get_mount_points().add_factory("/door", film)
    server.attach(None)
    sys.stdout.write(json.dumps({"port": server.get_bound_port(), "began": began}) + "\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
