with

daily_ratings as (

    select
        *,
        {{ day_number('reviewed_on') }} as day_number

    from {{ ref('int_product_daily_ratings') }}

),

unverified_five_stars as (

    select * from {{ ref('fct_reviews') }}
    where rating = 5 and not is_verified_purchase

),

all_reviews as (

    select * from {{ ref('fct_reviews') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

-- without so many in all there are not so many in any window
possible_products as (

    select parent_asin
    from daily_ratings
    group by parent_asin
    having sum(five_star_unverified_count) >= {{ var('burst_reviews') }}

),

-- each day, looking back over the window that ends on it and over the four weeks on either side
windows as (

    select
        parent_asin,
        reviewed_on as window_end_on,
        {{ add_days('reviewed_on', 1 - var('burst_days')) }} as window_start_on,
        sum(five_star_unverified_count) over (
            partition by parent_asin order by day_number
            range between {{ var('burst_days') - 1 }} preceding and current row
        ) as window_count,
        coalesce(sum(five_star_unverified_count) over (
            partition by parent_asin order by day_number
            range between {{ var('burst_days') + 27 }} preceding and {{ var('burst_days') }} preceding
        ), 0) as weeks_before_count,
        coalesce(sum(five_star_unverified_count) over (
            partition by parent_asin order by day_number
            range between 1 following and 28 following
        ), 0) as weeks_after_count

    from daily_ratings
    where five_star_unverified_count > 0
        and parent_asin in (select parent_asin from possible_products)

),

hot_windows as (

    select
        *,
        (weeks_before_count + weeks_after_count) / 56.0 as usual_daily_count

    from windows
    where window_count >= {{ var('burst_reviews') }}
        and window_count >= {{ var('burst_factor') }} * {{ var('burst_days') }}
            * (weeks_before_count + weeks_after_count) / 56.0

),

-- windows that overlap see the same burst: the fullest one stands for it
numbered as (

    select
        *,
        coalesce(
            window_start_on > lag(window_end_on) over (partition by parent_asin order by window_end_on),
            true
        ) as is_new_burst

    from hot_windows

),

grouped as (

    select
        *,
        count(case when is_new_burst then 1 end) over (
            partition by parent_asin order by window_end_on
            rows between unbounded preceding and current row
        ) as burst_number

    from numbered

),

ranked as (

    select
        *,
        row_number() over (
            partition by parent_asin, burst_number
            order by window_count desc, window_end_on
        ) as window_rank

    from grouped

),

bursts as (

    select * from ranked
    where window_rank = 1

),

burst_days as (

    select
        bursts.parent_asin,
        bursts.burst_number,
        bursts.usual_daily_count,
        min(daily_ratings.reviewed_on) as first_on,
        max(daily_ratings.reviewed_on) as last_on,
        sum(daily_ratings.review_count) as all_review_count

    from bursts
    inner join daily_ratings
        on bursts.parent_asin = daily_ratings.parent_asin
        and daily_ratings.reviewed_on between bursts.window_start_on and bursts.window_end_on
    -- a day with a handful of reviews beside the burst is ordinary trade
    where daily_ratings.five_star_unverified_count * 20 >= bursts.window_count
    group by bursts.parent_asin, bursts.burst_number, bursts.usual_daily_count

),

burst_reviews as (

    select
        burst_days.*,
        unverified_five_stars.user_id

    from burst_days
    inner join unverified_five_stars
        on burst_days.parent_asin = unverified_five_stars.parent_asin
        and unverified_five_stars.reviewed_on between burst_days.first_on and burst_days.last_on

),

users as (

    select
        user_id,
        count(*) as review_count

    from all_reviews
    where user_id in ({{ few_values('user_id', 'burst_reviews') }})
    group by user_id

),

measured as (

    select
        burst_reviews.parent_asin,
        burst_reviews.first_on,
        burst_reviews.last_on,
        count(*) as review_count,
        cast(burst_reviews.all_review_count as bigint) as all_review_count,
        {{ round_to('burst_reviews.usual_daily_count', 4) }} as usual_daily_count,
        {{ ratio('count(case when users.review_count = 1 then 1 end)', 'count(*)') }} as one_time_user_share

    from burst_reviews
    inner join users on burst_reviews.user_id = users.user_id
    group by
        burst_reviews.parent_asin,
        burst_reviews.first_on,
        burst_reviews.last_on,
        burst_reviews.all_review_count,
        burst_reviews.usual_daily_count

),

final as (

    select
        measured.parent_asin,
        products.title,
        measured.first_on,
        measured.last_on,
        measured.review_count,
        measured.all_review_count,
        measured.usual_daily_count,
        measured.one_time_user_share

    from measured
    left join products on measured.parent_asin = products.parent_asin
    where measured.one_time_user_share >= {{ var('burst_one_time_user_share') }}
        and measured.review_count >= {{ var('burst_share') }} * measured.all_review_count

)

select * from final
