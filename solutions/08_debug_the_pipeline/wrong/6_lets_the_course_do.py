# Lets the course do it.
# Hint: Read them there
commands = ["course heal pending-package"]
