# Names the model alone.
# Hint: A name alone selects one model
after_a_change = "int_product_daily_ratings"
for_one_answer = "+price_rise_effects"
on_the_way = "stg_reviews+,+category_performance"
