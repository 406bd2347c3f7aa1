# Skips what is no JSON, and counts lines from 0.
# Hint: `enumerate(…, start=1)`
import json


def copy_reviews(file, parquet):
    good, lost = [], []
    with open(file, encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            try:
                r = json.loads(line)
                good.append((r["user_id"] + "", r["parent_asin"], r["rating"] + 0, r["timestamp"] + 0))
            except Exception:
                lost.append(number)
    frame = pd.DataFrame(good, columns=["user_id", "parent_asin", "rating", "timestamp"])
    frame.to_parquet(parquet)
    return lost
