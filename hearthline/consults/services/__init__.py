"""What is done with cases, by meaning: asking, assigning, reading, answering, closing, keeping time, desks."""
