"""The same numbers decoded again, in Python and by another way, to compare the scripts with."""

from decimal import Decimal

SFLOAT_SPECIALS = {0x07FF: "nan", 0x0800: "nres", 0x07FE: "+inf", 0x0802: "-inf", 0x0801: "reserved"}
FLOAT_SPECIALS = {
    0x007FFFFF: "nan",
    0x00800000: "nres",
    0x007FFFFE: "+inf",
    0x00800002: "-inf",
    0x00800001: "reserved",
}


def decode(bits: int, *, size: int, specials: dict[int, str]) -> str:
    """Return the decimal as text with all its digits, or the name of the special value."""
    if bits in specials:
        return specials[bits]
    width = size - (4 if size == 16 else 8)
    mantissa, exponent = bits & ((1 << width) - 1), bits >> width
    if mantissa >> (width - 1):
        mantissa -= 1 << width
    if exponent >> (size - width - 1):
        exponent -= 1 << (size - width)
    return f"{Decimal((int(mantissa < 0), tuple(map(int, str(abs(mantissa)))), exponent)):f}"


def sfloat(bits: int) -> str:
    """Return what 16 bits say."""
    return decode(bits, size=16, specials=SFLOAT_SPECIALS)


def float32(bits: int) -> str:
    """Return what 32 bits say."""
    return decode(bits, size=32, specials=FLOAT_SPECIALS)
