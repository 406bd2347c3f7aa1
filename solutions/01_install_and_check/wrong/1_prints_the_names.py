# Prints the names and returns nothing.
# Hint: has to `return`
def drifted(lock, installed):
    for line in lock.splitlines():
        if line[:1].isalnum():
            pin = Requirement(line.rstrip(" \\"))
            if installed.get(pin.name) != str(pin.specifier).removeprefix("=="):
                print(pin.name)
