# Cuts the markers off, so that lines for other Pythons count too.
# Hint: some Pythons or systems only
from packaging.utils import canonicalize_name


def drifted(lock, installed):
    versions = {canonicalize_name(name): version for name, version in installed.items()}
    pins = [line.split(";")[0].rstrip(" \\").split("==") for line in lock.splitlines() if "==" in line]
    return [name for name, version in pins if versions.get(canonicalize_name(name)) != version.strip()]
