"""Is the tone fit for a customer?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="tone",
    aliases=("politeness", "style", "professionalism"),
    summary="Whether the answer is written in a fitting tone: clear, respectful, calm.",
    question="Is the output written in a tone fit for a professional service: clear, respectful and calm?",
    rules=(
        "Judge the tone only, not the content: bad news can be told well.",
        "Sarcasm, blame, condescension, slang the person did not use, and exaggerated cheer count against it.",
        "Quote the words whose tone is off.",
    ),
    grades=(
        Grade("fitting", 1.0, "nothing to change"),
        Grade("slightly_off", 0.5, "one or two turns of phrase should change"),
        Grade("unfitting", 0.0, "it should not have been sent like this"),
    ),
    needs=("output",),
    optional=("input",),
    mark="tone",
    threshold=0.75,
    blind="The house style of your organisation: say it in the judge's criteria.",
)
