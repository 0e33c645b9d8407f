"""A fake of Withings' cloud for the demo and tests: it speaks the documented protocol over a socket, with invented people."""
