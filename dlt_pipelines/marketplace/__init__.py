"""The practice marketplace: a made-up shop with items, prices and reviews, and its API.

`Marketplace(items, reviews, seed)` writes files in the real set's layout or serves them
over HTTP. Reviews carry a story that can be found in the data; `Marketplace.truth()` tells
it.
"""

from .api import Api
from .marketplace import Marketplace
from .truths import FIRST_DAY, LAST_DAY

__all__ = ["FIRST_DAY", "LAST_DAY", "Api", "Marketplace"]
