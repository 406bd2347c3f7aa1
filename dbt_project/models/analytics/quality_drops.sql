{% set days_before = 'partition by line_number order by reviewed_on rows between unbounded preceding and 1 preceding' %}

with

daily_ratings as (

    select * from {{ ref('int_product_daily_ratings') }}
    where rating_count > 0

),

bursts as (

    select * from {{ ref('review_bursts') }}

),

products as (

    select * from {{ ref('dim_products') }}
    where product_line is not null

),

-- with fewer ratings there are not enough on either side of any day
possible_lines as (

    select
        store,
        leaf_category,
        row_number() over (order by store, leaf_category) as line_number,
        count(*) as product_count

    from products
    group by store, leaf_category
    having sum(rating_count) >= 2 * {{ var('lowest_reviews_per_side') }}

),

products_of_possible_lines as (

    select
        products.*,
        possible_lines.line_number

    from products
    inner join possible_lines
        on products.store = possible_lines.store
        and products.leaf_category = possible_lines.leaf_category

),

-- bought reviews say nothing about quality
line_ratings as (

    select
        products.line_number,
        daily_ratings.*

    from daily_ratings
    inner join products_of_possible_lines as products on daily_ratings.parent_asin = products.parent_asin
    left join bursts
        on daily_ratings.parent_asin = bursts.parent_asin
        and daily_ratings.reviewed_on between bursts.first_on and bursts.last_on
    where bursts.parent_asin is null

),

line_days as (

    select
        line_number,
        reviewed_on,
        cast(sum(rating_count) as bigint) as rating_count,
        cast(sum(rating_sum) as decimal(18, 2)) as rating_sum,
        cast(sum(rating_square_sum) as decimal(18, 4)) as rating_square_sum

    from line_ratings
    group by line_number, reviewed_on

),

running as (

    select
        line_number,
        reviewed_on,
        lag(reviewed_on) over (partition by line_number order by reviewed_on) as previous_on,
        sum(rating_count) over ({{ days_before }}) as before_count,
        sum(rating_sum) over ({{ days_before }}) as before_sum,
        sum(rating_square_sum) over ({{ days_before }}) as before_square_sum,
        sum(rating_count) over (partition by line_number) as line_count,
        sum(rating_sum) over (partition by line_number) as line_sum,
        sum(rating_square_sum) over (partition by line_number) as line_square_sum

    from line_days

),

-- every day is tried as the day of the change: reviews before it against reviews from it on
splits as (

    select
        line_number,
        reviewed_on,
        previous_on,
        before_count,
        before_sum,
        before_square_sum,
        line_count - before_count as after_count,
        line_sum - before_sum as after_sum,
        line_square_sum - before_square_sum as after_square_sum

    from running
    where before_count >= {{ var('lowest_reviews_per_side') }}
        and line_count - before_count >= {{ var('lowest_reviews_per_side') }}

),

means as (

    select
        *,
        {{ as_double('before_sum') }} / before_count as before_mean,
        {{ as_double('after_sum') }} / after_count as after_mean

    from splits

),

-- of the ratings' sum of squares, a split explains the part between the sides and leaves the rest
measured_splits as (

    select
        *,
        before_mean - after_mean as fall,
        {{ welch_z('before', 'after') }} as z,
        {{ round_to(
            'power(before_mean - after_mean, 2) * before_count * after_count / (before_count + after_count)', 6
        ) }} as explained,
        before_square_sum + after_square_sum
            - before_count * power(before_mean, 2) - after_count * power(after_mean, 2) as unexplained

    from means
    where before_mean > after_mean

),

ranked_splits as (

    select
        *,
        row_number() over (partition by line_number order by explained desc, reviewed_on) as split_rank

    from measured_splits

),

-- the day that explains most
best_splits as (

    select * from ranked_splits
    where split_rank = 1

),

falls as (

    select * from best_splits
    where fall >= {{ var('lowest_drop') }} and z >= {{ var('quality_drop_z') }}

),

-- days that explain nearly as much may be the true one
possible_days as (

    select
        falls.line_number,
        {{ add_days('min(measured_splits.previous_on)', 1) }} as earliest_on,
        max(measured_splits.reviewed_on) as latest_on

    from falls
    inner join measured_splits on falls.line_number = measured_splits.line_number
    where falls.explained - measured_splits.explained
        <= {{ var('quality_drop_day_ratio') }} * falls.unexplained / (falls.before_count + falls.after_count - 2)
    group by falls.line_number

),

products_of_line as (

    select
        falls.line_number,
        line_ratings.parent_asin,
        sum(case when line_ratings.reviewed_on < falls.reviewed_on then line_ratings.rating_count else 0 end)
            as own_before_count,
        sum(case when line_ratings.reviewed_on < falls.reviewed_on then line_ratings.rating_sum else 0 end)
            as own_before_sum,
        sum(case when line_ratings.reviewed_on < falls.reviewed_on then line_ratings.rating_square_sum else 0 end)
            as own_before_square_sum,
        sum(case when line_ratings.reviewed_on >= falls.reviewed_on then line_ratings.rating_count else 0 end)
            as own_after_count,
        sum(case when line_ratings.reviewed_on >= falls.reviewed_on then line_ratings.rating_sum else 0 end)
            as own_after_sum,
        sum(case when line_ratings.reviewed_on >= falls.reviewed_on then line_ratings.rating_square_sum else 0 end)
            as own_after_square_sum

    from falls
    inner join line_ratings on falls.line_number = line_ratings.line_number
    group by falls.line_number, line_ratings.parent_asin

),

-- is it the line, or one product? the fall must remain whichever product is left out
without_one as (

    select
        falls.line_number,
        own_before_count,
        own_after_count,
        {{ as_double('own_before_sum') }} / nullif(own_before_count, 0)
            - {{ as_double('own_after_sum') }} / nullif(own_after_count, 0) as own_drop,
        falls.before_count - own_before_count as rest_before_count,
        falls.before_sum - own_before_sum as rest_before_sum,
        falls.before_square_sum - own_before_square_sum as rest_before_square_sum,
        falls.after_count - own_after_count as rest_after_count,
        falls.after_sum - own_after_sum as rest_after_sum,
        falls.after_square_sum - own_after_square_sum as rest_after_square_sum

    from falls
    inner join products_of_line on falls.line_number = products_of_line.line_number

),

line_wide as (

    select
        line_number,
        count(*) as reviewed_product_count,
        count(own_drop) as compared_product_count,
        count(case when own_drop > 0 then 1 end) as fallen_product_count,
        min(
            coalesce(
                {{ as_double('rest_before_sum') }} / nullif(rest_before_count, 0)
                    - {{ as_double('rest_after_sum') }} / nullif(rest_after_count, 0),
                0
            )
        ) as rest_drop,
        min(coalesce({{ welch_z('rest_before', 'rest_after') }}, 0)) as rest_z

    from without_one
    group by line_number

),

final as (

    select
        possible_lines.store,
        possible_lines.leaf_category,
        falls.reviewed_on as changed_on,
        possible_days.earliest_on,
        possible_days.latest_on,
        cast(falls.before_count as bigint) as before_review_count,
        cast(falls.after_count as bigint) as after_review_count,
        {{ ratio('falls.before_sum', 'falls.before_count') }} as before_mean_rating,
        {{ ratio('falls.after_sum', 'falls.after_count') }} as after_mean_rating,
        {{ round_to('falls.fall', 4) }} as rating_drop,
        falls.z as z_score,
        line_wide.rest_z as weakest_rest_z_score,
        possible_lines.product_count,
        line_wide.compared_product_count,
        line_wide.fallen_product_count

    from falls
    inner join possible_days on falls.line_number = possible_days.line_number
    inner join line_wide on falls.line_number = line_wide.line_number
    inner join possible_lines on falls.line_number = possible_lines.line_number
    where line_wide.rest_drop >= {{ var('lowest_drop') }}
        and line_wide.rest_z >= {{ var('quality_drop_rest_z') }}
        and line_wide.fallen_product_count * 2 > line_wide.compared_product_count

)

select * from final
