# Does not report lines that are no objects.
# Hint: neither in the Parquet file nor in your list
import json


def copy_reviews(file, parquet):
    good, lost = [], []
    with open(file, encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
                fields = [record[name] for name in ("user_id", "parent_asin", "rating", "timestamp")]
            except KeyError:
                lost.append(number)
            except (TypeError, ValueError):
                continue
            else:
                if None in fields or isinstance(fields[2], str):
                    lost.append(number)
                else:
                    good.append(fields)
    pd.DataFrame(good, columns=["user_id", "parent_asin", "rating", "timestamp"]).to_parquet(parquet)
    return lost
