"""Pages of scheduling, one file for each person's part."""
