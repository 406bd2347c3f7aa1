# Lists the names of today.
# Hint: a list of names
after_a_change = "int_product_daily_ratings+"
for_one_answer = "+price_rise_effects"
on_the_way = "stg_reviews fct_reviews int_product_daily_ratings dim_products category_performance"
