"""When a person has to look: pure functions over values, states and times. No database, no clock, no settings."""
