"""Whom to tell, what was told, and whether it arrived."""

from dataclasses import dataclass, field
from typing import Literal, get_args

Urgency = Literal["page", "ticket", "info"]
URGENCIES: tuple[Urgency, ...] = get_args(Urgency)
ChannelKind = Literal["apprise", "alertmanager"]
DeliveryState = Literal["waiting", "held", "sent", "failed"]


@dataclass(frozen=True, slots=True)
class Message:
    """What people are told.

    key: the same for the same news, so that a channel hears it once. title and text: text's first two sentences say what
    is wrong and what to do. labels: what routes look at and Alertmanager groups by, e.g. team, service, severity.
    url: where to read on. starts_ns: since when; ends_ns: 0 while it lasts. subjects: what it is news of, first the thing
    itself (an incident's id, or the rule's id and the finding's of an alert), then what that has taken up: newer news of it
    stands in place of what was said of any of these before. The part before a "/" begins the keys of such news.
    """

    key: str
    project: str
    urgency: Urgency
    title: str
    text: str
    labels: dict[str, str] = field(default_factory=dict)
    url: str = ""
    starts_ns: int = 0
    ends_ns: int = 0
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to reach somebody.

    kind apprise: address is one of Apprise's URLs (slack://, msteams://, pagerduty://, opsgenie://, mailto://, json://
    and many more), a secret; alertmanager: the base URL of an Alertmanager. project: "" for all. least: messages less
    urgent are not for it. labels: label to the values it wants; {} everything. quiet_from, quiet_to: minutes of the day
    by `zone` between which only pages come and the rest waits; equal: no quiet hours. quiet_days: ISO weekdays (1 is
    Monday) that are quiet as a whole.
    """

    id: str
    project: str
    name: str
    address: str
    kind: ChannelKind = "apprise"
    least: Urgency = "info"
    labels: dict[str, list[str]] = field(default_factory=dict)
    quiet_from: int = 0
    quiet_to: int = 0
    quiet_days: tuple[int, ...] = ()
    zone: str = "UTC"
    is_paused: bool = False
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way to one channel.

    state: waiting (tried at next_ns), held (until quiet hours end, at next_ns), sent, failed (given up: reason says
    why). reason: what the last try was answered.
    """

    id: str
    channel_id: str
    message: Message
    state: DeliveryState
    tries: int
    next_ns: int
    reason: str
    created_ns: int
    settled_ns: int = 0
