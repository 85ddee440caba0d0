#!/usr/bin/env python3
"""Launches the night in OpenCue; needs pycue (PyPI: opencue-pycue) and CUEBOT_HOSTS. Prints the name of the job."""
import pathlib
import sys

try:
    import opencue
except ImportError:
    sys.exit("submit.py: pycue is missing: pip install opencue-pycue")

spec = pathlib.Path(__file__).resolve().parent / "opencue.xml"
for job in opencue.api.launchSpecAndWait(spec.read_text()):
    print(job.name())
