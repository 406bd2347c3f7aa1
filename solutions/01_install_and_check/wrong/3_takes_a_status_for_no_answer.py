# Lets requests raise for a bad status, and takes that for no answer.
# Hint: There is an answer, 401
import requests


def state_of(url, token):
    try:
        answer = requests.get(f"{url}/status", headers={"Authorization": f"Bearer {token}"}, timeout=1)
        answer.raise_for_status()
    except requests.RequestException:
        return "no answer"
    return "ready"
