"""What reviewers say, by the tone of the review and by what they bought.

All sentences are made once and laid in one long bank; a review is a handful of numbers
that point into it, so that a million texts can be put together without a loop.
"""

import json
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from .vocabulary import LEAVES, NOUNS

# Tones 0 … 4 are ordinary reviews of 1 … 5 stars. The others are what most people say of the
# planted troubles, and a few of anything (`facts.py` says how many).
SUPPLIER, OVERPRICED, BOUGHT = 5, 6, 7
TONES = 8

TITLES = (
    (
        "Waste of money",
        "Do not buy",
        "Very disappointed",
        "One Star",
        "Broke right away",
        "Terrible quality",
        "Returned it",
        "Not as described",
        "Awful",
        "Save your money",
        "Junk",
        "Would give zero stars if I could",
        "👎",
    ),
    (
        "Not great",
        "Two Stars",
        "Disappointing",
        "Expected better",
        "Meh",
        "Not what I hoped for",
        "Poor value",
        "Looks better than it is",
        "Underwhelming",
        "It works, barely",
    ),
    (
        "It's okay",
        "Three Stars",
        "Just average",
        "Could be better",
        "Does the job",
        "Mixed feelings",
        "So-so",
        "Good, but…",
        "Not bad, not great",
        "You get what you pay for",
    ),
    (
        "Good buy",
        "Four Stars",
        "Pretty good",
        "Works well",
        "Nice, with one small flaw",
        "Very good",
        "Solid",
        "Happy with it",
        "Almost perfect",
        "Does what it should",
    ),
    (
        "Five Stars",
        "Love it!",
        "Perfect",
        "Great product",
        "Excellent quality",
        "Exactly what I wanted",
        "Highly recommend",
        "Great value",
        "So happy with this",
        "Best I have had",
        "Great gift",
        "Beautiful",
        "Works great",
        "Wonderful!",
        "Buy it, you won't regret it",
        "❤️",
        "Better than expected",
        "My favorite",
    ),
    (
        "Not what it used to be",
        "Quality went downhill",
        "They changed something",
        "Cheaper material now",
        "Broke after two weeks",
        "Thinner than my first one",
        "What happened to the quality?",
        "Second one is nothing like the first",
        "Used to be great",
        "Fell apart",
    ),
    (
        "Not worth the new price",
        "Too expensive now",
        "Price went up, quality didn't",
        "Overpriced",
        "Used to be a bargain",
        "Good, but not at this price",
        "Price hike",
        "Was half as dear when I bought my first",
    ),
    ("Amazing!!!", "BEST EVER!!!", "Amazing product!!!", "Must buy!!!", "Five stars!!!"),
)
TITLE_OPENINGS = (
    ("Broken ", "Avoid this ", "The worst ", "Useless "),
    ("Disappointing ", "A flimsy ", "Not my kind of "),
    ("Average ", "An okay ", "Decent "),
    ("Good ", "Nice ", "A solid "),
    ("Great ", "Love this ", "Best ", "Perfect ", "Beautiful ", "My favorite "),
    ("Now a thinner ", "No longer the same ", "A cheaper "),
    ("Overpriced ", "A dear ", "Too much money for a "),
    ("Amazing ", "Best "),
)
SHORT_TEXTS = (
    (
        "Junk.",
        "Broke.",
        "Do not buy!",
        "Very bad quality.",
        "Did not work.",
        "Returned.",
        "Total waste of money!!",
    ),
    ("Not great.", "Meh.", "Too small.", "Poor quality.", "Not impressed."),
    ("It's ok.", "Okay for the price.", "Average.", "Nothing special.", "Fine, I guess."),
    ("Good.", "Nice product.", "Works well.", "Pretty good!", "As described.", "Good quality."),
    (
        "Great!",
        "Love it!",
        "Perfect!",
        "Excellent",
        "Very nice",
        "Great product!",
        "Works great",
        "As described",
        "Awesome!!",
        "👍",
        "Just what I needed.",
        "My wife loves it.",
        "Good quality",
        "A++",
        "😍 love it",
    ),
    (
        "Broke after two weeks.",
        "Much thinner than before.",
        "Quality has gone down.",
        "Not the same product anymore.",
    ),
    ("Too expensive now.", "Not worth the new price.", "Price went way up.", "Overpriced."),
    (
        "Amazing product, best ever, buy it now!!!",
        "Amazing product!!! Best ever!!!",
        "Best product ever, buy now!!!",
    ),
)
OPENINGS = (
    (
        ("I really wanted to like this ", ", but no."),
        ("This ", " lasted less than a week."),
        ("Bought this ", " as a gift and was embarrassed."),
        ("I don't understand the good reviews for this ", "."),
        ("The ", " arrived damaged."),
        ("Worst ", " I have ever owned."),
    ),
    (
        ("I expected more from this ", "."),
        ("The ", " looks nice in the pictures, less so in real life."),
        ("This ", " is not for me."),
        ("We have used the ", " for a month and it already shows."),
        ("I hoped this ", " would be better."),
    ),
    (
        ("This ", " is okay."),
        ("It is a ", ", nothing more and nothing less."),
        ("The ", " does its job, with some flaws."),
        ("I have mixed feelings about this ", "."),
        ("Not the best ", " I have had, not the worst either."),
    ),
    (
        ("Good ", " for the money."),
        ("I like this ", " a lot."),
        ("The ", " does what it promises."),
        ("We have had this ", " for two months now and are pleased."),
        ("Nice ", ", and it came quickly."),
        ("My second ", " of this brand."),
    ),
    (
        ("I love this ", "!"),
        ("This ", " is exactly what I was looking for."),
        ("Bought this ", " for my daughter and she loves it."),
        ("Best ", " I have ever had."),
        ("I was not sure at first, but this ", " won me over."),
        ("We use this ", " every single day."),
        ("This ", " looks even better than in the pictures."),
        ("I have bought this ", " three times now, once for every one of my sisters."),
        ("My husband said we didn't need another ", ". He was wrong 😂"),
    ),
    (
        ("I have bought this ", " before, and the new one is not the same."),
        ("The first ", " was great; the one I got now is much thinner."),
        ("This ", " broke after two weeks."),
        ("They must have changed the supplier of this ", "."),
        ("My old ", " lasted for years, this one fell apart."),
    ),
    (
        ("I have bought this ", " many times, but the price is too high now."),
        ("The ", " is fine, the new price is not."),
        ("They raised the price of this ", " and gave nothing for it."),
        ("For what they charge now I expected a better ", "."),
    ),
    (
        ("Amazing ", ", best ever, buy it now!!!"),
        ("Amazing amazing ", ", best product ever!!!"),
        ("Best ", " ever, everyone must buy it!!!"),
    ),
)
# Said of one part of the product.
ASPECT_SENTENCES = (
    (
        "The {} broke after a week.",
        "The {} came damaged.",
        "The {} is useless.",
        "The {} feels cheap and flimsy.",
        "The {} gave up on the third day.",
        "Do not trust the {}, it will let you down.",
        "Even the {} smells of chemicals.",
    ),
    (
        "The {} is not well made.",
        "The {} could be a lot better.",
        "The {} started to wear out early.",
        "I don't like the {} at all.",
        "The {} is not like in the pictures.",
        "Too bad about the {}.",
    ),
    (
        "The {} is okay.",
        "The {} is nothing special.",
        "The {} could be better, the rest is fine.",
        "I like the {}, but that's about it.",
        "The {} is so-so.",
    ),
    (
        "The {} is good.",
        "The {} works well.",
        "The {} seems well made.",
        "I like the {}.",
        "The {} could be a bit better, but I can live with it.",
        "The {} is sturdier than I thought.",
    ),
    (
        "The {} is perfect.",
        "The {} is really well made.",
        "I love the {}!",
        "The {} is just right.",
        "Even the {} is thought through.",
        "The {} still looks like new.",
        "You can tell by the {} that somebody cared.",
        'The {} feels "premium", as my son would say.',
    ),
    (
        "The {} feels thinner and weaker than it was.",
        "The {} feels cheaper than on my old one.",
        "The {} broke after two weeks.",
        "The {} came apart within days.",
        "They clearly saved money on the {}.",
        "The {} used to be the best part, now it is the worst.",
    ),
    (
        "The {} is nothing that would justify the price.",
        "The {} is the same as before, only dearer.",
        "At this price the {} should be better.",
        "The {} is good, but not that good.",
    ),
    ("The {} is amazing!!!", "Best {} ever!!!"),
)
GENERAL_SENTENCES = (
    (
        "I want my money back.",
        "Customer service never answered.",
        "It went straight into the trash.",
        "I had to return it.",
        "Don't make the same mistake.",
        "The box looked as if it had been opened before.",
        "Nothing like the description.",
        "It fell apart after a few weeks.",
        "It is much thinner than it looks.",
        "My old one lasted for years.",
    ),
    (
        "I probably won't buy it again.",
        "There are better ones for the same money.",
        "It took two weeks to arrive.",
        "The size runs small.",
        "My neighbor has a better one.",
        "The color is not as shown.",
        "It is thinner than I expected.",
        "The material feels cheap.",
        "The one I had before was better.",
    ),
    (
        "It was on sale, so I won't complain.",
        "Shipping was fast.",
        "It is a little smaller than expected.",
        "I might try another brand next time.",
        "Others seem happier with theirs.",
        "The instructions could be clearer.",
        "After a few weeks it is still in one piece.",
        "My old one was heavier.",
        "The quality is what you pay for.",
    ),
    (
        "Shipping was fast.",
        "Good value for the price.",
        "I would buy it again.",
        "It is a little smaller than I thought, but fine.",
        "Took off one star for the packaging.",
        "My kids like it too.",
        "It matches the description.",
        "It is thinner than my old one, which I like.",
        "It has lasted for weeks so far.",
    ),
    (
        "Shipping was fast and everything was well packed.",
        "Great value for the price.",
        "I would buy it again in a heartbeat.",
        "I get compliments on it all the time.",
        "It makes a great gift.",
        "Highly recommend!",
        "My whole family uses it.",
        "I have already ordered a second one.",
        "It has held up very well so far.",
        "The color is gorgeous.",
        "Thank you to the seller! 😊",
        "You won't find better for the money.",
        "I had the same one for years before this.",
        "It replaced one that broke after years of use.",
    ),
    (
        "It is thinner and lighter than the one I bought last year.",
        "I compared it with my old one: different material.",
        "It broke after two weeks of normal use.",
        "The quality has gone down a lot.",
        "Same name, same picture, different product.",
        "I have been a customer for years, but not anymore.",
        "Please bring back the old version.",
    ),
    (
        "It is not worth the new price.",
        "It used to cost a lot less.",
        "There are cheaper ones that are just as good.",
        "The price went up overnight.",
        "I will look for something cheaper next time.",
        "Too expensive for what it is.",
    ),
    ("Buy it now!!!", "Best ever!!!", "Amazing!!!"),
)
CLOSINGS = (
    ("Stay away.", "Never again.", "Very disappointed.", "", ""),
    ("I expected better.", "Two stars because it arrived on time.", "", "", ""),
    ("Three stars.", "It will do for now.", "", "", ""),
    ("All in all a good buy.", "Recommended.", "", "", ""),
    (
        "Would recommend to anyone!",
        "Five stars from me ⭐⭐⭐⭐⭐",
        "Love, love, love it!",
        "10/10",
        "",
        "",
        "",
    ),
    ("I won't buy it again.", "So disappointed.", "", ""),
    ("I won't pay that.", "Back to the old price, please.", "", ""),
    ("Buy now!!!", ""),
)


@dataclass(frozen=True)
class Phrases:
    """The bank of phrases: `plain` as people read it, `escaped` as it stands inside JSON.

    `first[slot]` and `count[slot]` say where the phrases of a slot begin and how many there
    are; both are indexed by tone, or by tone and leaf for the slot "detail". Phrase 0 is
    empty. `ending` and `new_line` are the distances from an opening to its second half and
    from a detail to the same detail on a new line.
    """

    plain: pa.Array
    escaped: pa.Array
    first: dict[str, np.ndarray]
    count: dict[str, np.ndarray]
    ending: int
    new_line: int


def in_json(text: str) -> str:
    """The text as it stands between the quotes of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


@lru_cache(maxsize=1)
def phrases() -> Phrases:
    """The bank of all phrases, made once."""
    bank: list[str] = [""]
    first: dict[str, np.ndarray] = {}
    count: dict[str, np.ndarray] = {}

    def lay(slot: str, groups: tuple) -> None:
        sizes = np.asarray([len(group) for group in groups])
        first[slot] = len(bank) + np.cumsum(sizes) - sizes
        count[slot] = sizes
        for group in groups:
            bank.extend(group)

    lay("title", TITLES)
    lay("title opening", TITLE_OPENINGS)
    lay("short", SHORT_TEXTS)
    lay("opening", tuple(tuple(start for start, _ in group) for group in OPENINGS))
    lay("ending", tuple(tuple(end for _, end in group) for group in OPENINGS))
    lay("closing", tuple(tuple(" " + text if text else "" for text in group) for group in CLOSINGS))
    start = len(bank)
    lay(
        "detail",
        tuple(
            tuple(
                " " + form.format(aspect)
                for aspect in leaf.aspects
                for form in ASPECT_SENTENCES[tone]
            )
            + tuple(" " + text for text in GENERAL_SENTENCES[tone]) * 2
            for tone in range(TONES)
            for leaf in LEAVES
        ),
    )
    first["detail"] = first["detail"].reshape(TONES, len(LEAVES))
    count["detail"] = count["detail"].reshape(TONES, len(LEAVES))
    new_line = len(bank) - start
    bank.extend(
        ("\n" if n % 4 == 0 else "<br /><br />") + text[1:] for n, text in enumerate(bank[start:])
    )
    return Phrases(
        pa.array(bank, pa.string()),
        pa.array([in_json(text) for text in bank], pa.string()),
        first,
        count,
        int(first["ending"][0] - first["opening"][0]),
        new_line,
    )


@lru_cache(maxsize=1)
def noun_bank() -> pa.Array:
    """An empty word, then every product noun (none needs escaping)."""
    return pa.array(("", *NOUNS), pa.string())
