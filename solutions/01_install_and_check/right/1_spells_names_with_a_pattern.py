# Names brought into one spelling by a pattern, versions cut out as text, one step a line.
import re

from packaging.markers import Marker


def spelt(name):
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def drifted(lock, installed):
    versions = {spelt(name): installed[name] for name in installed}
    found = []
    for line in lock.splitlines():
        if "==" not in line or line.startswith(" "):
            continue
        pin, _, marker = line.rstrip("\\ ").partition(";")
        if marker.strip() and not Marker(marker.strip()).evaluate():
            continue
        name, _, version = pin.strip().partition("==")
        if versions.get(spelt(name)) != version:
            found.append(name)
    return sorted(found)
