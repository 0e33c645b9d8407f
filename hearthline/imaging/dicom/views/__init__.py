"""Pages of images, one file a subject."""
