"""How much of a header is read. Each number is far above what equipment writes and far below what hurts."""

MAX_ELEMENTS = 60_000  # an enhanced multi-frame CT of 500 frames has some 25,000
MAX_DEPTH = 16  # structured reports nest a dozen deep
INLINE_BYTES = 1024  # longer binary values are fetched as bulk data
MAX_TEXT_BYTES = 1024 * 1024
MAX_METADATA_BYTES = 4 * 1024 * 1024
MAX_FRAMES = 20_000
MAX_SIDE = 65_535  # Rows and Columns are 16 bits
MAX_FRAME_PIXELS = 128_000_000  # a mammogram has 20 million; tiled slides have small frames
STREAM_HEAD_BYTES = 64 * 1024  # within which a compressed frame has to say its size
