"""The one way in for readings, whatever door they came by: understood (``normalise``), then stored (``store``)."""
