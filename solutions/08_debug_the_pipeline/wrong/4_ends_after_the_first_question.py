# Ends after the first question.
# Hint: Every way through the function ends in a `return` with
def follow(number, lines, query):
    found = query(f"select reason from amazon_raw.rejected_records where table_name = 'reviews' and position = {number}")
    if len(found):
        return "rejected_records", found.reason[0]
