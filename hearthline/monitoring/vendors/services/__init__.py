"""What is done with accounts at vendors: linking, tokens, pulling."""
