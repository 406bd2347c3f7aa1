# Written as dict(…).
names = dict(a="second-database", b="mixed-modes", c="broken-jinja", d="field-vanished", e="wrong-version", f="slow-load", g="api-errors", h="duplicate-keys")
