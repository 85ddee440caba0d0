"""A STUB of Deadline 10, for tests: nothing here is Deadline. It was written from the vendor's manual and from public plugins
and submitters; that a night passes it says only that our files are what we think Deadline reads.

`Farm` keeps jobs in a JSON file. command() stands for `deadlinecommand`, work() for a Worker that runs a plugin's Python through stub
modules named Deadline.Plugins and Deadline.Scripting."""
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import types
from pathlib import Path

# Keys of job info files, from ynput/ayon-deadline, client/ayon_deadline/lib.py, which submits to real farms.
JOB_INFO_KEYS = set("""
Plugin Name Frames Comment Department BatchName UserName MachineName Pool SecondaryPool Group Priority ChunkSize ConcurrentTasks
LimitConcurrentTasksToNumberOfCpus OnJobComplete Sequential InitialStatus MinRenderTimeSeconds TaskTimeoutSeconds TaskTimeoutMinutes
OnTaskTimeout EnableAutoTimeout Interruptible MachineLimit MachineLimitProgress Whitelist Blacklist LimitGroups JobDependencies
JobDependencyPercentage IsFrameDependent FrameDependencyOffsetStart FrameDependencyOffsetEnd ResumeOnCompleteDependencies
ResumeOnDeletedDependencies ResumeOnFailedDependencies OverrideJobFailureDetection FailureDetectionJobErrors
OverrideTaskFailureDetection FailureDetectionTaskErrors DeleteOnComplete ArchiveOnComplete PreJobScript PostJobScript
CustomPluginDirectory EventOptIns IncludeEnvironment UseJobEnvironmentOnly
""".split())
NUMBERED_KEYS = re.compile(r"(EnvironmentKeyValue|ExtraInfo|ExtraInfoKeyValue|OutputDirectory|OutputFilename)[0-9]+")


class FailRenderException(Exception):
    pass


class Slot:
    """A callback of a plugin: `slot += function`."""

    def __init__(self):
        self.functions = []

    def __iadd__(self, function):
        self.functions.append(function)
        return self

    def __call__(self, *arguments):
        for function in self.functions:
            result = function(*arguments)
        return result


class StdoutHandler:
    def __init__(self, pattern):
        self.pattern = re.compile(pattern)
        self.HandleCallback = Slot()


class DeadlinePlugin:
    CALLBACKS = ("InitializeProcessCallback", "RenderExecutableCallback", "RenderArgumentCallback", "CheckExitCodeCallback")

    def __init__(self):
        for name in self.CALLBACKS:
            setattr(self, name, Slot())
        self.StdoutHandlers, self.environment, self.said, self.progress, self.status = [], {}, [], [], []
        self.job = self.task = self.worker = None
        self.gpus, self.thread = None, 0

    def AddStdoutHandlerCallback(self, pattern):
        self.StdoutHandlers.append(StdoutHandler(pattern))
        return self.StdoutHandlers[-1]

    def GetRegexMatch(self, group):
        return self.match.group(group)

    def GetPluginInfoEntry(self, key):
        return self.job["plugin"][key]

    def GetPluginInfoEntryWithDefault(self, key, default):
        return self.job["plugin"].get(key, default)

    def GetStartFrame(self):
        return self.task["frame"]

    def GetJob(self):
        return self.job

    def GetCurrentTask(self):
        return self.task

    def GetSlaveName(self):
        return self.worker

    def GetThreadNumber(self):
        return self.thread

    def OverrideGpuAffinity(self):
        return self.gpus is not None

    def GpuAffinity(self):
        return self.gpus

    def SetEnvironmentVariable(self, key, value):
        self.environment[key] = value

    def SetProgress(self, percent):
        self.progress.append(percent)

    def SetStatusMessage(self, text):
        self.status.append(text)

    def LogInfo(self, text):
        self.said.append(text)

    LogWarning = LogInfo

    def FailRender(self, text):
        raise FailRenderException(text)


def fail_tasks(job, tasks):
    for task in tasks:
        task["status"] = "Failed"


def add_bad_worker(job, worker):
    job["bad"].append(worker)


def load_plugin(path, mapped_paths=()):
    """The module of a plugin, with stubs for what Deadline gives it."""
    def mapped(path):
        for old, new in mapped_paths:
            if path.startswith(old):
                return new + path[len(old):]
        return path

    plugins, scripting = types.ModuleType("Deadline.Plugins"), types.ModuleType("Deadline.Scripting")
    plugins.DeadlinePlugin = DeadlinePlugin
    plugins.PluginType = types.SimpleNamespace(Simple="Simple", Advanced="Advanced")
    scripting.RepositoryUtils = types.SimpleNamespace(CheckPathMapping=mapped, FailTasks=fail_tasks, AddBadSlaveForJob=add_bad_worker)
    sys.modules.update({"Deadline": types.ModuleType("Deadline"), "Deadline.Plugins": plugins, "Deadline.Scripting": scripting})
    sys.dont_write_bytecode = True
    spec = importlib.util.spec_from_file_location("plugin", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_task(module, job, task, worker):
    """One task as a Worker runs it: callbacks, the process, its lines, its exit code."""
    plugin = module.GetDeadlinePlugin()
    plugin.job, plugin.task, plugin.worker = job, task, worker
    plugin.InitializeProcessCallback()
    assert plugin.PluginType == "Simple" and plugin.StdoutHandling
    try:
        command = [plugin.RenderExecutableCallback(), *shlex.split(plugin.RenderArgumentCallback())]
        of_job = dict(value.split("=", 1) for key, value in job["info"].items() if key.startswith("EnvironmentKeyValue"))
        process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   env={**os.environ, **of_job, **plugin.environment})
        for line in process.stdout:
            for handler in plugin.StdoutHandlers:
                plugin.match = handler.pattern.search(line.rstrip("\n"))
                if plugin.match:
                    handler.HandleCallback()
        plugin.CheckExitCodeCallback(process.wait())
        return plugin, None
    except FailRenderException as failure:
        return plugin, str(failure)
    finally:
        module.CleanupDeadlinePlugin(plugin)
        assert not any(hasattr(plugin, name) for name in plugin.CALLBACKS), "a callback that is not deleted leaks"


def numbers_of(frames):
    numbers = []
    for part in frames.split(","):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def key_values(path):
    return dict(line.rstrip("\n").split("=", 1) for line in open(path))


class Farm:
    def __init__(self, folder):
        self.file = Path(folder) / "deadline.json"
        self.jobs = json.loads(self.file.read_text()) if self.file.exists() else []

    def save(self):
        self.file.write_text(json.dumps(self.jobs))

    def job(self, job_id):
        return next((job for job in self.jobs if job["id"] == job_id), None)

    def submit(self, info_file, plugin_file):
        info = key_values(info_file)
        unknown = [key for key in info if key not in JOB_INFO_KEYS and not NUMBERED_KEYS.fullmatch(key)]
        missing = [one for one in info.get("JobDependencies", "").split(",") if one and not self.job(one)]
        if unknown or missing or os.environ.get("STUB_REFUSES", "none") in info["Name"]:
            print(f"Error: {unknown} {missing} {info['Name']}")
            return 1
        job = {"id": f"5f{len(self.jobs):022x}", "info": info, "plugin": key_values(plugin_file), "bad": [],
               "tasks": [{"frame": frame, "status": "Queued", "errors": 0, "worker": ""} for frame in numbers_of(info["Frames"])]}
        self.jobs.append(job)
        print(f"Result=Success\nJobID={job['id']}\n\nThe job was submitted successfully.\r")
        return 0

    def status_of(self, job):
        states = {task["status"] for task in job["tasks"]}
        if states == {"Completed"}:
            return "Completed"
        if states <= {"Completed", "Failed"}:
            return "Failed"
        return "Active" if any(self.may_run(job, task) for task in job["tasks"]) or "Completed" in states else "Pending"

    def may_run(self, job, task):
        info = job["info"]
        for one in filter(None, info.get("JobDependencies", "").split(",")):
            needed = self.job(one)
            if needed is None:
                released = info["ResumeOnDeletedDependencies"] == "true"
            elif info["IsFrameDependent"] == "true":
                released = all(other["status"] == "Completed" for other in needed["tasks"] if other["frame"] == task["frame"])
            else:
                status = self.status_of(needed)
                released = status == "Completed" or (status == "Failed" and info["ResumeOnFailedDependencies"] == "true")
            if not released:
                return False
        return True

    def say_jobs(self, filters):
        """Jobs that match any filter, as `GetJobsFilterIni`."""
        for job in self.jobs:
            if f"JobName={job['info']['Name']}" in filters:
                print(f"ID={job['id']}\nJobName={job['info']['Name']}\nComment={job['info']['Comment']}\nStatus={self.status_of(job)}\n")

    def say_tasks(self, job):
        for number, task in enumerate(job["tasks"]):
            status = task["status"] if task["status"] != "Queued" or self.may_run(job, task) else "Pending"
            print(f"TaskId={number}\nTaskStatus={status}\nTaskErrorCount={task['errors']}\nTaskSlaveName={task['worker']}\n")

    def work(self, worker):
        """Runs what this Worker may, until there is nothing. Returns what each plugin saw, by job name and frame."""
        seen = {}
        while True:
            ready = next(((job, task) for job in self.jobs for task in job["tasks"]
                          if task["status"] == "Queued" and worker not in job["bad"] and self.may_run(job, task)), None)
            if ready is None:
                return seen
            job, task = ready
            module = load_plugin(Path(job["info"]["CustomPluginDirectory"]) / "Nightreel/Nightreel.py")
            plugin, failure = run_task(module, job, task, worker)
            seen.setdefault((job["info"]["Name"].split()[-1], task["frame"]), []).append((plugin, failure))
            task["worker"] = worker
            if failure is None:
                task["status"] = "Completed"
            else:
                task["errors"] += 1
                if task["errors"] >= int(job["info"]["FailureDetectionTaskErrors"]):
                    task["status"] = "Failed"


def command(folder, words):
    """`deadlinecommand WORDS`."""
    farm = Farm(folder)
    if len(words) == 2 and Path(words[0]).is_file():
        code = farm.submit(*words)
    elif words[0] == "GetJobsFilterIni":
        code = farm.say_jobs(words[1:])
    elif words[0] == "GetJobTasks":
        code = farm.say_tasks(farm.job(words[1]))
    elif words[0] == "DeleteJob" and "STUB_KEEPS" in os.environ:
        print("Error: no connection to the Repository")
        code = 1
    elif words[0] == "DeleteJob":
        farm.jobs = [job for job in farm.jobs if job["id"] not in words[1].split(",")]
        with open(Path(folder) / "deleted", "a") as deleted:
            deleted.write(words[1] + "\n")
        code = 0
    else:
        print(f"Error: the stub does not know {words}")
        code = 1
    farm.save()
    return code
