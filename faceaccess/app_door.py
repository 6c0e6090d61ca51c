"""A door that runs, put together out of what was asked for: a part of the composition root.

A door that was killed has to be back in seconds: addresses are looked at first, then the networks
begin to load on a thread of their own, while this one imports what a door is made of.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from faceaccess.camera.open import open_source
from faceaccess.core.errors import KnownError
from faceaccess.door.alerts.open import open_alerts
from faceaccess.door.inputs.open import open_input
from faceaccess.door.locks.open import open_lock
from faceaccess.door.readers.open import open_reader
from faceaccess.pipeline.door_plan import DoorPlan
from faceaccess.pipeline.station_files import checked_name

if TYPE_CHECKING:
    from faceaccess.app import App
    from faceaccess.pipeline.door_parts import AnswerCounter
    from faceaccess.pipeline.door_watch import DoorWatch
    from faceaccess.pipeline.running_door import RunningDoor
    from faceaccess.pipeline.station_server import Record


def make_door(app: "App", plan: DoorPlan, say: Callable[[str], None]) -> "RunningDoor":
    """Return a door that runs in this process; see `App.new_door`."""
    name = checked_name(plan.name)
    live = open_source(plan.camera, app.clock).live
    source = open_source(plan.camera, app.clock, name=name, as_fast_as_it_goes=not live)
    lock = open_lock(plan.lock, app.clock)
    reader = None if plan.reader is None else open_reader(plan.reader, app.clock)
    new_watch = _watch_of(app, plan, name)
    new_metrics = _metrics_of(plan)
    when_settled: list[Callable[[], None]] = []
    app.load_ahead(when_settled.append)

    from faceaccess.pipeline.door_factors import DoorFactors
    from faceaccess.pipeline.door_parts import DoorParts
    from faceaccess.pipeline.running_door import RunningDoor

    return RunningDoor(
        DoorParts(
            home=app.home,
            store=app.store,
            settings=app.settings.get,
            clock=app.clock,
            name=name,
            source=source,
            lock=lock,
            new_recogniser=lambda keeper: app.new_recogniser(keeper=keeper),
            pulse=plan.pulse,
            rules=DoorFactors(app.store, app.door_rules(name), app.clock),
            reader=reader,
            new_watch=new_watch,
            new_metrics=new_metrics,
            say=say,
            when_settled=when_settled,
        )
    )


def _metrics_of(plan: DoorPlan) -> "Callable[[Callable[[], Record]], AnswerCounter] | None":
    """Return what makes the door's metrics, where they are asked for."""
    if plan.metrics is None:
        return None
    from faceaccess.pipeline.door_metrics import DoorMetrics, parsed_place

    host, port = parsed_place(plan.metrics)
    return lambda status: DoorMetrics(host, port, status)


def _watch_of(app: "App", plan: DoorPlan, name: str) -> Callable[[], "DoorWatch"]:
    """Return what makes the door's watch; its addresses are looked at now."""
    contact, exit_ = (
        None if address is None else open_input(address, what, app.clock)
        for address, what in ((plan.contact, "contact"), (plan.exit_, "request to exit"))
    )
    alerts = [open_alerts(address, app.clock) for address in plan.alerts]
    for target in alerts:
        if [other.address for other in alerts].count(target.address) > 1:
            raise KnownError(
                f"The alert address {target.address} is given twice.", "Once is enough."
            )

    def new_watch() -> "DoorWatch":
        from faceaccess.pipeline.door_watch import DoorWatch

        return DoorWatch(
            app.home,
            app.store,
            app.clock,
            name,
            contact=contact,
            exit_=exit_,
            held_after=plan.held_open_after,
            alerts=alerts,
            pulse=plan.pulse,
        )

    return new_watch
