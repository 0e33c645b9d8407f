"""Pure rules of scheduling: no database, no clock, no settings."""
