"""What a channel must be before it is kept."""

from urllib.parse import urlparse
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nervure.base.errors import BadInput
from nervure.model.notification import URGENCIES, Channel

LONGEST_NAME = 200
DAY_MINUTES = 24 * 60
HINT = "e.g. slack://TOKENS, msteams://..., pagerduty://KEY@..., mailto://user:password@host, json://host/path"


def checked(channel: Channel) -> Channel:
    """The channel. Raises BadInput."""
    name = channel.name
    if not 0 < len(name) <= LONGEST_NAME or name != name.strip() or not name.isprintable():
        raise BadInput(f"name: use 1 to {LONGEST_NAME} printable characters without spaces at the ends")
    if channel.least not in URGENCIES:
        raise BadInput(f"least = {channel.least!r}: choose one of {', '.join(URGENCIES)}")
    for part in ("quiet_from", "quiet_to"):
        if not 0 <= getattr(channel, part) < DAY_MINUTES:
            raise BadInput(f"{part}: minutes of the day, 0 to {DAY_MINUTES - 1}")
    if not all(1 <= day <= 7 for day in channel.quiet_days):
        raise BadInput("quiet_days: ISO weekdays, 1 (Monday) to 7")
    try:
        ZoneInfo(channel.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(f"zone = {channel.zone!r}: write a time zone such as UTC or Europe/Berlin") from error
    if channel.kind == "alertmanager":
        found = urlparse(channel.address)
        if found.scheme not in ("http", "https") or not found.hostname:
            raise BadInput("address: the base URL of an Alertmanager, e.g. http://alertmanager:9093")
    elif channel.kind == "apprise":
        import apprise  # 5 MB, paid only by those who notify through it

        # Instantiating says whether the service is known and the address complete, without sending anything.
        if apprise.Apprise.instantiate(channel.address, suppress_exceptions=True) is None:
            raise BadInput(f"address: not a service's address that Apprise knows; {HINT}")
    else:
        raise BadInput(f"kind = {channel.kind!r}: choose apprise or alertmanager")
    return channel
