"""Judges colours in EXR frames with OpenColorIO's own processors and its built-in configuration.

    build/peers/venv/bin/python tests/peers/colour_check.py FOLDER

FOLDER has display.f32 (sRGB code values, floats, three a colour) and, for each space, SPACE.exr (one row of the same
colours as scene-linear halves) and SPACE.f32 (code values taken back from them). Ours and OpenColorIO's, both rounded to
half, may differ by one unit in the last place. Exit status: 0 no fault, 1 faults.
"""
import sys
from pathlib import Path

import numpy
import OpenEXR
import PyOpenColorIO

CONFIG = "cg-config-v1.0.0_aces-v1.3_ocio-v2.1"
SPACES = {"rec709": "Linear Rec.709 (sRGB)", "acescg": "ACEScg", "aces2065_1": "ACES2065-1"}
ULPS = 1


def steps_between(ours, theirs):
    """How many halves lie between two, one by one; sign and magnitude become one count."""
    def count(values):
        bits = values.astype(numpy.float16).view(numpy.uint16).astype(numpy.int32)
        return numpy.where(bits & 0x8000, -(bits & 0x7FFF), bits)
    return numpy.abs(count(ours) - count(theirs))


def main():
    folder = Path(sys.argv[1])
    config = PyOpenColorIO.Config.CreateFromBuiltinConfig(CONFIG)
    display = numpy.fromfile(folder / "display.f32", numpy.float32)
    faults = 0
    for name, space in SPACES.items():
        with OpenEXR.File(str(folder / f"{name}.exr")) as file:
            scene = numpy.asarray(file.channels()["RGB"].pixels).reshape(-1)
        back = numpy.fromfile(folder / f"{name}.f32", numpy.float32)
        for way, given, ours, names in (
                ("there", display, scene, ("sRGB - Texture", space)),
                ("back", scene.astype(numpy.float32), back, (space, "sRGB - Texture"))):
            theirs = numpy.array(given, numpy.float32)
            config.getProcessor(*names).getDefaultCPUProcessor().applyRGB(theirs)
            steps = steps_between(ours, theirs)
            print(f"{name} {way}: {steps.size // 3} colours, {steps.max()} units at most, {(steps > 0).sum()} values differ")
            for place in numpy.flatnonzero(steps > ULPS)[:3]:
                print(f"  colour {place // 3} {'RGB'[place % 3]}: {ours[place]} here, {theirs[place]} there")
            faults += int((steps > ULPS).any())
    sys.exit(1 if faults else 0)


main()
