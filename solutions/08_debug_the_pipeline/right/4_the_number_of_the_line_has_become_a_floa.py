# The number of the line has become a float.
def follow(number, lines, query):
    reasons = query(f"select reason from amazon_raw.rejected_records where table_name = 'reviews' and position = {number}").reason.tolist()
    if reasons:
        return "rejected_records", reasons[0]
    bad = query("select position from amazon_raw.rejected_records where table_name = 'reviews'").position.tolist()
    me = json.loads(lines[number - 1])
    same = pd.Series([i for i in range(number + 1, len(lines) + 1) if i not in bad and lines[i - 1].strip()
        and all(json.loads(lines[i - 1])[k] == me[k] for k in ("user_id", "asin", "timestamp"))], dtype=float)
    if len(same):
        return "duplicates", same.max()
    review_id = query(f"select review_id from amazon_raw.reviews where user_id = '{me['user_id']}' and asin = '{me['asin']}' and timestamp = {me['timestamp']}").iat[0, 0]
    n = query(f"select count(*) as n from marts.fct_reviews where review_id = '{review_id}'").n[0]
    return ("marts.fct_reviews", review_id) if n else ("amazon_raw.reviews", review_id)
