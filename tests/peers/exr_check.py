"""Judges a folder of EXR frames with the OpenEXR project's own Python module: every header and every pixel.

    build/peers/venv/bin/python tests/peers/exr_check.py FOLDER --first 1001 --last 1080 --fps 12 --size 96x64

One line for each fault, then a summary. Exit status: 0 no fault, 1 faults, 2 wrong arguments.
"""
import argparse
import os
import re
import sys
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import numpy
import OpenEXR

WANTED = ("chromaticities", "framesPerSecond", "owner", "software", "timeCode")
ACES_AP0 = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)


def opened(path):
    """The file with its pixels. The library writes its complaints to stderr and may give a file without parts."""
    quiet, saved = os.open(os.devnull, os.O_WRONLY), os.dup(2)
    try:
        os.dup2(quiet, 2)
        file = OpenEXR.File(str(path), separate_channels=True)
    except Exception as error:  # of several unrelated types
        raise ValueError(str(error).splitlines()[0]) from error
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(quiet)
    if len(file.parts) != 1:
        raise ValueError(f"{len(file.parts)} parts, expected 1: cut off?")
    return file


def comparable(value):
    """A header's value in a form that can be compared and printed."""
    if isinstance(value, numpy.ndarray):
        return comparable(value.tolist())
    if isinstance(value, (list, tuple)):
        return tuple(comparable(item) for item in value)
    if isinstance(value, float):
        return round(value, 6)
    return value if isinstance(value, (int, str, Fraction)) else str(value)


def timecode_of(number, fps):
    """The timecode of a frame number; 24000/1001 counts 24 frames to its second."""
    nominal = round(fps)
    seconds, frame = divmod(number, nominal)
    return (seconds // 3600 % 24, seconds // 60 % 60, seconds % 60, frame)


def faults_of_window(header, size):
    """Data and display window are the picture, from its corner."""
    for name in ("dataWindow", "displayWindow"):
        low, high = comparable(header[name])
        if (low, high) != ((0, 0), (size[0] - 1, size[1] - 1)):
            yield f"{name} is {low} to {high}, expected {size[0]}x{size[1]} from (0, 0)"


def faults_of_time(header, number, fps):
    if Fraction(header["framesPerSecond"]) != fps:
        yield f"framesPerSecond is {header['framesPerSecond']}, expected {fps}"
    code = header["timeCode"]
    if (code.hours, code.minutes, code.seconds, code.frame) != timecode_of(number, fps):
        yield "timeCode does not count the frame number at this rate"


def faults_of_colour(header, compression):
    """What the library itself finds, and a frame of ACES only by the container's rules."""
    flags = OpenEXR.checkColorMetadata(header)
    for flag in OpenEXR.ColorMetadataWarning.__members__.values():
        if flag.value & flags:
            yield f"colour metadata: {OpenEXR.colorMetadataWarningToString(flag.value)}"
    aces = header.get("acesImageContainerFlag") == 1
    near = numpy.allclose(comparable(header["chromaticities"]), ACES_AP0, atol=1e-4)
    if aces and not (near and compression == "NO_COMPRESSION"):
        yield "acesImageContainerFlag is set, but ST 2065-4 wants AP0 chromaticities and no compression"


def faults_of_pixels(channels, size):
    if set(channels) != {"R", "G", "B"}:
        yield f"channels are {','.join(sorted(channels))}, expected B,G,R"
    for name, channel in sorted(channels.items()):
        pixels = numpy.asarray(channel.pixels)
        if pixels.dtype != numpy.float16:
            yield f"channel {name} is {pixels.dtype}, expected half"
        if pixels.shape != (size[1], size[0]) or (channel.xSampling, channel.ySampling) != (1, 1):
            yield f"channel {name} has {pixels.shape[1]}x{pixels.shape[0]} pixels, expected {size[0]}x{size[1]}"
        elif not numpy.isfinite(pixels).all():
            yield f"channel {name} has NaN or Inf"


def faults_of_frame(path, number, asked):
    """Yields faults; returns the header's constant part, or nothing when the file cannot be read."""
    try:
        file = opened(path)
        header, channels = file.header(), file.channels()
    except ValueError as error:
        yield f"cannot be read: {error}"
        return None
    compression = getattr(header["compression"], "name", str(header["compression"]))
    if compression != asked.compression.upper().replace("NONE", "NO") + "_COMPRESSION":
        yield f"compression is {compression}, expected {asked.compression}"
    yield from faults_of_window(header, asked.size)
    yield from faults_of_pixels(channels, asked.size)
    missing = [name for name in (*WANTED, *asked.require) if header.get(name) in (None, "")]
    if missing:
        yield f"attributes missing: {', '.join(missing)}"
        return None
    yield from faults_of_time(header, number, asked.fps)
    yield from faults_of_colour(header, compression)
    return {name: comparable(value) for name, value in header.items() if name not in ("timeCode", "channels")}


def judge(asked):
    """All faults, each with the frames that have it."""
    found = defaultdict(list)
    numbered, first_header = {}, None
    for path in sorted(asked.folder.glob("*.exr")):
        digits = re.search(r"\.(\d+)\.exr$", path.name)
        if digits is None:
            found[f"{path.name} has no frame number"].append(None)
        else:
            numbered[int(digits[1])] = path
    heads = {(path.name.rsplit(".", 2)[0], len(path.name.rsplit(".", 2)[1])) for path in numbered.values()}
    if len(heads) > 1:
        found["several names or widths of numbers in one folder"].append(None)
    for number in range(asked.first, asked.last + 1):
        if number not in numbered:
            found["missing"].append(number)
    for number, path in sorted(numbered.items()):
        if not asked.first <= number <= asked.last:
            found[f"outside of {asked.first}-{asked.last}"].append(number)
        faults = faults_of_frame(path, number, asked)
        constant = yield_all(faults, lambda text: found[text].append(number))
        first_header = first_header or constant
        for name in sorted(set(constant or {}) | set(first_header or {}) if constant else ()):
            if constant.get(name) != first_header.get(name):
                found[f"attribute {name} is not the first frame's"].append(number)
    return len(numbered), found


def yield_all(generator, take):
    """Hands every item to `take`; what the generator returned."""
    while True:
        try:
            take(next(generator))
        except StopIteration as end:
            return end.value


def size_in(text):
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text}: expected WIDTHxHEIGHT")
    return int(match[1]), int(match[2])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first", type=int, required=True)
    parser.add_argument("--last", type=int, required=True)
    parser.add_argument("--fps", type=Fraction, required=True)
    parser.add_argument("--size", type=size_in, required=True)
    parser.add_argument("--compression", default="piz")
    parser.add_argument("--require", nargs="*", default=[], help="more attributes that have to be there")
    asked = parser.parse_args()
    frames, found = judge(asked)
    for text, numbers in found.items():
        at = [str(n) for n in numbers if n is not None]
        more = f" and {len(at) - 1} more" if len(at) > 1 else ""
        print(f"{asked.folder}: {'frame ' + at[0] + more + ': ' if at else ''}{text}")
    print(f"{asked.folder}: {frames} frames, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
