"""How what comes in is read, judged, compared and loaded."""
