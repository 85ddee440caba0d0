"""Nights handed to OpenCue, Flamenco and Afanasy. Those do not run here: what answers is a stub, written from their sources.
The scripts, the job type and the classes for CGRU are those that users get."""
import re
import uuid

from harness import *
from manager_stubs import *

NIGHT = """\
nightreel: 1
show: Test-Show
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 2}
shots:
  - {shot: sq010_sh0010, prompt: "a large red star spins, in a green meadow", frames: 17, takes: 3}
"""
SUBMISSION = "0b6f5e0e-8f4e-4c57-9e5d-0f4f6f8f8f8f"


def a_job_for(folder, manager, settings="", night=NIGHT, grain="take"):
    (folder / "night.yaml").write_text(night)
    (folder / "site.yaml").write_text(f"nightreel_farm: 1\nmanagers: {{device: cpu, {manager}: {{{settings}}}}}\n")
    run(NIGHTREEL, "export", manager, folder / "night.yaml", "-o", folder / "job", "--output", folder / "out", "--site",
        folder / "site.yaml", "--grain", grain)
    return folder / "job"


def line_of(job, verb):
    """The command that the README of a job directory gives for this verb."""
    return re.findall(rf"^{verb} +(.*)$", (job / "README.md").read_text(), re.MULTILINE)[-1]


def shell(job, verb, check=0, **environment):
    return run("sh", "-c", line_of(job, verb), cwd=job, check=check, env=environment)


def test_flamenco_gets_a_night_and_gives_it_up(folder):
    needs_peers("duk")
    with served(FlamencoStub()) as stub:
        job = a_job_for(folder, "flamenco", f'manager: "{stub.address}", model_task_type: gpu')
        holds("nightreel.js" in shell(job, "submit", check=1).stderr, "the remedy for a job type that is not there")
        stub.scripts["nightreel"] = (job / "nightreel.js").read_text()
        id_said = shell(job, "submit", NIGHTREEL_SUBMISSION=SUBMISSION).stdout
        made, = stub.jobs.values()
        same(id_said, made["id"] + "\n", "what submit prints")
        same([made["metadata"]["nightreel.submission"], made["type_etag"], stub.checked], [SUBMISSION, "etag-1", 1],
             "UUID, etag, check")
        tasks = {task["name"]: task for task in made["tasks"]}
        same(sorted(tasks), sorted(path.name for path in (job / "units").iterdir()), "tasks")
        take = tasks["sq010_sh0010.take02"]
        same([take["type"], take["needs"]], ["gpu", ["sq010_sh0010.encode"]], "a take")
        same(take["commands"], [{"name": "exec", "parameters": {"exe": "env", "args": [
            f"NIGHTREEL_SUBMISSION={SUBMISSION}", f"{job}/unit.sh", "sq010_sh0010.take02"]}}], "its commands")
        same(len(tasks["dailies"]["needs"]), 3, "what the dailies wait for")
        # A job without our UUID is another's.
        stub.jobs["other"] = {"id": "other", "status": "active", "metadata": {}}
        shell(job, "cancel", NIGHTREEL_SUBMISSION=SUBMISSION)
        same([made["status"], stub.jobs["other"]["status"]], ["canceled", "active"], "states after the cancel")
        shell(job, "cancel", NIGHTREEL_IDS="gone")
        shell(job, "submit")
        drawn = list(stub.jobs.values())[-1]["metadata"]["nightreel.submission"]
        holds(str(uuid.UUID(drawn)) == drawn and drawn != SUBMISSION, f"a drawn UUID: {drawn}")
    holds("does not answer" in shell(job, "submit", check=1).stderr, "a Manager that is away")


def test_the_job_type_of_flamenco_checks_its_settings(folder):
    needs_peers("duk")
    script = (ROOT / "plugins/flamenco/nightreel.js").read_text()

    def told(**settings):
        return compiled(script, {"settings": settings, "metadata": {}})

    same(len(told(job_directory="{render}/job", units='[["a","misc",[]],["b","misc",[0]]]')), 2, "tasks")
    for settings, text in (({}, "setting job_directory must be"),
                           ({"job_directory": 3, "units": "[]"}, "setting job_directory must be"),
                           ({"job_directory": "/j"}, "setting units"),
                           ({"job_directory": "/j", "units": "[]"}, "setting units must be a list"),
                           ({"job_directory": "/j", "units": "{"}, "setting units is not valid"),
                           ({"job_directory": "/j", "units": '["a"]'}, "unit 0 must be"),
                           ({"job_directory": "/j", "units": '[["","misc",[]]]'}, "unit 0: name"),
                           ({"job_directory": "/j", "units": '[["a",7,[]]]'}, "unit 0: type of the task"),
                           ({"job_directory": "/j", "units": '[["a","misc",[]],["a","misc",[]]]'}, "given twice"),
                           ({"job_directory": "/j", "units": '[["a","misc",[0]]]'}, "does not come before"),
                           ({"job_directory": "/j", "units": '[["a","misc",["length"]]]'}, "does not come before")):
        holds(text in told(**settings)["thrown"], f"{settings}: {told(**settings)}")


def test_afanasy_gets_a_night_and_gives_it_up(folder):
    with served(AfserverStub()) as stub:
        job = a_job_for(folder, "afanasy", f'server: "{stub.address}", service: nightreel')
        same(shell(job, "submit", NIGHTREEL_SUBMISSION=SUBMISSION).stdout, "2\n", "what submit prints")
        made = stub.jobs[2]
        same(made["description"], f"nightreel {SUBMISSION}", "description")
        same({block["environment"]["NIGHTREEL_SUBMISSION"] for block in made["blocks"]}, {SUBMISSION}, "environments")
        # A unit as afrender starts it.
        take = next(block for block in made["blocks"] if block["name"] == "take")
        (job / "unit.sh").write_text('#!/bin/sh\necho "unit $*"\n')
        said = [run("sh", "-c", take["command"].replace("@#@", str(number)), cwd=take["working_directory"]).stdout
                for number in range(take["frame_first"], take["frame_last"] + 1)]
        same(said, [f"unit sq010_sh0010.take0{take}\n" for take in (1, 2, 3)], "units")
        # Ids are used again: another's job with this one stays.
        stub.jobs[3] = {**made, "id": 3, "description": "nightreel other"}
        shell(job, "cancel", NIGHTREEL_SUBMISSION=SUBMISSION, NIGHTREEL_IDS="2")
        same(sorted(stub.jobs), [3], "jobs after the cancel")
        shell(job, "submit")
        holds(re.fullmatch(r"nightreel [-0-9a-f]{36}", stub.jobs[4 if 4 in stub.jobs else 3]["description"]), "a drawn UUID")

        # What would end the server is not sent.
        good = json.loads((job / "afanasy.json").read_text())
        for change in ({"flags": 0}, {"flags": 1, "frame_first": None}, {"frame_last": -1}, {"depend_mask": "tkae"},
                       {"depend_mask": "take\\."}, {"depend_mask": "("}, {"name": ""}, {"service": 'a"b'}, {"tasks": []},
                       {"command": "/a@#@b/unit.sh @#@"}, {"flags": 0, "tasks": []}):
            bad = json.loads(json.dumps(good))
            bad["job"]["blocks"][-1].update(change)
            (job / "afanasy.json").write_text(json.dumps(bad))
            holds("is not sent" in shell(job, "submit", check=1).stderr, f"{change} is refused")
        for change in ({"blocks": []}, {"user_name": ""}, {"hosts_mask": "("}):
            (job / "afanasy.json").write_text(json.dumps({"job": {**good["job"], **change}}))
            holds("is not sent" in shell(job, "submit", check=1).stderr, f"{change} is refused")
        holds(not stub.dead, "the server runs")
        (job / "afanasy.json").write_text(json.dumps(good))
        stub.dead = True
        holds("without an answer" in shell(job, "submit", check=1).stderr, "a server that closes the connection")


# The part of CGRU's base classes that ours call: afanasy/python/{parsers/parser,services/service}.py.
CGRU = {"parsers/__init__.py": "", "services/__init__.py": "", "parsers/parser.py": """
class parser(object):
    def __init__(self):
        self.percent = self.frame = self.percentframe = 0
        self.fatalerror = False
        self.activity = self.report = ''
        self.numframes = 1

    def calculate(self):
        self.percent = max(0, min(100, self.percentframe))

    def parse(self, i_args):
        i_args = {key: value.decode() for key, value in i_args.items()}
        if len(i_args['data']):
            self.activity = self.report = ''
        self.do(i_args)
""", "services/service.py": """
class service(object):
    def __init__(self, parser):
        self.parser = parser

    def checkExitStatus(self, i_status):
        return i_status == 0
"""}
CGRU_TEST = """
from parsers import nightreel as parsers
from services import nightreel as services
import json

def ended(pieces, status):
    parser = parsers.nightreel()
    service = services.nightreel(parser)
    told = []
    for piece in pieces:
        parser.parse({'mode': b'RUN', 'data': piece})
        told.append([parser.percent, parser.activity])
    parser.parse({'mode': b'%d:0' % (status << 8), 'data': b''})
    return {'told': told, 'report': parser.report, 'fatal': parser.fatalerror, 'good': service.checkExitStatus(status)}

killed = parsers.nightreel()
killed.parse({'mode': b'15:1764547200', 'data': b''})
print(json.dumps({
    'done': ended([b'openjd_progress: 12.3\\nopenjd_prog', b'ress: 42.9\\nopenjd_status: sample03: step 2 of 4\\n',
                   b'x openjd_progress: 99.0\\n', b'openjd_progress: 100.0\\n'], 0),
    'bad_input': ended([b'openjd_fail: no such picture\\n'], 3),
    'crash': ended([b'openjd_fail: it broke\\n'], 1),
    'killed': killed.fatalerror}))
"""


def test_classes_for_cgru_parse_progress_and_end_bad_input(folder):
    for name, text in CGRU.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    for kind in ("parsers", "services"):
        shutil.copy(ROOT / "plugins/afanasy" / kind / "nightreel.py", folder / kind)
    said = json.loads(run(sys.executable, "-c", CGRU_TEST, cwd=folder).stdout)
    same([told[0] for told in said["done"]["told"]], [12, 42, 42, 100], "percent")
    same(said["done"]["told"][1][1], "sample03: step 2 of 4", "activity")
    same([said["done"]["good"], said["done"]["fatal"]], [True, False], "a unit that is done")
    # afrender reads the fatal error only when the exit status counts as good; it is not repeated then.
    same([said["bad_input"]["good"], said["bad_input"]["fatal"]], [True, True], "bad input")
    same([said["crash"]["good"], said["crash"]["fatal"]], [False, False], "a crash")
    same(said["killed"], False, "a unit that was stopped")


def test_opencue_gets_a_night_and_gives_it_up(folder):
    job = a_job_for(folder, "opencue", 'retries_max: 5, cuebots: ["127.0.0.1:1"]')
    if shutil.which("xmllint"):
        run("xmllint", "--noout", "--nonet", job / "opencue.xml")
    run(job / "member.sh", "take", "99", check=2)
    cuebot = CuebotStub(folder / "pycue")
    pycue, here, launched = cuebot.folder, cuebot.environment, cuebot.jobs
    units = len(list((job / "units").iterdir()))

    def query():
        with (job / "cue.py").open() as script:
            return json.loads(run("python3", "-", "query", SUBMISSION, stdin=script, env=here).stdout)["jobs"]

    same(query(), [], "a night that was not launched")
    same(shell(job, "submit", NIGHTREEL_SUBMISSION=SUBMISSION, **here).stdout, "id-0\n", "what submit prints")
    same([launched()[0]["name"], launched()[0]["retries"], launched()[0]["env"]],
         ["nightreel-test_show-nightreel_test_show.0b6f5e0e_8f4e_4c57_9e5d_0f4f6f8f8f8f", 5,
          {"NIGHTREEL_SUBMISSION": SUBMISSION}], "the job")
    frames = query()[0]["frames"]
    same(len(frames), units, "frames over all pages")
    same(frames[0], {"layer": "encode", "number": 0, "state": "WAITING", "host": "gpu07", "retries": 0, "exit_status": -1},
         "a frame")
    shell(job, "submit", **here)
    shell(job, "cancel", NIGHTREEL_SUBMISSION=SUBMISSION, **here)
    same([one["state"] for one in launched()], [1, 0], "which job was killed")
    same([one["state"] for one in query()], ["FINISHED"], "a finished job is found")
    holds("already pending" not in shell(job, "submit", NIGHTREEL_SUBMISSION=SUBMISSION, **here).stderr, "submitted again")
    holds("already pending" in shell(job, "submit", check=1, NIGHTREEL_SUBMISSION=SUBMISSION, **here).stderr, "the reason")
    (pycue / "away").touch()
    holds("does not answer" in shell(job, "submit", check=4, **here).stderr, "a Cuebot that is away")
    (pycue / "__init__.py").write_text("raise ImportError('no grpc')\n")
    holds("pip install opencue-pycue" in shell(job, "submit", check=10, **here).stderr, "the remedy")


# ------------------------------------------------------------------------------------------------------ all three, from here

def a_night_goes_through(folder, stub, job, environment):
    """`nightreel` hands a night over once, also when it was interrupted, and again what is missing."""

    def ask(verb, *more, **options):
        return run(NIGHTREEL, verb, "--job", job, *more, env=environment, **options)

    def states():
        status = json.loads(ask("status", "--json").stdout)
        return [status["job"]["state"], *(take["state"] for take in status["takes"])]

    ids = ask("submit").stdout.split()
    same(ids, [str(one) for one in stub.unfinished()], "the manager's id")
    same(states(), ["queued", "waiting"], "states")
    # As a submission that was killed before the manager's answer leaves it.
    record = job / "submissions/1/submission.json"
    submission = json.loads(record.read_text())
    record.write_text(json.dumps({**submission, "state": "sending", "ids": []}))
    holds("from an interrupted submission" in ask("submit").stderr, "it is said")
    same([str(one) for one in stub.unfinished()], ids, "jobs after the second submission")
    ask("cancel")
    same([stub.unfinished(), states()[0]], [[], "cancelled"], "jobs and state after the cancel")
    ask("retry")
    same(len(stub.unfinished()), 1, "jobs after the retry")
    stub.run_units()
    same(states(), ["done", "done"], "states")
    again = json.loads((job / "submissions/2/submission.json").read_text())["uuid"]
    records = [json.loads(path.read_text()) for path in (job / "attempts").rglob("*.json")]
    same(sorted({record["submission"] for record in records}), [again], "the submission in the records of runs")
    holds(again != submission["uuid"], "a retry has a UUID of its own")
    same(sorted(record["unit"] for record in records), sorted(path.name for path in (job / "units").iterdir()), "units")
    return pictures(folder / "out")


def test_nights_go_through_all_three_with_the_same_pictures(folder):
    needs_peers("duk")
    night = NIGHT.replace("takes: 3", "takes: 1")  # of few units: each starts a renderer
    (folder / "night.yaml").write_text(night)
    run(NIGHTREEL, "run", folder / "night.yaml", "-o", folder / "own")
    own = pictures(folder / "own")
    places = {name: folder / name for name in ("opencue", "flamenco", "afanasy")}
    for place in places.values():
        place.mkdir()
    cuebot = CuebotStub(folder / "pycue")
    job = a_job_for(places["opencue"], "opencue", night=night, grain="shot")
    same_pictures(a_night_goes_through(places["opencue"], cuebot, job, cuebot.environment), own)
    with served(FlamencoStub()) as manager:
        job = a_job_for(places["flamenco"], "flamenco", f'manager: "{manager.address}"', night=night, grain="shot")
        manager.scripts["nightreel"] = (job / "nightreel.js").read_text()
        same_pictures(a_night_goes_through(places["flamenco"], manager, job, {}), own)
    with served(AfserverStub()) as afserver:
        job = a_job_for(places["afanasy"], "afanasy", f'server: "{afserver.address}"', night=night, grain="shot")
        same_pictures(a_night_goes_through(places["afanasy"], afserver, job, {}), own)


main(test_flamenco_gets_a_night_and_gives_it_up, test_the_job_type_of_flamenco_checks_its_settings,
     test_afanasy_gets_a_night_and_gives_it_up, test_classes_for_cgru_parse_progress_and_end_bad_input,
     test_opencue_gets_a_night_and_gives_it_up, test_nights_go_through_all_three_with_the_same_pictures)
