"""Extract and load: products, prices and reviews into DuckDB with dlt."""

import gc
import os

from dlt_pipelines import surroundings


def prepare() -> None:
    """Set what has to be set before dlt is imported."""
    surroundings.prepare()
    # the marketplace is on this machine, whatever proxy there is
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), "127.0.0.1", "localhost")))
    # dlt, dbt and pandas make hundreds of thousands of objects as they are imported, and all of
    # them stay. Looked through for garbage after as few new ones as Python waits for by itself (700
    # in 3.11), a start takes a fifth longer.
    gc.set_threshold(20_000, *gc.get_threshold()[1:])


prepare()
