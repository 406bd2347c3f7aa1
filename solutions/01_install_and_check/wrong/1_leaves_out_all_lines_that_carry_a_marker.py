# Leaves out all lines that carry a marker.
# Hint: pin.marker.evaluate()
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def drifted(lock, installed):
    versions = {canonicalize_name(name): version for name, version in installed.items()}
    found = []
    for line in lock.splitlines():
        if line[:1].isalnum() and ";" not in line:
            name, version = line.rstrip(" \\").split("==")
            if versions.get(canonicalize_name(name)) != version:
                found.append(name)
    return found
