"""The disk ceiling: sheds payloads of the oldest weeks first, then whole weeks, and says so wherever one looks."""

from nervure.base.journal import journal
from nervure.intake.upkeep import clear_payloads, drop_partition, has_payloads, oldest_first, partitions
from nervure.jobs.loop import Hands, Loop
from nervure.store.engine import DiskUse

# Weeks shed in one round: the engine frees the space of what was shed a little later, so look again before going on.
STEPS = 2
TOPIC = "disk"


def run(hands: Hands) -> None:
    """One round: at most STEPS weeks."""
    for _ in range(STEPS):
        excess = over(hands, hands.engine.disk())
        if excess is None:
            hands.intake.notices.pop(TOPIC, None)
            return
        if not _shed(hands, excess):
            return


def over(hands: Hands, use: DiskUse) -> str | None:
    """Why something must go, in words; None when there is room."""
    settings, used = hands.settings, sum(use.tables.values())
    if settings.disk_ceiling_bytes and used > settings.disk_ceiling_bytes:
        return f"the store holds {used >> 20} MiB, disk_ceiling_bytes allows {settings.disk_ceiling_bytes >> 20} MiB"
    free = use.free_bytes
    if settings.disk_free_min_bytes and free is not None and free < settings.disk_free_min_bytes:
        return f"the disk has {free >> 20} MiB free, less than disk_free_min_bytes = {settings.disk_free_min_bytes >> 20} MiB"
    return None


def _shed(hands: Hands, excess: str) -> bool:
    """Shed the next thing. False when there is nothing left that may go."""
    weeks = oldest_first(partitions(hands.engine))
    for week in weeks:
        if has_payloads(hands.engine, week):
            clear_payloads(hands.engine, week)
            _say(hands, "payloads", f"payloads of {week.table} of the week of {week.monday} were shed: {excess}")
            return True
    # The newest week stays whatever happens: what comes in now is refused at the intake before it is thrown away.
    older = [week for week in weeks if week.monday < max(week.monday for week in weeks)]
    if older:
        drop_partition(hands.engine, older[0])
        _say(hands, "weeks", f"{older[0].table} of the week of {older[0].monday} was dropped: {excess}")
        return True
    hands.intake.notices[TOPIC] = f"{excess}, and nothing older is left to shed: add disk or shorten the retention"
    journal("disk").error("nothing left to shed", reason=excess)
    return False


def _say(hands: Hands, what: str, text: str) -> None:
    journal("disk").warning("shed", what=what, reason=text)
    hands.intake.shed[what] = hands.intake.shed.get(what, 0) + 1
    hands.intake.notices[TOPIC] = text


LOOP = Loop(name="disk", every_s=15.0, run=run, first_s=10.0)
