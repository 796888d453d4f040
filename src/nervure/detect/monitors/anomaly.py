"""Anomaly: the online detector, which learns level, rhythm and shape of the series by itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from nervure.detect.anomaly.detector import Detector, Settings
from nervure.detect.monitor import MonitorType, Option, Verdict, Window

NS = 1_000_000_000


def judge(windows: Sequence[Window], settings: Mapping[str, Any]) -> list[Verdict]:
    """Each window before it is learned from."""
    detector = Detector(Settings(threshold=float(settings["threshold"])))
    made = []
    for window in windows:
        point = detector.update(window.start_ns / NS, window.value)
        if window.value is None:
            made.append(Verdict("no_data"))
            continue
        text = f"{window.value:.4g}, expected {point.low:.4g} to {point.high:.4g}" if point.flag else ""
        made.append(Verdict("alert" if point.flag else "ok", text, point.expected, point.low, point.high))
    return made


MONITOR = MonitorType(
    "anomaly",
    "The value is surprising for this series.",
    {"threshold": Option("number", "-log10 of the chance from which a point is surprising", 3.5)},
    judge,
    history=2016,
)
