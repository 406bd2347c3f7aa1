# Catches only one of the errors.
# Hint: a timeout is not a `ConnectionError`
import requests


def state_of(url, token):
    try:
        answer = requests.get(f"{url}/status", headers={"Authorization": f"Bearer {token}"}, timeout=1)
    except requests.ConnectionError:
        return "no answer"
    return "ready" if answer.ok else "refused"
