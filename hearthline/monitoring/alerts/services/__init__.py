"""One function for each intent; the actor first."""
