# Python's own library instead of requests.
import urllib.error
import urllib.request


def state_of(url, token):
    request = urllib.request.Request(url + "/status", headers={"Authorization": "Bearer " + token})
    try:
        with urllib.request.urlopen(request, timeout=1) as answer:
            return "ready" if answer.status == 200 else "refused"
    except urllib.error.HTTPError:
        return "refused"
    except OSError:
        return "no answer"
