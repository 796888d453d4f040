"""Tells people: which channels a message is for, when, and until it has arrived."""

from nervure.act.notify.announce import announce
from nervure.act.notify.checks import checked
from nervure.act.notify.deliver import deliver_due
from nervure.act.notify.send import send

__all__ = ["announce", "checked", "deliver_due", "send"]
