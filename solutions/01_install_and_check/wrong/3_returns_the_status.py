# Returns the status itself.
# Hint: Return one of the three texts
def state_of(url, token):
    try:
        return requests.get(f"{url}/status", headers={"Authorization": f"Bearer {token}"}, timeout=1).status_code
    except requests.RequestException:
        return "no answer"
