# Lets requests raise for a bad status, and tells its errors apart.
import requests


def state_of(url, token):
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        try:
            session.get(f"{url}/status", timeout=(1, 1)).raise_for_status()
        except requests.HTTPError:
            return "refused"
        except (requests.ConnectionError, requests.Timeout):
            return "no answer"
    return "ready"
