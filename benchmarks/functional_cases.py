"""Sentences made from templates that teach the toxicity weights who is attacked and in which mood.

They are written for fitting; the test suite holds other templates. A template's label does not depend on the group, so
that naming people is no evidence of anything.
"""

from collections.abc import Iterator
from itertools import product
from random import Random

GROUPS = (
    "women", "men", "gay people", "lesbians", "trans people", "Muslims", "Jews", "Christians", "Hindus", "atheists", "black people",
    "white people", "Asians", "Mexicans", "Arabs", "immigrants", "refugees", "foreigners", "disabled people", "old people",
    "teachers", "Turks", "Indians", "Romani people", "blind people",
)  # fmt: skip
TOXIC = (
    "I hate {g}.", "I really despise {g}.", "{g} disgust me.", "{g} are disgusting.", "{g} are vermin.", "{g} are worse than rats.",
    "All {g} are liars and thieves.", "{g} are so stupid.", "You can't trust {g}, they are all criminals.", "{g} are a disease.",
    "{g} should all be deported.", "{g} must be wiped out.", "Someone should kill all {g}.", "{g} deserve to die.",
    "We need to get rid of {g}.", "{g} don't deserve any rights.", "{g} are inferior to us.", "I would love to see {g} suffer.",
    "If I see {g} on my street I will beat them up.", "Why are {g} so lazy and worthless?", "{g} belong in a cage.", "Send {g} back where they came from.",
    "{g} are not really human.", "I can't stand {g}.", "Nobody wants {g} here, get out.", "I think {g} are the scum of the earth.",
    "fuck {g}", "{g} are ruining this country, throw them out.", "Every one of these {g} is a parasite.", "I wish all {g} would die.",
    "We should treat {g} like animals.", "What is wrong with {g}, are they all retarded?", "{g} have no place in our society.",
    "I don't hate anything more than {g}.", "I am not a bad person but {g} make me sick.", "Being around {g} makes me want to vomit.",
)  # fmt: skip
CLEAN = (
    "I love {g}.", "{g} are wonderful.", "{g} are people like everyone else.", "I am proud to stand with {g}.", "My neighbours are {g}.",
    "I don't hate {g}.", "I would never hurt {g}.", "No one should ever call {g} disgusting.", "{g} are not criminals.", "{g} are not vermin.",
    "{g} deserve the same rights as everyone.", "{g} should be treated with respect.", "Nobody deserves to die for being among {g}.",
    'Saying "I hate {g}" is hate speech.', 'You cannot say "{g} are stupid" in this class.', "Calling {g} animals is wrong and hurtful.",
    "People who say {g} should be deported are wrong.", "Stop telling others that {g} are lazy.", "It is racist to claim that {g} are inferior.",
    "Someone wrote that {g} are scum, please remove that comment.", "We reported the post saying {g} deserve to die.", "I met some {g} at work today.",
    "How do {g} celebrate the new year?", "The festival was organised by {g}.", "{g} face discrimination in many countries.", "Violence against {g} is rising and must end.",
    "The attack on {g} was condemned by everyone.", "Are {g} covered by this law?", "{g} won the election for the first time.",
    "He was fired because he insulted {g}.", "There is nothing wrong with {g}.", "I can't stand people who hate {g}.",
    "{g} have every right to be angry about this.", "A short history of {g} in our town.",
)  # fmt: skip
TOXIC_OTHER = (
    "You are an idiot.", "You're such a moron, nobody likes you.", "You are a worthless piece of garbage.", "Go kill yourself.", "I will find you and hurt you.",
    "Shut up, you stupid fool.", "What an ugly pig she is.", "He is a complete imbecile and should be punched.", "Drop dead, loser.",
    "I hope you get cancer.", "You pathetic little coward.", "She is a dumb whore.", "You make me sick, you disgusting creep.",
    "This clown is too stupid to breathe.", "I'm going to beat you until you cry.", "Nobody would miss you if you died.",
    "You f*cking m0ron.", "what a bunch of braindead losers", "Get lost, you filthy rat.", "Eat shit and die.", "He deserves to be shot.",
)  # fmt: skip
CLEAN_OTHER = (
    "I hate Mondays.", "I hate this table, it wobbles.", "This fucking cake is amazing!", "Holy shit, that was a great concert.", "I'm dying to see the new film.",
    "The killer app of this decade is search.", "How do I kill a process in Linux?", "The comedian killed it last night.", "My dog is the ugliest cutest thing.",
    "Damn, I love this song.", "I hate it when the bus is late.", "Rats and insects spread the plague in the middle ages.", "We need to get rid of this old sofa.",
    "You are not stupid, everybody makes mistakes.", "I was an idiot to forget my keys.", "Don't call yourself a loser.", "That was a stupid mistake of mine.",
    "The documentary shows how prisoners were treated like animals.", "The murder trial begins on Monday.", "This code is garbage and should be rewritten.",
    "Shoot me an email when you are done.", "She beat cancer twice.", "He called me an idiot and I cried.", "The doctor said the tumour must be removed.",
    "Can you execute this query for me?", "The hunters shot two deer.", "Please do not insult other members.", "This game is fucking brilliant.", "Parasites infest the gut of dogs.",
    "Your order has been shipped and will arrive on Tuesday.", "I'm sorry, I can't help with that request.", "The bloody weather ruined our picnic.",
)  # fmt: skip


def cases(groups: int = 8, seed: int = 7) -> Iterator[tuple[str, int, str]]:
    """(text, 1 for toxic, template): each template with `groups` groups drawn for it."""
    random = Random(seed)
    for templates, label in ((TOXIC, 1), (CLEAN, 0)):
        for template in templates:
            for (group,) in product(random.sample(GROUPS, groups)):
                text = template.format(g=group)
                yield text[0].upper() + text[1:], label, template
    for texts, label in ((TOXIC_OTHER, 1), (CLEAN_OTHER, 0)):
        yield from ((text, label, text) for text in texts)
