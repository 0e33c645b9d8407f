"""What staff do on the worklist beyond the case itself."""
