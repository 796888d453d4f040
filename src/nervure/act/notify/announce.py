"""Which channels hear a message, and when."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from nervure.base.clock import NS_PER_S
from nervure.catalog.catalog import Catalog
from nervure.model.notification import URGENCIES, Channel, Message

DAY_MINUTES = 24 * 60
WEEK_DAYS = 7


def announce(catalog: Catalog, message: Message, now_ns: int) -> int:
    """Queues the message for each channel it is for; returns for how many it is new.

    Called again with the same key it adds nothing, so that whoever is not sure calls again.
    """
    return sum(
        catalog.deliveries.add(message, channel.id, quiet_until(channel, message, now_ns))
        for channel in catalog.channels.list()
        if wants(channel, message)
    )


def wants(channel: Channel, message: Message) -> bool:
    """Whether a channel is for such messages."""
    if channel.is_paused or channel.project not in ("", message.project):
        return False
    if URGENCIES.index(message.urgency) > URGENCIES.index(channel.least):
        return False
    return all(message.labels.get(name, "") in values for name, values in channel.labels.items())


def quiet_until(channel: Channel, message: Message, now_ns: int) -> int:
    """When the channel's quiet hours end, in ns; 0 when it is not quiet or the message cannot wait."""
    if message.urgency == "page":
        return 0
    local = datetime.fromtimestamp(now_ns // NS_PER_S, ZoneInfo(channel.zone))
    until = local
    # Quiet hours and quiet days may follow each other.
    for _ in range(2 * WEEK_DAYS + 2):
        later = _end_of_quiet(channel, until)
        if later is None:
            break
        until = later
    return 0 if until == local else int(until.timestamp()) * NS_PER_S


def _end_of_quiet(channel: Channel, at: datetime) -> datetime | None:
    """The end of the quiet stretch that holds a moment; None when it is in none."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if at.isoweekday() in channel.quiet_days and len(channel.quiet_days) < WEEK_DAYS:
        return midnight + timedelta(days=1)
    begin, end = channel.quiet_from, channel.quiet_to
    minute = at.hour * 60 + at.minute
    if begin < end and begin <= minute < end:
        return midnight + timedelta(minutes=end)
    if begin > end and minute >= begin:
        return midnight + timedelta(days=1, minutes=end)
    if begin > end and minute < end:
        return midnight + timedelta(minutes=end)
    return None
