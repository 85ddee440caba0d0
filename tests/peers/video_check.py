"""Judges a movie with ffprobe: does it decode to its end, and is it shown as it was meant, an MP4 by a browser and a MOV by an editor.

    python3 tests/peers/video_check.py MOVIE --frames 81 --fps 12

One line for each fault. Exit status: 0 no fault, 1 faults, 2 wrong arguments.
"""
import argparse
import json
import struct
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

# What browsers decode of H.264, and the tags without which each of them guesses another picture.
PROFILES = ("Constrained Baseline", "Baseline", "Main", "High")
TAGS = {"color_range": "tv", "color_space": "bt709", "color_primaries": "bt709"}
BROWSER = {"codec_name": "h264", "pix_fmt": "yuv420p"}
EDITOR = {"pix_fmt": "yuv422p10le"}
EDITOR_PROFILES = ("HQ", "DNXHR HQX")
TRANSFERS = ("bt709", "iec61966-2-1")


def boxes_of(path):
    """Names of the file's outermost boxes in order, or nothing when they do not fill it exactly."""
    names, at, size = [], 0, path.stat().st_size
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            head = file.read(16)
            if len(head) < 8:
                return []
            length, name = struct.unpack(">I4s", head[:8])
            if length == 1 and len(head) == 16:
                length = struct.unpack(">Q", head[8:])[0]
            elif length == 0:
                length = size - at
            if length < 8 or at + length > size:
                return []
            names.append(name.decode("latin-1"))
            at += length
    return names


def probed(path, *what):
    done = subprocess.run(["ffprobe", "-v", "error", "-of", "json", "-select_streams", "v:0", *what, str(path)],
                          text=True, capture_output=True)
    return json.loads(done.stdout or "{}"), done.stderr.strip()


def faults_of_time(path, video, asked):
    rate, decoded = Fraction(video["r_frame_rate"]), int(video.get("nb_read_frames", 0))
    if int(video.get("nb_frames", decoded)) != decoded:
        yield f"{decoded} frames decode, the file promises {video['nb_frames']}"
    if asked.frames is not None and decoded != asked.frames:
        yield f"{decoded} frames, expected {asked.frames}"
    if asked.fps is not None and rate != asked.fps:
        yield f"rate is {rate}, expected {asked.fps}"
    frames, _ = probed(path, "-show_entries", "frame=best_effort_timestamp_time")
    times = [float(frame["best_effort_timestamp_time"]) for frame in frames.get("frames", [])]
    late = [i for i, time in enumerate(times) if abs(time - float(i / rate)) > 0.0015]
    if late:
        yield f"frame {late[0]} is shown at {times[late[0]]:.4f} s, expected {float(late[0] / rate):.4f}"


def faults_of(path, asked):
    boxes = boxes_of(path)
    if not boxes:
        yield "its boxes do not fill the file: cut off?"
    elif "moov" not in boxes or "mdat" not in boxes[boxes.index("moov"):]:
        yield "moov is not before mdat: a browser has to fetch all of it first"
    info, complaint = probed(path, "-count_frames", "-show_streams")
    if complaint:
        yield f"ffprobe: {complaint.splitlines()[0]}"
    if not info.get("streams"):
        yield "no video stream"
        return
    video = info["streams"][0]
    for_editor = path.suffix == ".mov"
    for name, wanted in {**TAGS, **(EDITOR if for_editor else BROWSER)}.items():
        if video.get(name) != wanted:
            yield f"{name} is {video.get(name, 'not tagged')}, expected {wanted}"
    if video.get("color_transfer") not in TRANSFERS:
        yield f"color_transfer is {video.get('color_transfer', 'not tagged')}, expected {' or '.join(TRANSFERS)}"
    profiles = EDITOR_PROFILES if for_editor else PROFILES
    if video.get("profile") not in profiles:
        yield f"profile is {video.get('profile')}, expected one of {', '.join(profiles)}"
    if video["width"] % 2 or video["height"] % 2:
        yield f"size is {video['width']}x{video['height']}, expected even numbers"
    yield from faults_of_time(path, video, asked)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("movie", type=Path)
    parser.add_argument("--frames", type=int)
    parser.add_argument("--fps", type=Fraction)
    asked = parser.parse_args()
    if not asked.movie.is_file():
        parser.error(f"{asked.movie} is no file")
    found = list(faults_of(asked.movie, asked))
    for text in found:
        print(f"{asked.movie}: {text}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
