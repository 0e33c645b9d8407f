"""Coded words of what is received: kinds, states, places on the body, sides, views, findings."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """What a file was proved to be. Nothing else is taken."""

    JPEG = "jpeg", _("JPEG picture")
    PNG = "png", _("PNG picture")
    HEIC = "heic", _("HEIC picture")
    WEBP = "webp", _("WebP picture")
    TIFF = "tiff", _("TIFF picture")
    DICOM = "dicom", _("DICOM object")
    PDF = "pdf", _("PDF document")
    MP4 = "mp4", _("MP4 film")
    TEXT = "text", _("Plain text")
    CSV = "csv", _("Table (CSV)")
    HL7 = "hl7", _("HL7 version 2 message")
    FHIR = "fhir", _("FHIR resource (JSON)")


PICTURES = frozenset({Kind.JPEG, Kind.PNG, Kind.HEIC, Kind.WEBP, Kind.TIFF})


class State(models.TextChoices):
    """Where a received file stands."""

    QUARANTINED = "quarantined", _("Being checked")
    ACCEPTED = "accepted", _("Checked and kept")
    REFUSED = "refused", _("Not taken")


class Source(models.TextChoices):
    """The door by which a file came."""

    TUS = "tus", _("Sent in pieces")
    FORM = "form", _("Sent with a form")
    STOW = "stow", _("DICOMweb")
    DIMSE = "dimse", _("DICOM network")
    MACHINE = "machine", _("Another machine")


class Form(models.TextChoices):
    """In which form a file's content is kept. Only the original is what was sent; the others are made from it."""

    ORIGINAL = "original", _("As it was sent")
    SANITIZED = "sanitized", _("Cleaned: upright, without place, camera and hidden parts")
    PREVIEW = "preview", _("For reading on a thin line")
    THUMBNAIL = "thumbnail", _("For lists")
    LOSSLESS = "lossless", _("Compressed without loss, for viewers")


class BodySite(models.TextChoices):
    """Where on the body. Our own short list; a translation to a code system belongs to the package that exports."""

    SCALP = "scalp", _("Scalp and hair")
    FACE = "face", _("Face")
    EYE = "eye", _("Eye")
    EAR = "ear", _("Ear")
    MOUTH = "mouth", _("Mouth and lips")
    NECK = "neck", _("Neck")
    CHEST = "chest", _("Chest")
    BREAST = "breast", _("Breast")
    ABDOMEN = "abdomen", _("Belly")
    BACK = "back", _("Back")
    SHOULDER = "shoulder", _("Shoulder and armpit")
    ARM = "arm", _("Arm")
    HAND = "hand", _("Hand")
    NAIL = "nail", _("Nail")
    BUTTOCK = "buttock", _("Buttock")
    GENITAL = "genital", _("Genitals and groin")
    LEG = "leg", _("Leg")
    FOOT = "foot", _("Foot")
    WHOLE = "whole", _("Many places")


SENSITIVE_SITES = frozenset({BodySite.BREAST, BodySite.BUTTOCK, BodySite.GENITAL})


class Laterality(models.TextChoices):
    """Which side, with the letters of DICOM's Image Laterality (0020,0062); B is both, U is neither (midline)."""

    LEFT = "L", pgettext_lazy("side of the body", "Left")
    RIGHT = "R", pgettext_lazy("side of the body", "Right")
    BOTH = "B", _("Both sides")
    MIDLINE = "U", _("In the middle")


class View(models.TextChoices):
    """From how far. The first three are the views of the ATA's teledermatology guidelines; the last gives a size."""

    FAR = "far", _("From far")
    REGIONAL = "regional", _("The region, with a landmark")
    CLOSE = "close", _("Close up")
    SCALE = "scale", _("Close up, with a ruler or coin")


class Finding(models.TextChoices):
    """What the quality check saw. It advises; a person decides."""

    BLURRED = "blurred", _("Not sharp")
    DARK = "dark", _("Too dark")
    BRIGHT = "bright", _("Too bright")
    SMALL = "small", _("Too few dots")


class Scan(models.TextChoices):
    """What the virus scanner said."""

    NOT_ASKED = "none", _("Not scanned")
    CLEAN = "clean", _("Nothing found")
    FOUND = "found", _("Harmful content found")


class UploadState(models.TextChoices):
    """Where a sending in pieces stands."""

    RECEIVING = "receiving", _("Being sent")
    FINISHED = "finished", _("Received")
    FAILED = "failed", _("Arrived altered")
    EXPIRED = "expired", _("Took too long")
    TERMINATED = "terminated", _("Taken back")


class Chaperone(models.TextChoices):
    """Who else was there when an intimate photo was taken."""

    NOT_NEEDED = "not_needed", _("Not an intimate photo")
    PRESENT = "present", _("Somebody was there")
    DECLINED = "declined", _("Offered, and not wanted")
    ALONE = "alone", _("I took the photo by myself")
