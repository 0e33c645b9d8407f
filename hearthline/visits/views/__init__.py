"""Pages of visits: the patient's path, the clinician's room, guests."""
