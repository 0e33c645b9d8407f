"""From new readings to alerts, in the transaction that stores them."""
