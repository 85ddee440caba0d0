#!/usr/bin/env python3
"""Hands the night to afserver, or cancels it there: afanasy.py submit|cancel|check ADDRESS, as HOST:PORT.

An invalid job sent over HTTP ends afserver: the job is checked here first, and `check` does only that. `submit` prints the
id of the job, which has the UUID in NIGHTREEL_SUBMISSION, or one that is drawn here, in its description. `cancel` deletes
the jobs with that UUID; ids are not enough, because afserver gives them to other jobs later."""
import json
import os
import pathlib
import re
import socket
import sys
import uuid

NUMERIC = 1                      # flag of a block: its tasks are numbers
TEXT_MAX = 64 << 20              # bytes; afserver's messages are a little larger
PLAIN = re.compile(r"[^\"\\]+")  # afserver stores some texts without quoting them


def masks_of(block):
    return [block[key] for key in ("depend_mask", "tasks_depend_mask") if key in block]


def mask_fault(mask, names):
    """Why a mask selects none of the names, or nothing."""
    try:
        matched = any(re.fullmatch(mask, name) for name in names)
    except re.error as error:
        return f"is no regular expression: {error}"
    return None if matched else "matches none"


def tasks_fault(block):
    """Why a block's tasks are no tasks for afserver, or nothing."""
    numbers = [block.get(key) for key in ("frame_first", "frame_last", "frames_per_task", "frames_inc")]
    if block.get("flags") == NUMERIC:
        if "tasks" in block:
            return "a numeric block with tasks"
        if any(type(number) is not int for number in numbers):
            return "a numeric block without whole frame_first, frame_last, frames_per_task and frames_inc"
        first, last, per_task, step = numbers
        return "a numeric block without frames" if first > last or per_task < 1 or step < 1 else None
    if block.get("flags") != 0:
        return f"flags {block.get('flags')}"
    if any(number is not None for number in numbers):
        return "frames, but flags 0"
    tasks = block.get("tasks")
    if not isinstance(tasks, list) or not tasks:
        return "no tasks"
    if not all(isinstance(task, dict) and task.get("name") and task.get("command") for task in tasks):
        return "a task without name or command"
    return None


def fault_of(job):
    """Why afserver would refuse the job, or nothing."""
    for key in ("name", "user_name", "host_name"):
        if not isinstance(job.get(key), str) or not PLAIN.fullmatch(job[key]):
            return f"{key} is missing, empty, or has a quote or backslash"
    try:
        re.compile(job.get("hosts_mask", ""))
    except re.error as error:
        return f"hosts_mask '{job['hosts_mask']}' is no regular expression: {error}"
    blocks = job.get("blocks")
    if not isinstance(blocks, list) or not blocks:
        return "it has no blocks"
    names = [block.get("name") for block in blocks]
    if len(set(names)) != len(names):
        return "two blocks have one name"
    for block in blocks:
        for key in ("name", "service", "parser", "command"):
            if not isinstance(block.get(key), str) or not block[key]:
                return f"block {block.get('name')}: no {key}"
        for text in [block["name"], block["service"], block["parser"], *masks_of(block), *block.get("tickets", {})]:
            if not PLAIN.fullmatch(text):
                return f"block {block['name']}: '{text}' is empty or has a quote or backslash"
        for mask in masks_of(block):
            fault = mask_fault(mask, [name for name in names if name != block["name"]])
            if fault:
                return f"block {block['name']} waits for blocks '{mask}', which {fault}"
        if block["command"].count("@#") != 1:
            return f"block {block['name']}: '@#@' stands twice in its command, or in the path of the job directory"
        fault = tasks_fault(block)
        if fault:
            return f"block {block['name']}: {fault}"
    return None


def ask(address, message):
    host, _, port = address.rpartition(":")
    body = json.dumps(message).encode()
    if len(body) > TEXT_MAX:
        sys.exit(f"afanasy.py: the message has {len(body)} bytes, afserver takes at most {TEXT_MAX}")
    # The header AFANASY tells afserver the length: without it nothing is answered.
    head = f"POST / HTTP/1.1\r\nHost: {address}\r\nContent-Length: {len(body)}\r\nAFANASY: {len(body)}\r\n\r\n"
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=60) as connection:
            connection.sendall(head.encode() + body)
            text = answer_of(connection)
    except (OSError, ValueError) as error:
        sys.exit(f"afanasy.py: afserver at {address} does not answer: {error}")
    try:
        return json.loads(text.decode())
    except ValueError:
        sys.exit(f"afanasy.py: afserver at {address} closed the connection without an answer; see its log")


def answer_of(connection):
    """As long as it says that it is: afserver waits for us to close the connection."""
    answer = b""
    while True:
        head, _, text = answer.partition(b"\r\n\r\n")
        length = re.search(rb"^Content-Length: *(\d+)", head, re.MULTILINE | re.IGNORECASE)
        if length and len(text) >= int(length.group(1)):
            return text[:int(length.group(1))]
        piece = connection.recv(1 << 16)
        if not piece:
            return text
        answer += piece


def job_as_exported():
    return json.loads((pathlib.Path(__file__).resolve().parent / "afanasy.json").read_text())["job"]


def job_to_send():
    job = job_as_exported()
    submission = os.environ.get("NIGHTREEL_SUBMISSION") or str(uuid.uuid4())
    job["description"] = "nightreel " + submission
    for block in job["blocks"]:
        block["environment"] = {"NIGHTREEL_SUBMISSION": submission}
    fault = fault_of(job)
    if fault:
        sys.exit(f"afanasy.py: afanasy.json is not sent, because it would end afserver: {fault}")
    return job


def submit(address):
    answer = ask(address, {"job": job_to_send()})
    if not isinstance(answer.get("id"), int) or answer["id"] < 1:
        sys.exit(f"afanasy.py: afserver at {address} refuses the job: {json.dumps(answer)}")
    print(answer["id"])


def cancel(address):
    submission = os.environ.get("NIGHTREEL_SUBMISSION")
    if not submission:
        sys.exit("afanasy.py: cancel requires NIGHTREEL_SUBMISSION, the UUID in the job's description")
    jobs = ask(address, {"get": {"type": "jobs", "mask": "nightreel .*"}}).get("jobs") or []
    ids = [job["id"] for job in jobs if job.get("description") == "nightreel " + submission]
    if ids:
        ask(address, {"action": {"user_name": job_as_exported()["user_name"], "host_name": socket.gethostname() or "nightreel",
                                 "type": "jobs", "ids": ids, "operation": {"type": "delete"}}})


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("submit", "cancel", "check"):
        sys.exit("usage: afanasy.py submit|cancel|check ADDRESS")
    {"submit": submit, "cancel": cancel, "check": lambda address: job_to_send()}[sys.argv[1]](sys.argv[2])
