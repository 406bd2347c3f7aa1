# Puts a plus on both sides.
# Hint: Each plus adds a direction
after_a_change = "+int_product_daily_ratings+"
for_one_answer = "+price_rise_effects"
on_the_way = "stg_reviews+,+category_performance"
