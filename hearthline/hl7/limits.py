"""Limits of the MLLP door, each with its reason."""

MAX_MESSAGE_BYTES = 30 * 1024 * 1024  # a PDF of 20 MB, the most a result's file may have, is 27 MB in Base64
MAX_CONNECTIONS = 20  # a clinic has a handful of interfaces; twenty full messages still fit into memory
MAX_CONNECTIONS_EACH = 5  # of one address: a sender that forgets to close must not shut the others out
MESSAGE_SECONDS = 60.0  # a message that began has to be complete by then
IDLE_SECONDS = 3600.0  # interfaces keep their connection open through quiet hours
GRACE_SECONDS = 8.0  # a message that is being stored at a stop is stored and answered
BETWEEN_BYTES = 4096  # stray bytes between two messages that are overlooked
STORING_THREADS = 4
