"""What ``./run check`` looks at: each module answers with the failures it found, in words."""
