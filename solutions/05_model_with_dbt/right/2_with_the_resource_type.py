# Spelt with dbt's longer methods.
after_a_change = "fqn:int_product_daily_ratings+"
for_one_answer = "+fqn:price_rise_effects"
on_the_way = "+category_performance,stg_reviews+"
