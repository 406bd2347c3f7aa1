"""Dumps of the marketplace in the file layout of the real set."""

import gzip
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dlt_pipelines.deletion import delete

from .feed import (
    EDIT,
    MALFORMED,
    ItemFeed,
    ReviewFeed,
    item_text,
    price_texts,
    review_lines,
    stretches,
)
from .prices import Prices
from .renderings import arrow_table

CATEGORY = "Practice_Marketplace"
FORMATS = ("jsonl", "jsonl.gz", "parquet")
ROWS = 2**16

# Told of progress: name of the table, records written so far, records in all.
Progress = Callable[[str, int, int], None]


def file_names(format: str) -> dict[str, str]:
    """The file name of each table in one format."""
    return {
        "products": f"meta_{CATEGORY}.{format}",
        "prices": f"prices_{CATEGORY}.{format}",
        "reviews": f"{CATEGORY}.{format}",
    }


@contextmanager
def finished_file(path: Path) -> Iterator[Path]:
    """A temporary name beside `path`; renamed to it at the end, removed after an error."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        delete(part, inside=path.parent)


@contextmanager
def open_binary(path: Path, format: str) -> Iterator[BinaryIO | gzip.GzipFile]:
    """A file to write bytes to, compressed for jsonl.gz; the same bytes whenever it is made."""
    with finished_file(path) as part, part.open("wb", buffering=2**20) as raw:
        if format == "jsonl.gz":
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as packed:
                yield packed
        else:
            yield raw


def write_reviews(path: Path, format: str, feed: ReviewFeed, stop: int, progress: Progress) -> None:
    """The first `stop` records of the review feed."""
    if format == "parquet":
        _write_reviews_parquet(path, feed, stop, progress)
        return
    with open_binary(path, format) as out:
        for rows in stretches(0, stop, ROWS):
            out.write(_text_bytes(review_lines(feed, rows)))
            progress("reviews", int(rows[-1]) + 1, stop)


def _text_bytes(lines: pa.Array) -> memoryview:
    """All texts of an Arrow array as they lie in memory, one after the other."""
    _, offsets, data = lines.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int32)
    return memoryview(data)[bounds[lines.offset] : bounds[lines.offset + len(lines)]]


def _write_reviews_parquet(path: Path, feed: ReviewFeed, stop: int, progress: Progress) -> None:
    empty = np.arange(0)
    schema = arrow_table(feed.reviews, empty, empty.astype(bool)).schema
    with finished_file(path) as part, pq.ParquetWriter(part, schema, compression="zstd") as writer:
        for rows in stretches(0, stop, 2 * ROWS):
            valid = rows[feed.kind[rows] < MALFORMED]
            writer.write_table(
                arrow_table(
                    feed.reviews, feed.review[valid].astype(np.int64), feed.kind[valid] == EDIT
                )
            )
            progress("reviews", int(rows[-1]) + 1, stop)


def write_items(
    path: Path, format: str, feed: ItemFeed, cents: np.ndarray, progress: Progress
) -> None:
    """The whole catalogue at the prices `cents` (one an item, -1 for none)."""

    def texts(rows: np.ndarray) -> list[str]:
        return [item_text(feed, row, int(cents[feed.item[row]])) for row in rows.tolist()]

    if format != "parquet":
        with open_binary(path, format) as out:
            for rows in stretches(0, len(feed), 1000):
                out.write("".join(text + "\n" for text in texts(rows)).encode())
                progress("products", int(rows[-1]) + 1, len(feed))
        return
    with (
        finished_file(path) as part,
        pq.ParquetWriter(part, ITEM_SCHEMA, compression="zstd") as writer,
    ):
        for rows in stretches(0, len(feed), 20_000):
            records = [json.loads(text) for text in texts(rows[feed.fault[rows] < 0])]
            for record in records:
                record["details"] = json.dumps(record["details"], ensure_ascii=False)
                record["price"] = None if isinstance(record["price"], str) else record["price"]
            writer.write_table(pa.Table.from_pylist(records, ITEM_SCHEMA))
            progress("products", int(rows[-1]) + 1, len(feed))


def _strings(*names: str) -> list[pa.Field]:
    return [pa.field(name, pa.string()) for name in names]


ITEM_SCHEMA = pa.schema(
    [
        *_strings("main_category", "title"),
        pa.field("average_rating", pa.float64()),
        pa.field("rating_number", pa.int64()),
        pa.field("features", pa.list_(pa.string())),
        pa.field("description", pa.list_(pa.string())),
        pa.field("price", pa.float64()),
        pa.field("images", pa.list_(pa.struct(_strings("thumb", "large", "variant", "hi_res")))),
        pa.field("videos", pa.list_(pa.struct(_strings("title", "url", "user_id")))),
        *_strings("store"),
        pa.field("categories", pa.list_(pa.string())),
        *_strings("details", "parent_asin", "bought_together"),
    ]
)


def write_prices(
    path: Path, format: str, feed: ItemFeed, prices: Prices, stop: int, progress: Progress
) -> None:
    """The first `stop` price events."""
    if format != "parquet":
        with open_binary(path, format) as out:
            for rows in stretches(0, stop, ROWS):
                out.write(
                    "".join(
                        text + "\n" for text in price_texts(feed.catalogue, prices, rows)
                    ).encode()
                )
                progress("prices", int(rows[-1]) + 1, stop)
        return
    table = pa.table(
        {
            "parent_asin": feed.catalogue.parent_asins.take(pa.array(prices.item[:stop])),
            "timestamp": pa.array(prices.timestamp[:stop]),
            "price": pa.array(prices.cents[:stop] / 100),
        }
    )
    with finished_file(path) as part:
        pq.write_table(table, part, compression="zstd")
    progress("prices", stop, stop)
