# The models named by their files.
after_a_change = "int_product_daily_ratings.sql+"
for_one_answer = "+path:models/analytics/price_rise_effects.sql"
on_the_way = "path:models/staging/stg_reviews.sql+,+path:models/analytics/category_performance.sql"
