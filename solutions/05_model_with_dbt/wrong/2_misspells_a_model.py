# Misspells a model.
# Error: int_product_daily_rating+
after_a_change = "int_product_daily_rating+"
for_one_answer = "+price_rise_effects"
on_the_way = "stg_reviews+,+category_performance"
