# Uses a name that there is not.
# Error: NameError: name 'tokn' is not defined
def state_of(url, token):
    try:
        answer = requests.get(f"{url}/status", headers={"Authorization": f"Bearer {tokn}"}, timeout=1)
    except requests.RequestException:
        return "no answer"
    return "ready" if answer.status_code == 200 else "refused"
