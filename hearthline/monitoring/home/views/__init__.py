"""The patient's pages of monitoring, and the care team's pages about devices."""
