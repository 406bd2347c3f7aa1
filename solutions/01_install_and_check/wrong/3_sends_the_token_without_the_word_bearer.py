# Sends the token without the word Bearer.
# Hint: The API wants a header
import requests


def state_of(url, token):
    try:
        answer = requests.get(f"{url}/status", headers={"Authorization": token}, timeout=1)
    except requests.RequestException:
        return "no answer"
    return "ready" if answer.ok else "refused"
