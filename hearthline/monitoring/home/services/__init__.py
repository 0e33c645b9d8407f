"""What patients do with readings: type them in, take them from a device, read them from a file, put them right."""
