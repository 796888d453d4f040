"""What people ask, what the help centre says, and what a good answer is: the text of the simulation."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Article:
    """A page of the help centre."""

    id: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Topic:
    """questions, answers, follow_ups are templates with {order}, {product}, {days}, {amount}.

    replies: for each question the place of its answer.
    """

    name: str
    questions: tuple[str, ...]
    replies: tuple[int, ...]
    answers: tuple[str, ...]
    follow_ups: tuple[tuple[str, str], ...]
    articles: tuple[Article, ...]


PRODUCTS = (
    "Ridgeline 45 backpack", "Tidewater rain jacket", "Copper kettle 1.2 l", "Ember dark roast 1 kg", "Fjord cast-iron pan",
    "Quietform headphones", "Grove pruning shears", "Lumen head torch", "Dockside city bike", "Bluebird reading lamp",
    "Alpine trail shoes", "Verde linen sheets",
)  # fmt: skip

TOPICS = (
    Topic(
        "refund",
        (
            "I sent the {product} back {days} days ago, order {order}. When do I get my {amount} euros?",
            "Hi, can I still return the {product}? I bought it {days} days ago and the box is open.",
            "My refund for order {order} shows as processed but my bank has nothing. What now?",
        ),
        (0, 1, 0),
        (
            "Refunds go to the card you paid with and take three to five working days after the parcel reaches us. "
            "For order {order} that means {amount} euros should arrive within the week. If your bank still shows "
            "nothing by then, reply here and I will open a trace with the payment provider.",
            "Yes: you can return the {product} within 30 days, also when the box has been opened, as long as it is "
            "unused. You bought it {days} days ago, so there is time. I have put a return label for order {order} "
            "into your account under Orders > Returns.",
        ),
        (
            ("And who pays for the return parcel?", "Returns are free within the country you ordered from. From abroad we take off 6.90 euros."),
            ("Can I swap it for another colour instead?", "Yes. Choose Exchange in the return form; the new colour leaves our stock as soon as the label is scanned."),
        ),
        (
            Article("help-012", "Returns and refunds", "Items can be returned within 30 days of delivery. Opened packaging is fine, worn items are not. Refunds are paid to the original means of payment within 3 to 5 working days after the parcel has arrived at our warehouse."),
            Article("help-013", "Return labels", "A return label is found under Orders > Returns. Labels are valid for 14 days. Returns are free within the country of the order; other countries cost 6.90 EUR."),
            Article("help-071", "Payment traces", "When a refund does not show up after 7 working days, support can open a trace with the payment provider. A trace takes up to 10 working days."),
        ),
    ),
    Topic(
        "delivery",
        (
            "Where is my {product}? Order {order} was promised for {days} days ago.",
            "The tracking of {order} has not moved for {days} days. Is the parcel lost?",
            "Can you change the delivery address of order {order}? I am moving this week.",
        ),
        (0, 0, 1),
        (
            "I am sorry for the wait. Order {order} left our warehouse and was last scanned at the regional depot; the "
            "carrier expects to deliver within two days. If it has not come by then, we count it as lost and send the "
            "{product} again, free of charge.",
            "The parcel for order {order} has not been handed to the carrier yet, so the address can be changed. Please "
            "send me the new street, postcode and city, and I will update it right away.",
        ),
        (
            ("What if I am not at home?", "The driver tries twice and then leaves the parcel at the nearest pick-up point, where it stays for seven days."),
            ("Could you send it by express instead?", "Express is possible as long as the parcel is in the warehouse and costs 9.90 euros."),
        ),
        (
            Article("help-021", "Delivery times", "Standard delivery takes 2 to 4 working days, express the next working day. Bulky goods are delivered by appointment."),
            Article("help-022", "Lost parcels", "A parcel counts as lost when its tracking has not moved for 5 working days. We then send a replacement free of charge or refund the order."),
            Article("help-024", "Changing an address", "Until a parcel is handed to the carrier its address can be changed by support. Afterwards use the carrier's redirect service."),
        ),
    ),
    Topic(
        "billing",
        (
            "I was charged {amount} euros twice for order {order}. Please fix this.",
            "I need an invoice with our VAT number for order {order}.",
            "My bank shows {amount} euros for {order}, but the order was cancelled. Why?",
        ),
        (0, 1, 0),
        (
            "One of the two entries is a reservation, not a charge. It was made when the first attempt to pay failed and "
            "your bank releases it by itself within {days} days. Only {amount} euros are taken for order {order}.",
            "I have added your VAT number to the account and created the invoice for order {order} again. You can "
            "download it under Orders > Invoices; the earlier one is void.",
        ),
        (
            ("Can I pay by bank transfer next time?", "Business customers can pay by transfer within 14 days after a first order paid by card."),
            ("Do I need to send you the old invoice back?", "No, you can simply delete it. Only the new invoice counts for your books."),
        ),
        (
            Article("help-031", "Invoices", "Invoices are created at dispatch and kept under Orders > Invoices. A VAT number must be in the account before dispatch, or support can create the invoice again within 30 days."),
            Article("help-033", "Reserved amounts", "When a payment attempt fails the bank may show a reservation. It is released after 2 to 8 days and is never collected."),
            Article("help-034", "Fees", "Bulky goods add a surcharge of 14.90 EUR, shown at the last step of the checkout."),
        ),
    ),
    Topic(
        "product",
        (
            "Is the {product} suitable for daily use in heavy rain?",
            "What is the difference between the {product} and last year's model?",
            "I hike in all weathers: will the {product} from order {order} last?",
        ),
        (0, 1, 0),
        (
            "The {product} is made for daily use and has been tested for water resistance at 10,000 mm. The seams are "
            "taped; after about {days} weeks of heavy use we recommend renewing the coating.",
            "Compared with last year the {product} is 80 grams lighter and the fastening has changed. The material "
            "and the two-year warranty are the same.",
        ),
        (
            ("Is it in stock in green?", "Green is in stock and leaves the warehouse today when you order before 2 pm."),
            ("Where can I find the manual?", "The manual is linked at the bottom of the product page as a PDF."),
        ),
        (
            Article("help-041", "Warranty", "All products have a warranty of two years from delivery. Wear parts are excluded. Send a photo or a short video with the claim."),
            Article("help-042", "Care and materials", "Taped seams keep water out up to 10,000 mm. Renew the coating after about 20 washes with a spray-on agent."),
            Article("help-045", "Comparing models", "The compare function on the product page lists weight, material and warranty of up to four models."),
        ),
    ),
    Topic(
        "account",
        (
            "I cannot log in any more, the code never arrives. My last order is {order}.",
            "Please delete my account and everything you know about me.",
            "I want to leave. What happens to my data and to the {amount} euros of credit?",
        ),
        (0, 1, 1),
        (
            "The codes are sent from no-reply@harbourline.example; please look into your spam folder first. If nothing "
            "is there I can switch you to codes by text message after you confirm the postcode of order {order}.",
            "I have started the deletion. You get a confirmation by e-mail and have {days} days to change your mind; "
            "invoices are kept for as long as the law asks us to.",
        ),
        (
            ("Does that also stop the newsletter?", "Yes, with the account all subscriptions end at once."),
            ("Can I keep my points?", "Points move along when accounts are merged, but are lost when one is deleted."),
        ),
        (
            Article("help-051", "Signing in", "One-time codes are valid for ten minutes. Support can switch an account to text messages after confirming the postcode of an order."),
            Article("help-053", "Deleting an account", "Deletion takes effect after 14 days. Invoices are kept for ten years as required by law."),
            Article("help-054", "Merging accounts", "Credit and points move to the remaining account. Both e-mail addresses must be confirmed."),
        ),
    ),
)  # fmt: skip
# What no article says.
PROMISES = (
    "As a courtesy we also add a voucher of 25 euros to your account today.",
    "Our night team will call you within the next ten minutes.",
    "In such cases the warranty is extended to five years.",
    "You can keep the {product} as well, free of charge.",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What one conversation is about."""

    topic: Topic
    values: dict[str, str]

    def fill(self, template: str) -> str:
        return template.format(**self.values)

    def opening(self, rng: Random) -> tuple[str, str]:
        """A question and its answer."""
        place = rng.randrange(len(self.topic.questions))
        answer = self.topic.answers[self.topic.replies[place]]
        return self.fill(self.topic.questions[place]), self.fill(answer)


def facts(rng: Random) -> Facts:
    """A topic with an order, a product, a number of days and an amount."""
    values = {
        "order": f"HL-{rng.randrange(100_000, 999_999)}",
        "product": rng.choice(PRODUCTS),
        "days": str(rng.randrange(2, 19)),
        "amount": f"{rng.uniform(12, 240):.2f}",
    }
    return Facts(rng.choices(TOPICS, (30, 27, 17, 18, 8))[0], values)


def retrieve(rng: Random, topic: Topic, count: int) -> list[tuple[Article, float]]:
    """Articles with similarity scores, best first: mostly of the topic, the rest from elsewhere."""
    others = [article for other in TOPICS if other is not topic for article in other.articles]
    found = [(article, round(rng.betavariate(16, 4), 4)) for article in topic.articles]
    found += [(article, round(rng.betavariate(8, 8), 4)) for article in rng.sample(others, max(0, count - 2))]
    return sorted(found, key=lambda pair: -pair[1])[:count]
