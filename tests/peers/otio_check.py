"""Judges a timeline with OpenTimelineIO: it loads, and every frame and movie that it names is there and long enough.

    build/peers/venv/bin/python tests/peers/otio_check.py NIGHT.otio

A line for each clip, one for each fault. Exit status: 0 no fault, 1 faults.
"""
import sys
import urllib.parse
from pathlib import Path

import opentimelineio as otio


def faults_of_file(url, folder):
    parts = urllib.parse.urlsplit(url)
    path = Path(urllib.parse.unquote(parts.path))
    if parts.scheme not in ("", "file"):
        yield f"not on a local disk: {url}"
    elif not (folder / path).is_file() or (folder / path).stat().st_size == 0:
        yield f"missing or empty: {path}"


def lies_in(inner, outer):
    """TimeRange.contains is false for ranges that end together."""
    return outer.start_time <= inner.start_time and inner.end_time_exclusive() <= outer.end_time_exclusive()


def faults_of_media(media, folder):
    available = media.available_range
    if available is None or available.duration.value < 1:
        yield "no range"
        return
    if not isinstance(media, otio.schema.ImageSequenceReference):
        yield from faults_of_file(media.target_url, folder)
        return
    if media.rate != available.duration.rate:
        yield f"rate {media.rate}, but its range is at {available.duration.rate}"
    if media.number_of_images_in_sequence() != available.duration.value:
        yield f"{media.number_of_images_in_sequence()} frames in a range of {available.duration.value}"
    for index in range(media.number_of_images_in_sequence()):
        yield from faults_of_file(media.target_url_for_image_number(index), folder)


def faults_of_clip(clip, folder):
    if clip.active_media_reference_key not in clip.media_references():
        yield f"no media {clip.active_media_reference_key}"
        return
    for name, media in clip.media_references().items():
        for fault in faults_of_media(media, folder):
            yield f"{name}: {fault}"
        if media.available_range and not lies_in(clip.source_range, media.available_range):
            yield f"{name}: the clip lies outside of it"
    for marker in clip.markers:
        if not lies_in(marker.marked_range, clip.media_reference.available_range):
            yield f"marker {marker.name} lies outside of the media"


def main():
    path = Path(sys.argv[1])
    timeline = otio.adapters.read_from_file(str(path))
    faults = 0
    for track in timeline.tracks:
        for clip in track.find_clips():
            print(f"{clip.name}: {clip.source_range.start_time.value:g} + {clip.source_range.duration.value:g} at "
                  f"{clip.source_range.duration.rate:g}, {len(clip.media_references())} media, {len(clip.markers)} markers")
            for fault in faults_of_clip(clip, path.resolve().parent):
                print(f"{clip.name}: {fault}")
                faults += 1
    sys.exit(1 if faults else 0)


main()
