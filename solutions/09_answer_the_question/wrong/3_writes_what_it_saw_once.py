# Writes what it saw once.
# Hint: from the table that the function is given
def write_answer(drops):
    return "Miricopine, Board Games: bad since 10 April 2025; 4.3 stars before (181 reviews), 2.3 after (137 reviews)."
