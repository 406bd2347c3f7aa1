# Names the places in its own way.
# Hint: Name the places as the table of the task does.
def follow(number, lines, query):
    rejected = query("select position, reason from amazon_raw.rejected_records where table_name = 'reviews'")
    reasons = dict(zip(rejected.position, rejected.reason))
    if number in reasons:
        return "amazon_raw.rejected_records", reasons[number]
    def key(line):
        r = json.loads(line); return r["user_id"], r["asin"], r["timestamp"]
    mine = key(lines[number - 1])
    last = max(p for p, line in enumerate(lines, 1) if p not in reasons and line.strip() and key(line) == mine)
    if last > number: return "duplicates", last
    rid = query(f"select review_id from amazon_raw.reviews where user_id = '{mine[0]}' and asin = '{mine[1]}' and timestamp = {mine[2]}").review_id[0]
    n = query(f"select count(*) as n from marts.fct_reviews where review_id = '{rid}'").n[0]
    return ("fct_reviews", rid) if n else ("reviews", rid)
