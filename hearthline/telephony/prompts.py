"""What the telephone says: our words in three languages, spoken by espeak-ng or by an organization's own recordings.

A prompt without anything personal is made once and kept as a file; one that names somebody or a time is made for the
moment and kept nowhere. Recordings: ``<state>/prompts/<slug>/<language>/<name>.wav``, 8 kHz, one channel, 16 bit.
"""

import asyncio
import hashlib
import io
import re
import shutil
import tomllib
import wave
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from hearthline.telephony.media.companding import RATE, Samples

DIRECTORY = Path(__file__).parent / "wordings"
LANGUAGES = tuple(sorted(path.stem for path in DIRECTORY.glob("*.toml")))
FALLBACK = "en"
VOICES = {"en": "en-us", "es": "es-419", "ar": "ar"}
WORDS_PER_MINUTE = "145"
SPEAKING_SECONDS = 15.0
RECORDING_BYTES_MOST = 4_000_000
TAPS = 63
NUMBER = re.compile(r"\+?\d[\d ()/.-]{4,}\d")


class SilentError(RuntimeError):
    """Nothing can be said: espeak-ng is missing or broken."""


@cache
def words_of(language: str) -> Mapping[str, str]:
    """Return our lines in a language."""
    return dict(tomllib.loads((DIRECTORY / f"{language}.toml").read_text(encoding="utf-8")))


def spoken_language(language: str) -> str:
    """Return the language in which somebody is spoken to: theirs, else English."""
    code = language.partition("-")[0]
    return code if code in LANGUAGES else FALLBACK


def for_the_ear(text: str) -> str:
    """Return a text with its numbers of telephones and digits to key in said one by one."""
    return NUMBER.sub(lambda found: " ".join(sign for sign in found[0] if sign.isdigit()), text)


def read_sound(data: bytes) -> Samples:
    """Return the samples of a WAV file at 8 kHz.

    Raises:
        SilentError: it is none of 16 bit and one channel.
    """
    try:
        with wave.open(io.BytesIO(data)) as file:
            if file.getsampwidth() != 2 or file.getnchannels() != 1:
                raise SilentError("not 16 bit, one channel")
            rate, frames = file.getframerate(), file.readframes(file.getnframes())
    except (wave.Error, EOFError):
        raise SilentError("no WAV file") from None
    return resample(np.frombuffer(frames[: len(frames) // 2 * 2], dtype="<i2").astype(np.int16), rate)


def resample(samples: Samples, rate: int) -> Samples:
    """Return samples at the telephone's rate; what it cannot carry is filtered off first."""
    if rate == RATE or not len(samples):
        return samples
    cut = min(0.45 * RATE / rate, 0.5)
    places = np.arange(TAPS) - (TAPS - 1) / 2
    taps = 2 * cut * np.sinc(2 * cut * places) * np.hamming(TAPS)
    filtered = np.convolve(samples.astype(np.float64), taps, mode="same")
    wanted = np.arange(0, len(samples), rate / RATE)
    heard = np.interp(wanted, np.arange(len(samples)), filtered)
    sound: Samples = np.clip(heard, -32_768, 32_767).astype(np.int16)
    return sound


def tone(hertz: float, seconds: float, loudness: float = 0.2) -> Samples:
    """Return a tone that begins and ends softly."""
    times = np.arange(int(RATE * seconds)) / RATE
    edge = np.clip(np.minimum(times, times[::-1]) / 0.01, 0, 1)
    return (np.sin(2 * np.pi * hertz * times) * edge * loudness * 32_767).astype(np.int16)


@dataclass
class Prompter:
    """Speaks. ``directory`` holds what was made and, by slug, what organizations recorded."""

    directory: Path
    program: str | None = field(default_factory=lambda: shutil.which("espeak-ng"))

    async def say(
        self, name: str, *, language: str, slug: str = "", values: Mapping[str, str] | None = None
    ) -> Samples:
        """Return a line as sound.

        Raises:
            SilentError: it cannot be spoken.
        """
        language = spoken_language(language)
        if slug and not values:
            recorded = self.directory / slug / language / f"{name}.wav"
            if recorded.is_file() and recorded.stat().st_size <= RECORDING_BYTES_MOST:
                return read_sound(recorded.read_bytes())
        text = words_of(language)[name]
        if values:
            return await self.speak(text.format(**values), language)
        return await self._made_once(text, language)

    async def _made_once(self, text: str, language: str) -> Samples:
        name = hashlib.sha256(f"{WORDS_PER_MINUTE}|{language}|{text}".encode()).hexdigest()
        kept = self.directory / "made" / f"{name}.wav"
        if kept.is_file():
            with suppress(SilentError):
                return read_sound(kept.read_bytes())
        data = await self._synthesize(text, language)
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = kept.with_suffix(".new")
        beside.write_bytes(data)
        beside.replace(kept)
        return read_sound(data)

    async def speak(self, text: str, language: str) -> Samples:
        """Return any text as sound; it is kept nowhere.

        Raises:
            SilentError: it cannot be spoken.
        """
        return read_sound(await self._synthesize(for_the_ear(text), spoken_language(language)))

    async def _synthesize(self, text: str, language: str) -> bytes:
        if self.program is None:
            raise SilentError("espeak-ng is not installed")
        # The text goes by the standard input: arguments of processes can be read by others on the machine.
        process = await asyncio.create_subprocess_exec(
            self.program,
            *("-v", VOICES[language], "-s", WORDS_PER_MINUTE, "--stdin", "--stdout"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(SPEAKING_SECONDS):
                data, _ = await process.communicate(text.encode())
        except TimeoutError:
            process.kill()
            await process.wait()
            raise SilentError("espeak-ng takes too long") from None
        return data
