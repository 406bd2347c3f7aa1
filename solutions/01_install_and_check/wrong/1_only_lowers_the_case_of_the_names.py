# Only lowers the case of the names.
# Hint: `canonicalize_name`
from packaging.requirements import Requirement


def drifted(lock, installed):
    """The names of the packages that are not installed as the lock says, as a list."""
    versions = {name.lower(): version for name, version in installed.items()}
    found = []
    for line in lock.splitlines():
        if line[:1].isalnum():
            pin = Requirement(line.rstrip(" \\"))
            if pin.marker is None or pin.marker.evaluate():
                if versions.get(pin.name) != str(pin.specifier).removeprefix("=="):
                    found.append(pin.name)
    return found
