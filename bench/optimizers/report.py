"""The tables and curves of what has been run so far.

    python bench/optimizers/report.py [--out FOLDER]

Writes report.md, curves as SVG and PNG, every run's figures as runs.csv, and those of the runs of
20 epochs in few columns as curves.csv (the copy under docs/data). Runs that are still missing are
left out of the tables; n says how many seeds stand behind a row.
"""

import argparse
import csv
import json
import math
import statistics
from collections.abc import Sequence
from pathlib import Path

from figures import Curve, curve, interval, mean_or_never, paired, records, select
from methods import METHODS, MODERN, RECOMMENDED, RIVALS
from plan import GRID, RATE_FACTORS, ROBUST, SOURCE

AVERAGED = "0.998"
ROBUST_EPOCHS = 5
TIMING = Path(__file__).resolve().parents[1] / "results" / "optimizers_timing.json"
# Colours that the colour-blind tell apart (Okabe and Ito); rivals are dashed.
CURVES = {
    (RECOMMENDED, AVERAGED): ("recommended, averaged weights", "#D55E00", "-"),
    (RECOMMENDED, "raw"): ("recommended", "#E69F00", "-"),
    ("as written", "raw"): ("rule as written", "#000000", "-"),
    ("adam", AVERAGED): ("Adam, averaged weights", "#0072B2", "-."),
    ("adam", "raw"): ("Adam", "#0072B2", "--"),
    ("rmsprop", "raw"): ("RMSprop", "#009E73", "--"),
    ("momentum", "raw"): ("momentum", "#CC79A7", "--"),
}
"""SGD stays below 30 %, under the picture."""


def pick(every: list[dict], name: str, weights: str, **also: object) -> list[Curve]:
    wanted = {
        "method": name,
        "protocol": "test",
        "epochs": 20,
        "rate": None,
        "rate_factor": 1.0,
        "loss_factor": 1.0,
        "reading": "",
        **also,
    }
    return [
        curve(r, weights)
        for r in select(every, **wanted)
        if weights in r["setting"]["averages"] or weights == "raw"
    ]


def shown(values: Sequence[float], digits: int = 2) -> str:
    mean, deviation, half = interval(values)
    if len(values) < 2:
        return f"{mean:.{digits}f}"
    return f"{mean:.{digits}f} +- {half:.{digits}f} (sd {deviation:.{digits}f})"


def table(rows: Sequence[tuple[str, Sequence[Curve]]]) -> list[str]:
    heads = ["optimizer", "n", "final %", "best %", "last - best"]
    heads += ["epochs to 62 %", "s to 62 %", "epochs to 64 %", "s to 64 %", "s in all"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, curves in rows:
        if not curves:
            continue
        finals = [c.final for c in curves]
        cells = [
            name,
            str(len(curves)),
            shown(finals),
            f"{statistics.mean(c.best for c in curves):.2f}",
            f"{statistics.mean(c.final - c.best for c in curves):+.2f}",
        ]
        for accuracy in (62.0, 64.0):
            cells.append(mean_or_never([c.epochs_to(accuracy) for c in curves], 2))
            cells.append(mean_or_never([c.seconds_to(accuracy) for c in curves], 1))
        cells.append(f"{statistics.mean(c.cpu[-1] for c in curves):.0f}")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def differences(ours: Sequence[Curve], rivals: dict[str, Sequence[Curve]]) -> list[str]:
    lines = []
    for name, curves in rivals.items():
        gains = paired(ours, curves)
        if gains:
            each = ", ".join(f"{g:+.2f}" for g in gains)
            lines.append(f"| {name} | {shown(gains)} | {each} |")
    return lines


def savings(ours: Sequence[Curve], rivals: dict[str, Sequence[Curve]], accuracy: float) -> str:
    """Compare mean epochs and seconds with those of the rival who gets there first on average."""

    def each(curves: Sequence[Curve], kind: str) -> dict[int, float]:
        return {c.setting["seed"]: getattr(c, f"{kind}_to")(accuracy) for c in curves}

    def got_there(curves: Sequence[Curve]) -> bool:
        return bool(curves) and all(math.isfinite(v) for v in each(curves, "epochs").values())

    reached = {name: curves for name, curves in rivals.items() if got_there(curves)}
    if not reached:
        return "no rival got there with every seed"
    if not got_there(ours):
        return "not reached with every seed"
    parts = []
    for kind in ("epochs", "seconds"):
        mine = each(ours, kind)
        theirs = {name: each(curves, kind) for name, curves in reached.items()}
        name = min(theirs, key=lambda n: statistics.mean(theirs[n].values()))
        pairs = [(v, theirs[name][seed]) for seed, v in mine.items() if seed in theirs[name]]
        saved = 100.0 * (1.0 - sum(m for m, _ in pairs) / sum(t for _, t in pairs))
        by_seed = ", ".join(f"{100.0 * (1.0 - m / t):.0f}" for m, t in pairs)
        parts.append(f"{saved:.0f} % fewer {kind} than {name} (seed by seed: {by_seed})")
    return "; ".join(parts)


def compared(every: list[dict], weights: str) -> list[str]:
    curves = {name: pick(every, name, weights) for name in SOURCE}
    lines = table(list(curves.items()))
    rivals = {name: curves[name] for name in RIVALS}
    for name in SOURCE:
        if name in RIVALS or not curves[name]:
            continue
        lines += ["", f"{name}, final accuracy minus that of", ""]
        lines += ["| rival | mean, 95 % interval | seeds |", "|---|---|---|"]
        lines += differences(curves[name], rivals)
        for accuracy in (62.0, 64.0):
            lines += ["", f"to {accuracy:.0f} %: {savings(curves[name], rivals, accuracy)}"]
    return lines


def recommended(every: list[dict]) -> list[str]:
    """Compare the recommendation, whose averaged weights count, with rivals raw and averaged."""
    ours = pick(every, RECOMMENDED, AVERAGED)
    lines = []
    for weights in ("raw", AVERAGED):
        rivals = {name: pick(every, name, weights) for name in RIVALS}
        lines += ["", f"against rivals with {weights} weights", ""]
        lines += ["| rival | mean, 95 % interval | seeds |", "|---|---|---|"]
        lines += differences(ours, rivals)
        lines += [""]
        lines += [f"to {a:.0f} %: {savings(ours, rivals, a)}" + "  " for a in (62.0, 64.0)]
    return lines


def grid(every: list[dict]) -> list[str]:
    lines = [
        "| rival | epochs | rate: validation accuracy, raw / averaged weights |",
        "|---|---|---|",
    ]
    for name, rates in GRID.items():
        for epochs in (5, 20):
            cells = []
            for rate in rates:
                same = {"protocol": "validation", "epochs": epochs, "rate": rate}
                for raw, smooth in zip(
                    pick(every, name, "raw", **same),
                    pick(every, name, AVERAGED, **same),
                    strict=True,
                ):
                    cells.append(f"{rate:g}: {raw.final:.1f} / {smooth.final:.1f}")
            if cells:
                lines.append(f"| {name} | {epochs} | {'; '.join(cells)} |")
    return lines


def best_rates(every: list[dict]) -> list[str]:
    rows = []
    for name, rates in GRID.items():
        for rate in rates:
            for weights in ("raw", AVERAGED):
                curves = pick(every, name, weights, rate=rate)
                if curves:
                    rows.append((f"{name} {rate:g}, {weights}", curves))
    rows.append((f"{RECOMMENDED}, {AVERAGED}", pick(every, RECOMMENDED, AVERAGED)))
    return table(rows)


def modern(every: list[dict]) -> list[str]:
    rows = [
        (f"{name} {METHODS[name].rate:g}, {weights}", pick(every, name, weights))
        for name in MODERN
        for weights in ("raw", AVERAGED)
    ]
    return table([*rows, (f"{RECOMMENDED}, {AVERAGED}", pick(every, RECOMMENDED, AVERAGED))])


def robustness(every: list[dict]) -> list[str]:
    """Compare the first epochs of (1) with runs in which one thing is changed by a factor."""
    changes = [{}, *({"loss_factor": f} for f in (0.01, 100.0))]
    changes += [{"rate_factor": f} for f in RATE_FACTORS]
    heads = ["optimizer", "weights", "as it is", "loss x 0.01", "loss x 100"]
    heads += [f"rate x {f:g}" for f in RATE_FACTORS]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name in ROBUST:
        for weights in ("raw", AVERAGED):
            cells = []
            for change in changes:
                epochs = ROBUST_EPOCHS if change else 20
                found = {
                    c.setting["seed"]: f"{c.accuracy[ROBUST_EPOCHS - 1]:.1f}"
                    for c in pick(every, name, weights, epochs=epochs, **change)
                }
                cells.append(", ".join(found[seed] for seed in range(2) if seed in found))
            lines.append(f"| {name} | {weights} | {' | '.join(cells)} |")
    return lines


def draw(every: list[dict], out: Path) -> None:
    """Draw the mean accuracy of the seeds by epoch and by second, as curves.svg and curves.png."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "optimizers"  # the same picture from the same records
    from matplotlib import pyplot as plt

    figure, (by_epoch, by_second) = plt.subplots(1, 2, figsize=(11, 5), sharey=True)
    for (name, weights), (label, colour, style) in CURVES.items():
        curves = pick(every, name, weights)
        if not curves:
            continue
        accuracy = [statistics.mean(a) for a in zip(*(c.accuracy for c in curves), strict=True)]
        seconds = [statistics.mean(s) for s in zip(*(c.cpu for c in curves), strict=True)]
        drawn = {"color": colour, "linestyle": style, "linewidth": 1.8}
        by_epoch.plot(range(1, len(accuracy) + 1), accuracy, label=label, **drawn)
        by_second.plot(seconds, accuracy, **drawn)
    by_epoch.set_xlabel("epoch")
    by_epoch.set_xticks(range(0, 21, 5))
    by_second.set_xlabel("seconds on one core, training alone")
    by_epoch.set_ylabel("CIFAR-10 test accuracy, %, mean of the seeds")
    by_epoch.set_ylim(40, 68)
    for axes in (by_epoch, by_second):
        axes.grid(alpha=0.25)
        axes.set_xlim(left=0)
        axes.spines[["top", "right"]].set_visible(False)
        for accuracy in (62.0, 64.0):
            axes.axhline(accuracy, color="gray", linewidth=0.8, linestyle=":")
    figure.legend(*by_epoch.get_legend_handles_labels(), loc="lower center", ncols=4, frameon=False)
    figure.tight_layout(rect=(0, 0.1, 1, 1))
    for kind, metadata in (("svg", {"Date": None}), ("png", None)):
        figure.savefig(out / f"curves.{kind}", dpi=150, metadata=metadata)


def write_csv(every: list[dict], out: Path) -> None:
    names = list(every[0]["setting"])
    with (out / "runs.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([*names, "weights", "epoch", "training_loss", "loss", "accuracy", "cpu_s"])
        for record in every:
            setting = [record["setting"][n] for n in names]
            for row in record["rows"]:
                for weights, found in row["found"].items():
                    seconds = row["cpu"] + row["average_cpu"].get(weights, 0.0)
                    figures = (row["training_loss"], found["loss"], found["accuracy"], seconds)
                    rows.writerow([*setting, weights, row["epoch"], *figures])


def write_curves_csv(every: list[dict], out: Path) -> None:
    heads = ["method", "seed", "protocol", "rate", "weights", "epoch"]
    with (out / "curves.csv").open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow([*heads, "accuracy", "loss", "cpu_seconds"])
        for record in select(every, epochs=20, reading="", rate_factor=1.0, loss_factor=1.0):
            setting = record["setting"]
            rate = METHODS[setting["method"]].rate if setting["method"] in METHODS else None
            stated = [setting["method"], setting["seed"], setting["protocol"]]
            stated.append(setting["rate"] or rate or "computed")
            for row in record["rows"]:
                for weights, found in row["found"].items():
                    seconds = row["cpu"] + row["average_cpu"].get(weights, 0.0)
                    figures = (f"{found['accuracy']:.2f}", f"{found['loss']:.4f}", f"{seconds:.1f}")
                    rows.writerow([*stated, weights, row["epoch"], *figures])


def costs(every: list[dict]) -> list[str]:
    """Return seconds to 62 % at the step costs that timing.py measured with all in turn."""
    if not TIMING.exists():
        return ["timing.py has not been run"]
    timing = json.loads(TIMING.read_text())
    steps = math.ceil(50_000 / 64)
    average = statistics.median(timing["step_ms"]["average of weights"])
    lines = [
        "| optimizer | ms a step | of it in the optimizer | s to 62 %, raw | s to 62 %, averaged |",
        "|---|---|---|---|---|",
    ]
    for name in timing["whole_ms"]:
        whole = statistics.median(timing["whole_ms"][name])
        cells = [f"{whole:.2f}", f"{statistics.median(timing['step_ms'][name]):.3f}"]
        for weights, cost in (("raw", whole), (AVERAGED, whole + average)):
            epochs = [c.epochs_to(62.0) for c in pick(every, name, weights)]
            cells.append(
                mean_or_never([e * steps * cost / 1000 for e in epochs], 1) if epochs else ""
            )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return [*lines, "", f"An update of the averaged weights takes {average:.3f} ms."]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).resolve().parents[1] / "results" / "optimizers"
    )
    out = parser.parse_args().out
    every = records()
    lines = [f"{len(every)} runs. Intervals are 95 % t intervals over the seeds; sd is theirs."]
    for title, part in (
        ("(1) The source's setting, raw weights", compared(every, "raw")),
        (f"(3) The same runs, averaged weights ({AVERAGED})", compared(every, AVERAGED)),
        (f"The recommendation ({RECOMMENDED}, averaged weights)", recommended(every)),
        ("(2) The grid, validation part, 1 seed", grid(every)),
        ("(2) Rivals at their best rate", best_rates(every)),
        (f"Robustness: test accuracy after {ROBUST_EPOCHS} epochs, seeds 0, 1", robustness(every)),
        ("(4) Today's methods at their documented defaults", modern(every)),
        ("The cost of a training step, all in turn in one process", costs(every)),
    ):
        lines += ["", f"## {title}", "", *part]
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.md").write_text("\n".join(lines) + "\n")
    write_csv(every, out)
    write_curves_csv(every, out)
    draw(every, out)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
