# Sets no timeout.
# Hint: `timeout=1`
import requests


def state_of(url, token):
    try:
        answer = requests.get(f"{url}/status", headers={"Authorization": f"Bearer {token}"})
    except requests.RequestException:
        return "no answer"
    return "ready" if answer.ok else "refused"
