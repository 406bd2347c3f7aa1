# Takes any answer for a good one.
# Hint: 401 is an answer too
import requests


def state_of(url, token):
    """What the marketplace at `url` says to this token: "ready", "refused" or "no answer"."""
    try:
        requests.get(f"{url}/status", headers={"Authorization": f"Bearer {token}"}, timeout=1)
        return "ready"
    except requests.RequestException:
        return "no answer"
