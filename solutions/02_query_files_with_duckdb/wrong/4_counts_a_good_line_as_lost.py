# Puts a good line into the list as well.
# Hint: is good, and in your list
import json


def copy_reviews(file, parquet):
    good, lost = [], []
    with open(file, encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
                row = record["user_id"], record["parent_asin"], float(record["rating"]), int(record["timestamp"])
                if None in row:
                    raise ValueError
                good.append(row)
                if number == 3:
                    lost.append(number)
            except (ValueError, TypeError, KeyError):
                lost.append(number)
    pd.DataFrame(good, columns=["user_id", "parent_asin", "rating", "timestamp"]).to_parquet(parquet)
    return lost
