"""The campaign: loads and dbt are killed, starved and fed, and what stands afterwards is compared.

    python -m tests.campaign --trials 200

Every trial starts from a copy of the same folders (grounds.py), is disturbed (the parts), and then
types the same command again, until it ends well. What the warehouse then shows (view.py) must be
what it shows after an undisturbed run, and its books must add up. State lies in a temporary folder.

    interrupted.py   loads, increments, dbt: processes killed at a moment or at a named point
    starved.py       api, disk: a service that misbehaves, a disk that is full
    looked.py        looks: doctor, history, queries, dbt docs, notebooks, readers beside a run
    fed.py           fuzz: malformed lines, read in bulk and line by line
    strike.py        runs a program and kills it at the n-th call of a function
"""
