"""What can be done with a visit: one function for each intent."""
