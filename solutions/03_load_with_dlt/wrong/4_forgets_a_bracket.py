# Forgets a bracket.
# Error: SyntaxError: '(' was never closed
def prices(api):
    headers = {"Authorization": f"Bearer {api.token}"}
    page = requests.get(api.url + "/prices", headers=headers.json()
    yield pa.Table.from_pylist(page["records"])
