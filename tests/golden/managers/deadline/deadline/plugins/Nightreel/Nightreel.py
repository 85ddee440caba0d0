#!/usr/bin/env python3
"""Plugin of Deadline 10 for nights that `nightreel export deadline` has written.

A frame of a job is a unit of the night. Plugin info: JobDirectory; Unit7, the unit of frame 7; Path0, Path1, ...: paths of outputs
and models, which mapped paths of the Repository apply to."""
import os
import sys

from Deadline.Plugins import DeadlinePlugin, PluginType
from Deadline.Scripting import RepositoryUtils

# Exit codes of nightreel-render.
WRONG_INPUT = (2, 3)  # on every machine, every time
WRONG_MACHINE = (9, 11)  # too little memory; device, precision or model that it does not have


def GetDeadlinePlugin():
    return NightreelPlugin()


def CleanupDeadlinePlugin(deadlinePlugin):
    deadlinePlugin.Cleanup()


class NightreelPlugin(DeadlinePlugin):
    def __init__(self):
        if sys.version_info.major >= 3:
            super(NightreelPlugin, self).__init__()
        self.reason = ""
        self.InitializeProcessCallback += self.InitializeProcess
        self.RenderExecutableCallback += self.RenderExecutable
        self.RenderArgumentCallback += self.RenderArgument
        self.CheckExitCodeCallback += self.CheckExitCode

    def Cleanup(self):
        for handler in self.StdoutHandlers:
            del handler.HandleCallback
        del self.InitializeProcessCallback
        del self.RenderExecutableCallback
        del self.RenderArgumentCallback
        del self.CheckExitCodeCallback

    def InitializeProcess(self):
        self.PluginType = PluginType.Simple
        self.SingleFramesOnly = True
        self.UseProcessTree = True
        self.PopupHandling = False
        self.StdoutHandling = True
        self.AddStdoutHandlerCallback(r".*openjd_progress: ([0-9.]+).*").HandleCallback += self.HandleProgress
        self.AddStdoutHandlerCallback(r".*openjd_status: (.*)").HandleCallback += self.HandleStatus
        self.AddStdoutHandlerCallback(r".*openjd_fail: (.*)").HandleCallback += self.HandleFailure

    def HandleProgress(self):
        self.SetProgress(float(self.GetRegexMatch(1)))

    def HandleStatus(self):
        self.SetStatusMessage(self.GetRegexMatch(1))

    def HandleFailure(self):
        self.reason = self.GetRegexMatch(1)

    def RenderExecutable(self):
        self.reason = ""
        self.SetGpus()
        job = RepositoryUtils.CheckPathMapping(self.GetPluginInfoEntry("JobDirectory"))
        script = os.path.join(job, "unit.sh")
        if not os.path.isfile(script):
            self.FailRender("there is no %s on this Worker: is its disk mounted, or a mapped path missing?" % script)
        return script

    def RenderArgument(self):
        arguments = [self.GetPluginInfoEntry("Unit%d" % self.GetStartFrame())]
        number = 0
        path = self.GetPluginInfoEntryWithDefault("Path0", "")
        while path:
            here = RepositoryUtils.CheckPathMapping(path)
            if here != path:
                arguments += ["--map", '"%s=%s"' % (path, here)]
            number += 1
            path = self.GetPluginInfoEntryWithDefault("Path%d" % number, "")
        return " ".join(arguments)

    def SetGpus(self):
        """The Worker's GPUs; of several tasks at once on a Worker, each begins with another one."""
        if not self.OverrideGpuAffinity():
            return
        gpus = [str(gpu) for gpu in self.GpuAffinity()]
        if gpus:
            first = self.GetThreadNumber() % len(gpus)
            self.SetEnvironmentVariable("CUDA_VISIBLE_DEVICES", ",".join(gpus[first:] + gpus[:first]))

    def CheckExitCode(self, exitCode):
        if exitCode == 0:
            return
        if exitCode in WRONG_INPUT:
            self.Tell("no further attempt", lambda: RepositoryUtils.FailTasks(self.GetJob(), [self.GetCurrentTask()]))
        elif exitCode in WRONG_MACHINE:
            self.Tell(
                "this Worker is bad for this job",
                lambda: RepositoryUtils.AddBadSlaveForJob(self.GetJob(), self.GetSlaveName()),
            )
        self.FailRender("exit code %d: %s" % (exitCode, self.reason or "see the log above"))

    def Tell(self, what, call):
        # Where the Repository does not take it, the error below still counts against the task.
        try:
            call()
            self.LogInfo(what)
        except Exception as error:
            self.LogWarning("%s: the Repository did not take it: %s" % (what, error))
