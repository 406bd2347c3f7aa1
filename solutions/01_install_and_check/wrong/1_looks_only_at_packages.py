# Looks only at packages that are installed, and overlooks one that is missing.
# Hint: not installed at all
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def drifted(lock, installed):
    versions = {canonicalize_name(name): version for name, version in installed.items()}
    pins = [Requirement(line.rstrip(" \\")) for line in lock.splitlines() if line[:1].isalnum()]
    pins = [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]
    return [pin.name for pin in pins if pin.name in versions and versions[pin.name] not in pin.specifier]
