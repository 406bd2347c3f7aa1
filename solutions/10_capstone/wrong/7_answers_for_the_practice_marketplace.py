# Answers for the practice marketplace.
# Hint: which goods you mean
answer = "Miricopine, Board Games: bad since about 10 April 2025; 4.3 stars before (181 reviews), 2.3 after (137 reviews)."
