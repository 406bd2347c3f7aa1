"""The words a shop is made of: departments, brands, materials, colours.

All brand names are put together from syllables; none is meant to be a real one.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Leaf:
    """A leaf category: what is sold there and what buyers talk about.

    `cents` is the usual price range; `aspects` are parts a review may praise or blame.
    """

    name: str
    middle: str
    nouns: tuple[str, ...]
    aspects: tuple[str, ...]
    materials: tuple[str, ...]
    sizes: tuple[str, ...]
    cents: tuple[int, int]
    department: int = -1


@dataclass(frozen=True)
class Department:
    """A department; `durable` says that its goods can wear thin or break,
    `variety` names the choice its goods come in."""

    name: str
    main_category: str
    durable: bool
    variety: str
    styles: tuple[str, ...]
    leaves: tuple[Leaf, ...]


def _leaf(
    middle: str,
    name: str,
    nouns: str,
    aspects: str,
    materials: str,
    sizes: str,
    low: int,
    high: int,
) -> Leaf:
    words = [tuple(text.split("|")) for text in (nouns, aspects, materials, sizes)]
    return Leaf(name, middle, words[0], words[1], words[2], words[3], (low, high))


def _department(
    name: str, main: str, durable: bool, variety: str, styles: str, *leaves: Leaf
) -> Department:
    return Department(name, main, durable, variety, tuple(styles.split("|")), leaves)


DEPARTMENTS = (
    _department(
        "Home & Kitchen",
        "Home",
        True,
        "Color",
        "Classic|Rustic|Modern|Everyday|Nordic|Heritage|Essential",
        _leaf(
            "Dining & Entertaining",
            "Coffee Mugs",
            "coffee mug|travel mug",
            "handle|glaze|lid|rim",
            "Stoneware|Stainless Steel|Borosilicate Glass|Porcelain",
            "12 oz|16 oz|Set of 2|Set of 4",
            899,
            3499,
        ),
        _leaf(
            "Dining & Entertaining",
            "Serving Bowls",
            "serving bowl|salad bowl",
            "glaze|bottom|shape|rim",
            "Stoneware|Bamboo|Acacia Wood|Porcelain",
            "Medium|Large|2 Quart|Set of 3",
            1299,
            5999,
        ),
        _leaf(
            "Kitchen Tools",
            "Cutting Boards",
            "cutting board|carving board",
            "surface|juice groove|edge|handle",
            "Bamboo|Beech Wood|Acacia Wood|Polypropylene",
            "Small|Medium|Large|17 x 12 inches",
            1199,
            5499,
        ),
        _leaf(
            "Kitchen Tools",
            "Graters & Peelers",
            "box grater|vegetable peeler",
            "blade|grip|hinge|coating",
            "Stainless Steel|Carbon Steel|Stainless Steel and Bamboo",
            "One Size|Compact|Set of 2",
            699,
            2499,
        ),
        _leaf(
            "Bedding & Bath",
            "Bath Towels",
            "bath towel|bath sheet",
            "fabric|stitching|hem|pile",
            "Cotton|Organic Cotton|Bamboo Viscose|Linen",
            "27 x 54 inches|30 x 60 inches|Set of 2|Set of 4",
            1099,
            4599,
        ),
        _leaf(
            "Bedding & Bath",
            "Throw Blankets",
            "throw blanket|fleece blanket",
            "fabric|stitching|edge|weave",
            "Fleece|Cotton|Sherpa|Merino Wool",
            "50 x 60 inches|60 x 80 inches|Queen",
            1899,
            7999,
        ),
        _leaf(
            "Home Decor",
            "Wall Clocks",
            "wall clock|kitchen clock",
            "movement|frame|glass|battery door",
            "Beech Wood|Brushed Metal|Bamboo|Glass",
            "10 inch|12 inch|16 inch",
            1499,
            6499,
        ),
    ),
    _department(
        "Sports & Outdoors",
        "Sports & Outdoors",
        True,
        "Color",
        "Ultralight|Trail|All-Weather|Compact|Pro|Weekend|Summit",
        _leaf(
            "Camping & Hiking",
            "Hiking Daypacks",
            "daypack|hiking backpack",
            "zipper|shoulder strap|seam|buckle",
            "Ripstop Nylon|Recycled Polyester|Waxed Canvas",
            "18 L|20 L|30 L|40 L",
            2499,
            12999,
        ),
        _leaf(
            "Camping & Hiking",
            "Camping Lanterns",
            "camping lantern|tent light",
            "switch|battery|hook|charging port",
            "Aluminum|ABS Plastic|Steel",
            "200 Lumens|500 Lumens|1000 Lumens|2-Pack",
            1499,
            5999,
        ),
        _leaf(
            "Camping & Hiking",
            "Trekking Poles",
            "trekking pole|walking stick",
            "lock|grip|tip|wrist strap",
            "Aluminum|Carbon Fiber|Aluminum and Cork",
            "43-53 inches|100-135 cm|Pair",
            1999,
            8999,
        ),
        _leaf(
            "Exercise & Fitness",
            "Yoga Mats",
            "yoga mat|exercise mat",
            "surface|foam|edge|carry strap",
            "Natural Rubber|TPE Foam|Cork|EVA Foam",
            "4 mm|6 mm|10 mm|72 x 26 inches",
            1599,
            7499,
        ),
        _leaf(
            "Exercise & Fitness",
            "Resistance Bands",
            "resistance band|pull-up band",
            "rubber|handle|seam|clip",
            "Natural Rubber|Latex-Free Rubber|Woven Cotton",
            "Light|Medium|Heavy|Set of 5",
            899,
            3999,
        ),
        _leaf(
            "Cycling",
            "Bike Lights",
            "bike light|tail light",
            "mount|battery|clip|charging port",
            "Aluminum|ABS Plastic|Polycarbonate",
            "300 Lumens|800 Lumens|Front and Rear Set",
            1299,
            6999,
        ),
    ),
    _department(
        "Office Products",
        "Office Products",
        True,
        "Color",
        "Executive|Slim|Minimalist|Everyday|Studio|Signature",
        _leaf(
            "Writing & Paper",
            "Notebooks & Journals",
            "notebook|journal",
            "paper|binding|cover|elastic",
            "Recycled Paper|Faux Leather|Linen|Kraft Paper",
            "A5|A4|Pocket Size|Pack of 3",
            699,
            2999,
        ),
        _leaf(
            "Writing & Paper",
            "Gel Pens",
            "gel pen|rollerball pen",
            "ink|tip|clip|cap",
            "ABS Plastic|Brushed Aluminum|Brass",
            "0.5 mm|0.7 mm|Pack of 6|Pack of 12",
            499,
            2499,
        ),
        _leaf(
            "Desk Accessories",
            "Desk Organizers",
            "desk organizer|pen holder",
            "drawer|base|finish|divider",
            "Bamboo|Walnut|Steel Mesh|ABS Plastic",
            "Compact|Wide|3 Tiers|6 Compartments",
            1299,
            4999,
        ),
        _leaf(
            "Desk Accessories",
            "Desk Lamps",
            "desk lamp|reading lamp",
            "arm|switch|base|light",
            "Brushed Aluminum|Steel|Walnut",
            "Small|Tall|Clamp-On",
            1999,
            8999,
        ),
        _leaf(
            "Filing & Labels",
            "Document Boxes",
            "document box|file box",
            "lid|hinge|latch|handle",
            "Steel|Recycled Cardboard|Faux Leather|Linen",
            "A4|Letter Size|Legal Size|Set of 2",
            1499,
            5499,
        ),
    ),
    _department(
        "Pet Supplies",
        "Pet Supplies",
        True,
        "Color",
        "Tough|Cozy|Playful|Everyday|Comfort|Natural",
        _leaf(
            "Dogs",
            "Dog Leashes",
            "dog leash|training leash",
            "clip|handle|stitching|webbing",
            "Nylon|Leather|Cotton Rope|Biothane",
            "4 ft|5 ft|6 ft|10 ft",
            999,
            3999,
        ),
        _leaf(
            "Dogs",
            "Dog Beds",
            "dog bed|crate pad",
            "filling|cover|zipper|bottom",
            "Fleece|Memory Foam|Canvas|Sherpa",
            "Small|Medium|Large|X-Large",
            1999,
            9999,
        ),
        _leaf(
            "Dogs",
            "Chew Toys",
            "chew toy|rope toy",
            "rubber|squeaker|rope|knot",
            "Natural Rubber|Cotton Rope|Nylon",
            "Small|Medium|Large|3-Pack",
            599,
            2499,
        ),
        _leaf(
            "Cats",
            "Cat Scratchers",
            "cat scratcher|scratching post",
            "base|rope|platform|screw",
            "Sisal|Corrugated Cardboard|Plush and Sisal",
            "24 inches|32 inches|Wide|2-Pack",
            1499,
            7999,
        ),
        _leaf(
            "Cats",
            "Pet Bowls",
            "pet bowl|slow feeder",
            "base|rim|rubber ring|coating",
            "Stainless Steel|Ceramic|Bamboo Fiber",
            "1 Cup|4 Cups|8 Cups|Set of 2",
            799,
            3499,
        ),
    ),
    _department(
        "Toys & Games",
        "Toys & Games",
        True,
        "Color",
        "Junior|Classic|My First|Deluxe|Rainbow|Adventure",
        _leaf(
            "Building Toys",
            "Building Blocks",
            "block set|building kit",
            "block|box|connector|paint",
            "Beech Wood|ABS Plastic|Cork",
            "48 Pieces|100 Pieces|250 Pieces|500 Pieces",
            1499,
            6999,
        ),
        _leaf(
            "Games & Puzzles",
            "Jigsaw Puzzles",
            "jigsaw puzzle|floor puzzle",
            "piece|picture|box|fit",
            "Recycled Cardboard|Basswood|Cardboard",
            "100 Pieces|500 Pieces|1000 Pieces",
            999,
            3499,
        ),
        _leaf(
            "Games & Puzzles",
            "Board Games",
            "board game|card game",
            "rule book|board|token|card",
            "Cardboard|Beech Wood|Linen-Finish Cards",
            "2-4 Players|3-6 Players|Travel Size",
            1299,
            5999,
        ),
        _leaf(
            "Plush & Dolls",
            "Stuffed Animals",
            "stuffed animal|plush toy",
            "seam|fur|filling|eye",
            "Plush|Organic Cotton|Faux Fur",
            "8 inches|12 inches|18 inches|Jumbo",
            899,
            4499,
        ),
        _leaf(
            "Outdoor Play",
            "Sand & Water Toys",
            "sand toy set|water table",
            "bucket|handle|plug|plastic",
            "ABS Plastic|Silicone|Bioplastic",
            "8 Pieces|14 Pieces|24 Pieces",
            1099,
            5999,
        ),
    ),
    _department(
        "Beauty & Personal Care",
        "All Beauty",
        False,
        "Scent",
        "Gentle|Daily|Nourishing|Botanical|Pure|Soothing",
        _leaf(
            "Skin Care",
            "Face Moisturizers",
            "moisturizer|face cream",
            "texture|scent|pump|jar",
            "Aloe Vera|Oat Extract|Shea Butter|Squalane",
            "1.7 fl oz|3.4 fl oz|Travel Size",
            899,
            4599,
        ),
        _leaf(
            "Skin Care",
            "Lip Balms",
            "lip balm|lip mask",
            "texture|scent|tube|flavor",
            "Shea Butter|Beeswax|Coconut Oil",
            "0.15 oz|Pack of 2|Pack of 4",
            399,
            1699,
        ),
        _leaf(
            "Hair Care",
            "Hair Brushes",
            "hair brush|detangling brush",
            "bristle|handle|cushion|tip",
            "Boar Bristle|Bamboo|Nylon Pins",
            "Small|Large|Set of 2",
            799,
            3299,
        ),
        _leaf(
            "Hair Care",
            "Shampoos",
            "shampoo|shampoo bar",
            "scent|lather|bottle|cap",
            "Argan Oil|Oat Extract|Rosemary|Aloe Vera",
            "8 fl oz|13 fl oz|Pack of 2",
            699,
            2999,
        ),
        _leaf(
            "Bath & Body",
            "Hand Soaps",
            "hand soap|foaming soap",
            "scent|pump|lather|bottle",
            "Olive Oil|Shea Butter|Lemon Verbena|Lavender Oil",
            "10 fl oz|34 fl oz Refill|Pack of 3",
            499,
            1999,
        ),
    ),
    _department(
        "Electronics",
        "All Electronics",
        True,
        "Color",
        "Slim|Rugged|Travel|Universal|Pro|Essential",
        _leaf(
            "Accessories & Supplies",
            "Charging Cables",
            "charging cable|USB cable",
            "plug|sleeve|connector|strain relief",
            "Braided Nylon|Silicone|TPE",
            "3 ft|6 ft|10 ft|2-Pack",
            699,
            2999,
        ),
        _leaf(
            "Accessories & Supplies",
            "Laptop Sleeves",
            "laptop sleeve|laptop bag",
            "zipper|padding|seam|pocket",
            "Neoprene|Recycled Polyester|Wool Felt|Faux Leather",
            "13 inch|14 inch|15.6 inch|16 inch",
            1299,
            5999,
        ),
        _leaf(
            "Accessories & Supplies",
            "Phone Stands",
            "phone stand|tablet stand",
            "hinge|rubber pad|base|arm",
            "Aluminum|ABS Plastic|Walnut",
            "Single|2-Pack|Tall",
            899,
            3999,
        ),
        _leaf(
            "Audio",
            "Earbuds",
            "earbud set|wireless headset",
            "case|battery|microphone|ear tip",
            "ABS Plastic|Silicone|Polycarbonate",
            "24 Hours|36 Hours|48 Hours",
            1999,
            12999,
        ),
        _leaf(
            "Audio",
            "Portable Speakers",
            "portable speaker|bluetooth speaker",
            "sound|battery|button|charging port",
            "Woven Fabric|Silicone|Aluminum",
            "5 W|10 W|20 W|40 W",
            2499,
            14999,
        ),
        _leaf(
            "Power",
            "Power Banks",
            "power bank|battery pack",
            "battery|display|button|charging port",
            "Polycarbonate|Aluminum|ABS Plastic",
            "5000 mAh|10000 mAh|20000 mAh",
            1799,
            7999,
        ),
    ),
    _department(
        "Grocery & Gourmet Food",
        "Grocery",
        False,
        "Flavor",
        "Breakfast|Small Batch|Original|Mountain|Harvest|Estate",
        _leaf(
            "Beverages",
            "Ground Coffee",
            "ground coffee|espresso blend",
            "aroma|roast|bag|aftertaste",
            "Organic Arabica|Fair Trade Arabica|Arabica and Robusta",
            "12 oz|1 lb|2 lb|Pack of 3",
            899,
            3999,
        ),
        _leaf(
            "Beverages",
            "Herbal Teas",
            "herbal tea|chamomile tea",
            "aroma|flavor|tea bag|box",
            "Organic|Loose Leaf|Caffeine Free",
            "20 Count|50 Count|4 oz|Pack of 6",
            499,
            2499,
        ),
        _leaf(
            "Snacks & Sweets",
            "Chocolate Bars",
            "chocolate bar|dark chocolate",
            "flavor|texture|wrapper|aftertaste",
            "70% Cacao|Oat Milk|Sea Salt|Organic",
            "3 oz|Pack of 4|Pack of 12",
            399,
            2999,
        ),
        _leaf(
            "Snacks & Sweets",
            "Trail Mixes",
            "trail mix|nut mix",
            "flavor|bag|crunch|salt",
            "Unsalted|Organic|Dried Fruit and Nuts",
            "8 oz|26 oz|Pack of 6",
            699,
            3499,
        ),
        _leaf(
            "Pantry",
            "Olive Oils",
            "olive oil|extra virgin oil",
            "flavor|bottle|cap|aroma",
            "Cold Pressed|Organic|Single Estate",
            "8.5 fl oz|17 fl oz|34 fl oz",
            999,
            4999,
        ),
    ),
)

LEAVES = tuple(
    replace(leaf, department=number)
    for number, department in enumerate(DEPARTMENTS)
    for leaf in department.leaves
)

NOUNS = tuple(noun for leaf in LEAVES for noun in leaf.nouns)

COLOURS = (
    "Black",
    "White",
    "Sage Green",
    "Navy",
    "Charcoal",
    "Sand",
    "Terracotta",
    "Sky Blue",
    "Coral",
    "Mustard",
    "Slate Grey",
    "Ivory",
    "Forest Green",
    "Burgundy",
    "Lavender",
    "Teal",
)

# What a shopper chooses among, by the key it has in an item's details.
VARIETIES = {
    "Color": COLOURS,
    "Scent": (
        "Lavender",
        "Citrus",
        "Cedar",
        "Unscented",
        "Rose",
        "Vanilla",
        "Sea Breeze",
        "Green Tea",
    ),
    "Flavor": ("Original", "Vanilla", "Hazelnut", "Classic", "Honey", "Orange", "Smoked", "Mild"),
}

FEATURES = (
    "{material} chosen with care, from suppliers we know by name",
    "Thoughtful design: the {aspect} was tested by people who use it every day",
    "Easy to clean and easy to store",
    "{colour}: one of {variety_count} to choose from",
    "A considerate gift for birthdays, holidays and housewarmings",
    "{size}: please check that it is what you need before you order",
    "If anything is wrong with your {noun}, write to us and we will make it right",
    "Packed without plastic in a recycled box",
    "Improved {aspect}, redesigned after feedback from our customers",
)

DESCRIPTIONS = (
    "{brand} has been making the {noun} that we wished we could buy. Simple, honest and built "
    "around the {aspect}.",
    "Meet the {style} {noun} by {brand}. {material}, {colour}, and a {aspect} you will notice "
    "every day.",
    "A {noun} for people who care about details. {size}, {colour}.",
    "What is in the box: one {noun}, a care card and our thanks.",
    "Note: pictures may look slightly different on your screen.",
)

COUNTRIES = ("China", "USA", "Portugal", "India", "Vietnam", "Germany", "Poland", "Mexico")

_STARTS = (
    "Nor",
    "Vel",
    "Tam",
    "Bris",
    "Quel",
    "Ost",
    "Hal",
    "Mir",
    "Kes",
    "Dov",
    "Fenn",
    "Lor",
    "Pell",
    "Rav",
    "Sol",
    "Thim",
    "Ull",
    "Wen",
    "Yar",
    "Zeph",
    "Cal",
    "Dray",
    "Elm",
    "Gris",
)
_MIDDLES = ("a", "e", "i", "o", "ando", "eri", "imo", "ulu", "ora", "eva", "asti", "ico", "enna")
_ENDS = (
    "vella",
    "mere",
    "dor",
    "wick",
    "lund",
    "fenn",
    "rana",
    "quist",
    "thal",
    "bex",
    "nook",
    "stead",
    "mar",
    "tine",
    "zo",
    "via",
    "holt",
    "lark",
    "pine",
    "rue",
    "son",
    "tra",
    "yard",
)
_SUFFIXES = ("", " Goods", " & Co", " Works", " Supply", " Living", " Studio", " Makers")


def brand_name(number: int) -> str:
    """Brand number `number`; distinct for the first 43,056 numbers."""
    words = len(_STARTS) * len(_MIDDLES) * len(_ENDS)
    # 2657 shares no factor with the number of words, so neighbours look unlike each other.
    word = number * 2657 % words
    suffix = (
        min(2 + number // words, 7) if number >= words else number % 3 if number % 5 == 0 else 0
    )
    word, end = divmod(word, len(_ENDS))
    start, middle = divmod(word, len(_MIDDLES))
    return _STARTS[start] + _MIDDLES[middle] + _ENDS[end] + _SUFFIXES[suffix]
