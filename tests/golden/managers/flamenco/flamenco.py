#!/usr/bin/env python3
"""Hands the night to a Flamenco Manager, or cancels it there: flamenco.py submit|cancel ADDRESS.

The Manager needs the job type: nightreel.js in the folder scripts/ next to the flamenco-manager program. `submit` prints
the id of the job, which holds the UUID in NIGHTREEL_SUBMISSION, or one that is drawn here, in its metadata. `cancel`
takes the ids in NIGHTREEL_IDS, or looks for jobs with the UUID."""
import json
import os
import pathlib
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid

UUID = "nightreel.submission"  # in the job's metadata


class Refused(Exception):
    """The Manager's answer is an error."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def ask(address, path, body=None):
    request = urllib.request.Request(address.rstrip("/") + "/api/v3/" + path,
                                     None if body is None else json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")
        try:
            text = json.loads(text)["message"]
        except (ValueError, LookupError, TypeError):
            pass
        raise Refused(error.code, text)
    except OSError as error:
        sys.exit(f"flamenco.py: the Flamenco Manager at {address} does not answer: {error}")
    return json.loads(text) if text.strip() else None


def submit(address):
    job = json.loads((pathlib.Path(__file__).resolve().parent / "flamenco.json").read_text())
    job["metadata"][UUID] = os.environ.get("NIGHTREEL_SUBMISSION") or str(uuid.uuid4())
    try:
        job_type = ask(address, "jobs/type/" + job["type"])
    except Refused as refused:
        sys.exit(f"flamenco.py: {address}: job type {job['type']}: {refused}; put nightreel.js into the folder scripts/ "
                 "next to the flamenco-manager program")
    # Refused when the settings that the Manager knows change before it gets the job.
    job["type_etag"] = job_type["etag"]
    try:
        ask(address, "jobs/check", job)
        print(ask(address, "jobs", job)["id"])
    except Refused as refused:
        sys.exit(f"flamenco.py: {address} refuses the job: {refused}")


def cancel(address):
    ids = os.environ.get("NIGHTREEL_IDS", "").split()
    submission = os.environ.get("NIGHTREEL_SUBMISSION")
    if not ids and not submission:
        sys.exit("flamenco.py: cancel requires NIGHTREEL_SUBMISSION, the UUID of the job, or NIGHTREEL_IDS, its ids")
    if not ids:
        jobs = ask(address, "jobs")["jobs"] or []
        ids = [job["id"] for job in jobs if (job.get("metadata") or {}).get(UUID) == submission]
    for job in ids:
        try:
            ask(address, f"jobs/{urllib.parse.quote(job)}/setstatus",
                {"status": "cancel-requested", "reason": "nightreel: cancelled by its submitter"})
        except Refused as refused:
            # Unknown, or ended before: nothing is left to cancel.
            if refused.status not in (404, 422):
                sys.exit(f"flamenco.py: {address} refuses to cancel {job}: {refused}")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("submit", "cancel"):
        sys.exit("usage: flamenco.py submit|cancel ADDRESS")
    try:
        {"submit": submit, "cancel": cancel}[sys.argv[1]](sys.argv[2])
    except Refused as refused:
        sys.exit(f"flamenco.py: {sys.argv[2]}: {refused}")
