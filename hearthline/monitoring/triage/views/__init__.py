"""Pages of the care team: the worklist, a case, one's own time."""
