"""Stubs of a Flamenco Manager, of afserver and of pycue, written from their sources: what our scripts and queries use of them,
and what they do with a job. `run_units()` does the work of all machines, in the order in which the manager would."""
import http.server
import re
import socketserver
import tempfile
import threading
import uuid

from harness import *


class served:
    """A stub in a thread of its own, on a free port of loopback."""

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self.server

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


# What a job type finds in a Manager: job_compilers/author.go. A task is copied when it is added.
AUTHOR = """"use strict";
var submitted = %s, made = [];
var author = {
    Task: function (name, type) {
        if (name.trim() === "" || type.trim() === "") throw "author.Task(name, type): required";
        return {name: name, type: type, commands: [], needs: [],
                addCommand: function (c) { this.commands.push(c); }, addDependency: function (t) { this.needs.push(t.name); }};
    },
    Command: function (name, parameters) { return {name: name, parameters: parameters}; }
};
var job = {settings: submitted.settings, metadata: submitted.metadata,
           addTask: function (task) { made.push(JSON.parse(JSON.stringify(task))); }};
"""


def compiled(script, job):
    """Tasks of a job by an engine that knows ECMAScript 5.1 and const, or what the script throws."""
    text = AUTHOR % json.dumps(job) + script + """
try { compileJob(job); print(JSON.stringify(made)); } catch (error) { print(JSON.stringify({thrown: String(error)})); }"""
    with tempfile.NamedTemporaryFile("w", suffix=".js") as file:
        file.write(text)
        file.flush()
        return json.loads(run("duk", file.name).stdout)


class FlamencoStub(http.server.ThreadingHTTPServer):
    """Job types, jobs, their check and their status, as pkg/api/flamenco-openapi.yaml has them."""

    def __init__(self):
        self.scripts, self.jobs, self.checked = {}, {}, 0
        super().__init__(("127.0.0.1", 0), FlamencoRequest)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"

    def unfinished(self):
        return [job["id"] for job in self.jobs.values() if job["status"] in ("queued", "active")]

    def run_units(self):
        for job in self.unfinished():
            done = set()
            for task in self.jobs[job]["tasks"]:
                if not done >= set(task["needs"]):
                    continue
                command, = task["commands"]
                code = run(command["parameters"]["exe"], *command["parameters"]["args"], check=None).returncode
                task.update(status="failed" if code else "completed", activity=f"exit status {code}")
                if code == 0:
                    done.add(task["name"])
            self.jobs[job]["status"] = "completed" if len(done) == len(self.jobs[job]["tasks"]) else "failed"


class FlamencoRequest(http.server.BaseHTTPRequestHandler):
    def answer(self, status, value=None):
        self.send_response(status)
        body = b"" if value is None else json.dumps(value).encode() + b"\n"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status, text):
        self.answer(status, {"code": status, "message": text})

    def do_GET(self):
        path = self.path[len("/api/v3/"):]
        if path == "jobs":
            return self.answer(200, {"jobs": list(self.server.jobs.values())})
        if path.startswith("jobs/type/"):
            if path[len("jobs/type/"):] not in self.server.scripts:
                return self.refuse(404, "no such job type known")
            return self.answer(200, {"name": "nightreel", "label": "", "settings": [], "etag": "etag-1"})
        kind, name, *rest = path.split("/")
        found = self.server.jobs.get(name) if kind == "jobs" else None
        for job in self.server.jobs.values() if kind == "tasks" else []:
            found = next((task for task in job["tasks"] if task["id"] == name), found)
        if found is None:
            return self.refuse(404, "no such " + kind)
        return self.answer(200, {"tasks": found["tasks"]} if rest == ["tasks"] else found)

    def do_POST(self):
        path = self.path[len("/api/v3/"):]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if path.endswith("/setstatus"):
            job = self.server.jobs.get(path.split("/")[1])
            if job is None:
                return self.refuse(404, "no such job")
            job["status"] = {"cancel-requested": "canceled"}[body["status"]]
            for task in job.get("tasks", []):
                if task["status"] == "queued":
                    task["status"] = "canceled"
            return self.answer(204) if body["reason"] else self.refuse(400, "invalid format")
        if body.get("type_etag") not in (None, "etag-1"):
            return self.refuse(412, "rejecting job because its settings are outdated")
        if not (isinstance(body["name"], str) and isinstance(body["priority"], int) and body["submitter_platform"] == "linux"
                and all(isinstance(value, str) for value in body["metadata"].values())):
            return self.refuse(400, "invalid format")
        tasks = compiled(self.server.scripts[body["type"]], body)
        if isinstance(tasks, dict):
            return self.refuse(400, tasks["thrown"])
        if path == "jobs/check":
            self.server.checked += 1
            return self.answer(204)
        for task in tasks:
            task.update(id=str(uuid.uuid4()), status="queued", worker={"id": "", "name": "", "address": ""})
        job = {**body, "id": str(uuid.uuid4()), "status": "queued", "tasks": tasks}
        self.server.jobs[job["id"]] = job
        return self.answer(200, job)

    def log_message(self, *_):
        pass


class AfserverStub(socketserver.ThreadingTCPServer):
    """Jobs as threadprocessjson.cpp and jobcontainer.cpp have them: an invalid one ends it."""
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        self.jobs, self.dead, self.next_id = {}, False, 2
        super().__init__(("127.0.0.1", 0), AfserverRequest)
        self.address = f"127.0.0.1:{self.server_address[1]}"

    def unfinished(self):
        return [number for number, job in self.jobs.items() if any(task["state"] == " RDY" for block in job["progress"]
                                                                   for task in block)]

    def run_units(self):
        for number in self.unfinished():
            job = self.jobs[number]
            for block, progress in zip(job["blocks"], job["progress"]):
                for frame, task in zip(range(block["frame_first"], block["frame_last"] + 1), progress):
                    code = run("sh", "-c", block["command"].replace("@#@", str(frame)), cwd=block["working_directory"],
                               env=block["environment"], check=None).returncode
                    task.update(state=" ERR" if code else " DON", hst="here", err=1 if code else 0)


class AfserverRequest(socketserver.StreamRequestHandler):
    def handle(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.rfile.readline()
        length = re.search(rb"^AFANASY: (\d+)\r$", head, re.MULTILINE)
        if self.server.dead or not head.startswith(b"POST") or not length:
            return
        answer = self.answer(json.loads(self.rfile.read(int(length.group(1)))))
        if answer is not None:
            body = json.dumps(answer).encode()
            self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            self.wfile.flush()
            self.rfile.read(1)  # it waits for the client to close the connection first

    def answer(self, message):
        jobs = self.server.jobs
        if "job" in message:
            job = message["job"]
            self.server.dead = not job["blocks"] or not job["user_name"] or any(
                block["flags"] == 0 and not block.get("tasks") for block in job["blocks"])
            if self.server.dead:
                return None
            job["id"] = self.server.next_id
            job["progress"] = [[{"state": " RDY"} for _ in range(block["frame_first"], block["frame_last"] + 1)]
                               for block in job["blocks"]]
            self.server.next_id += 1
            jobs[job["id"]] = job
            return {"id": job["id"], "serial": job["id"]}
        if message.get("get", {}).get("mode") == "progress":
            number, = message["get"]["ids"]
            return {"job_progress": {"id": number, "progress": jobs[number]["progress"]}}
        if "get" in message:
            return {"jobs": [job for job in jobs.values() if re.fullmatch(message["get"]["mask"], job["name"])]}
        action = message["action"]
        holds(action["user_name"] and action["host_name"] and action["operation"] == {"type": "delete"}, str(action))
        for job in action["ids"]:
            del jobs[job]
        return {"info": {"kind": "log", "text": "deleted"}}


# The part of pycue that cue.py calls, its jobs in a file; names as cuebot's JobSpec.java makes them.
PYCUE = """
import enum, json, pathlib, re, types
import xml.etree.ElementTree as tree

place = pathlib.Path(__file__).parent / "jobs.json"
jobs = json.loads(place.read_text()) if place.exists() else []

class CueException(Exception): pass
class ConnectionException(CueException): pass
exception = types.SimpleNamespace(CueException=CueException, ConnectionException=ConnectionException)

class Frame:
    FrameState = enum.IntEnum("FrameState", "WAITING SETUP RUNNING SUCCEEDED DEPEND DEAD EATEN CHECKPOINT", start=0)
    def __init__(self, layer, number, state): self._layer, self._number, self._state = layer, number, state
    def id(self): return f"{self._layer}-{self._number}"
    def layer(self): return self._layer
    def number(self): return self._number
    def state(self): return self._state
    def resource(self): return "gpu07/1.0"
    def retries(self): return 0
    def exitStatus(self): return -1

class Job:
    JobState = enum.IntEnum("JobState", "PENDING FINISHED STARTUP SHUTDOWN POSTED", start=0)
    def __init__(self, data): self.data = data
    def id(self): return self.data["id"]
    def name(self): return self.data["name"]
    def state(self): return self.data["state"]
    def isPaused(self): return False
    def setMaxRetries(self, count): self.data["retries"] = count; save()
    def kill(self, reason=None):
        if reason: self.data["state"] = 1; save()
    def getFrames(self, page=1):
        return [Frame(*frame) for frame in self.data["frames"][(page - 1) * 2:page * 2]]

def save(): place.write_text(json.dumps(jobs))

def numbers(text):
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)

def launchSpecAndWait(text):
    if (place.parent / "away").exists(): raise ConnectionException("Unable to contact grpc server.")
    spec = tree.fromstring(text)
    suffix = re.sub("_+", "_", spec.find("job").get("name").lower()).replace("-", "_")
    shot = spec.findtext("shot").replace("-", "_").lower()
    if not re.fullmatch(r"[\\w.-]{3,}", suffix): raise CueException("The job name suffix: " + suffix)
    name = f"{spec.findtext('show')}-{shot}-{spec.findtext('user')}_{suffix}".lower()
    if any(job["name"] == name and job["state"] == 0 for job in jobs): raise CueException(name + " is already pending")
    frames = [[layer.get("name").lower().replace("-", "_"), number, 0] for layer in spec.iter("layer")
              for number in numbers(layer.findtext("range"))]
    commands = {layer.get("name"): layer.findtext("cmd") for layer in spec.iter("layer")}
    env = {key.get("name"): key.text for key in spec.find("job/env")}
    jobs.append({"id": f"id-{len(jobs)}", "name": name, "state": 0, "frames": frames, "env": env, "commands": commands})
    save()
    return [Job(jobs[-1])]

def getJobs(substr=(), include_finished=False):
    if (place.parent / "away").exists(): raise ConnectionException("Unable to contact grpc server.")
    return [Job(job) for job in jobs if any(part in job["name"] for part in substr) and (include_finished or job["state"] == 0)]

api = types.SimpleNamespace(launchSpecAndWait=launchSpecAndWait, getJobs=getJobs)
"""


class CuebotStub:
    """A folder for PYTHONPATH that has the stub of pycue."""

    def __init__(self, folder):
        self.folder = folder / "opencue"
        self.folder.mkdir(parents=True)
        (self.folder / "__init__.py").write_text(PYCUE)
        self.environment = {"PYTHONPATH": str(folder)}

    def jobs(self):
        return json.loads((self.folder / "jobs.json").read_text())

    def unfinished(self):
        return [job["id"] for job in self.jobs() if job["state"] == 0]

    def run_units(self):
        jobs = self.jobs()
        for job in jobs:
            if job["state"] != 0:
                continue
            for frame in job["frames"]:
                code = run("sh", "-c", job["commands"][frame[0]].replace("#IFRAME#", str(frame[1])), env=job["env"],
                           check=None).returncode
                frame[2] = 5 if code else 3
            job["state"] = int(all(frame[2] == 3 for frame in job["frames"]))
        (self.folder / "jobs.json").write_text(json.dumps(jobs))
