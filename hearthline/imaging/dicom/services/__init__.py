"""What is done with images: one function an intent, the actor first."""
