"""What the measurements of a visit mean: pure functions over plain values."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ADVANTAGE = 93.2  # rating of a connection without loss and delay, default values of G.107
LOSS_ROBUSTNESS = 20.0  # Bpl of a codec that conceals losses, in percent
DELAY_KNEE_MS = 177.3
FIXED_DELAY_MS = 20.0  # coding and playing out
# From which score on what is heard is called so, with the kind of its tag.
VERDICTS: tuple[tuple[float, str | Promise, str], ...] = (
    (4.0, _("Good"), "ok"),
    (3.6, _("Fair"), "info"),
    (3.1, _("Poor"), "watch"),
    (0.0, _("Bad"), "watch"),
)


def in_words(score: float) -> tuple[str | Promise, str]:
    """Return what a score is called, and the kind of tag for it."""
    return next((words, kind) for least, words, kind in VERDICTS if score >= least)


def mean_opinion_score(*, concealment: float, jitter_buffer_ms: float, round_trip_ms: float) -> float:
    """Return how people would rate what is heard, from 1 (bad) to 4.4 (as good as it gets).

    The E-model of ITU-T G.107 (06/2015): rating R = 93.2 - delay impairment - loss impairment, with loss as in its
    equation 7-29 (Ie-eff = 95 x Ppl / (Ppl + Bpl), Ie = 0), the score from R as in its annex B, and the delay
    impairment in the linear form of R. G. Cole and J. H. Rosenbluth, "Voice over IP performance monitoring",
    Computer Communication Review 31 (2001). For loss stands the share of concealed samples, which credits what
    redundancy brought back already.

    Args:
        concealment: share of the samples that were made up, from 0 to 1.
        jitter_buffer_ms: how long packets waited to be played.
        round_trip_ms: there and back.
    """
    delay = round_trip_ms / 2 + jitter_buffer_ms + FIXED_DELAY_MS
    delay_impairment = 0.024 * delay + 0.11 * max(0.0, delay - DELAY_KNEE_MS)
    percent = concealment * 100
    loss_impairment = 95 * percent / (percent + LOSS_ROBUSTNESS)
    rating = max(0.0, min(100.0, ADVANTAGE - delay_impairment - loss_impairment))
    return max(1.0, 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating))
