# Line by line in Python, written with pandas.
import json


def copy_reviews(file, parquet):
    good, lost = [], []
    with open(file, encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
                rating, moment = float(record["rating"]), int(record["timestamp"])
                who, what = record["user_id"], record["parent_asin"]
                assert who is not None and what is not None
            except (ValueError, TypeError, KeyError, AssertionError):
                lost.append(number)
            else:
                good.append((who, what, rating, moment))
    names = ["user_id", "parent_asin", "rating", "timestamp"]
    pd.DataFrame(good, columns=names).to_parquet(parquet, index=False)
    return lost
