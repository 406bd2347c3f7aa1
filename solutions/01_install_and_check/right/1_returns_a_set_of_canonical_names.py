# A set of names in pip's spelling; the specifier itself judges the version.
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def drifted(lock, installed):
    have = {canonicalize_name(name): version for name, version in installed.items()}
    pins = [Requirement(line.rstrip(" \\")) for line in lock.splitlines() if line and not line.startswith((" ", "#"))]
    needed = [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]
    return {canonicalize_name(pin.name) for pin in needed if not pin.specifier.contains(have.get(canonicalize_name(pin.name), "0"))}
