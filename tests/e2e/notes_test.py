"""Verdicts and notes: by the command line, from exported files and over HTTP, all of them seen by everybody."""
from harness import *

NIGHT = """\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 1, handles: 0, takes: 2}
shots:
  - shot: sq010_sh0010
    prompt: "a large red star spins, in a green meadow"
    frames: 5
"""
VERSION = "test/sq010/sq010_sh0010/v001"


def published(folder):
    night = folder / "night.yaml"
    night.write_text(NIGHT)
    run(NIGHTREEL, "run", night, "-o", folder / "out")
    return folder / "out"


def states(output):
    listing = json.loads(run(NIGHTREEL, "notes", "list", output, "--json").stdout)
    return {take["take_number"]: take["verdict"] for take in listing["takes"]}


def records(output):
    return json.loads(run(NIGHTREEL, "notes", "export", output).stdout)["notes"]


def test_a_take_is_named_in_three_ways_and_the_last_verdict_stands(folder):
    output = published(folder)
    refused_with_the_reason(folder, output)
    run(NIGHTREEL, "approve", "1.sq010_sh0010.take01", "-o", output, "--by", "anna")
    same(states(output), {1: "approved"}, "by job")
    run(NIGHTREEL, "reject", output / VERSION / "take02", "--text", "doubles", "--by", "ben")
    same(states(output), {1: "approved", 2: "rejected"}, "by folder")
    run(NIGHTREEL, "flag", "test/sq010_sh0010/v001/take01", "--frame", "1002-1003", cwd=folder)
    run(NIGHTREEL, "note", f"{VERSION}/take01", "-o", output, "--frame", 1002, "--text", "=softer", "--by", "anna")
    same(states(output), {1: "flagged", 2: "rejected"}, "by names")
    flagged = json.loads(run(NIGHTREEL, "list", "-o", output, "--flagged", "--json").stdout)["takes"]
    same([(row["take_number"], row["frame"], row["notes"]) for row in flagged if row["by"] != "report"], [(1, 1002, 1)], "flagged")
    run(NIGHTREEL, "reopen", "1.sq010_sh0010.take01", "-o", output)
    same(states(output), {1: "open", 2: "rejected"}, "reopened")
    record = json.loads((output / VERSION / "take01/publish.json").read_text())
    same({one["take"] for one in records(output) if one["take_number"] == 1}, {record["take_digest"]}, "the digest")
    said = run(NIGHTREEL, "notes", "list", output).stdout
    holds("frame 1002: =softer" in said and "anna" in said, said)
    run(NIGHTREEL, "verify", output)  # takes are as they were


def refused_with_the_reason(folder, output):
    for words, code, why in ((["approve", "1.sq010_sh0010.take09", "-o", output], 3, "no shot, take or task"),
                             (["approve", "nothing", "-o", output], 3, "expected JOB.SHOT.TAKE"),
                             (["approve", "nothing", "-o", folder / "else"], 2, "no such folder"),
                             (["note", "1.sq010_sh0010.take01", "-o", output], 2, "--text"),
                             (["note", "1.sq010_sh0010.take01", "-o", output, "--text", "x", "--frame", "9"], 2, "1001 to 1005"),
                             (["note", "1.sq010_sh0010.take01", "-o", output, "--text", "x", "--frame", "a"], 2, "invalid --frame"),
                             (["flag", "1.sq010_sh0010.take01", "-o", output, "--by", "a\nb"], 2, "by:")):
        said = run(NIGHTREEL, *words, check=code).stderr
        holds(why in said, f"{why} in\n{said}")
    holds(not (output / "test/reviews").exists(), "nothing was written")


def documents_are_imported_once_however_often(folder, output):
    run(NIGHTREEL, "approve", "1.sq010_sh0010.take01", "-o", output, "--by", "anna")
    run(NIGHTREEL, "note", "1.sq010_sh0010.take01", "-o", output, "--text", "@x,\n\"y\"", "--by", "ben")
    before = records(output)
    for name, option in (("notes.json", "--json"), ("notes.csv", "--csv")):
        (folder / name).write_bytes(subprocess.run([NIGHTREEL, "notes", "export", output, option], capture_output=True).stdout)
    shutil.rmtree(output / "test/reviews")
    same(records(output), [], "gone")
    said = run(NIGHTREEL, "notes", "import", folder / "notes.csv", folder / "notes.json", "-o", output).stderr
    holds("2 notes imported, 2 there already" in said, said)
    holds("0 notes imported, 2 there already" in run(NIGHTREEL, "notes", "import", folder / "notes.json", "-o", output).stderr, "once")
    same(records(output), before, "records after the import")
    (folder / "bad.json").write_text(json.dumps({"format": 1, "notes": [before[0] | {"id": "f" * 32}, before[1] | {"by": ""}]}))
    said = run(NIGHTREEL, "notes", "import", folder / "bad.json", "-o", output, check=3).stderr
    holds("notes[1]" in said and "by:" in said, said)
    same(records(output), before, "nothing of a document with an error")


def test_documents_a_folder_and_the_journal_of_a_farm_have_the_same_notes(folder):
    output = published(folder)
    documents_are_imported_once_however_often(folder, output)
    first = records(output)
    (folder / "notes.json").write_text(json.dumps({"format": 1, "notes": first}))
    run(NIGHTREEL, "keys", "farm", folder / "farm", "--port", str(free_port()))
    config = folder / "farm/farm.yaml"
    (folder / "farm/out/test").mkdir(parents=True)  # the show of this farm's output root
    scheduler = start(NIGHTREEL, "serve", "--config", config, stderr=open(folder / "serve.log", "w"))
    try:
        wait_for(lambda: "listening" in (folder / "serve.log").read_text(), 20, "the scheduler listens")
        said = run(NIGHTREEL, "notes", "import", folder / "notes.json", folder / "notes.json", "--config", config).stderr
        holds("2 notes imported, 2 there already" in said, said)
        same(json.loads(run(NIGHTREEL, "notes", "export", "--config", config).stdout)["notes"], first, "the journal")
        holds("no night was submitted" in run(NIGHTREEL, "review", "--config", config, check=2).stderr, "which root")
        wait_for(lambda: records(folder / "farm/out") == first, 20, "the folder has what the journal has")
    finally:
        kill_group(scheduler)
    run(NIGHTREEL, "notes", "list", check=2)
    # What the job's farm was told is in its journal, whatever becomes of the folder.
    shutil.rmtree(output / "test/reviews")
    run(NIGHTREEL, "note", "1.sq010_sh0010.take02", "-o", output, "--text", "second", "--by", "ben")
    wait_for(lambda: run(NIGHTREEL, "status", "-o", output) and first[0] in records(output), 20, "the journal's records are written again")


class Review:
    """`nightreel review` of a folder, asked with curl."""

    def __init__(self, output, browser=None):
        words = [] if browser else ["--no-browser"]
        environment = {"DISPLAY": ":9", "PATH": f"{browser}:{os.environ['PATH']}"} if browser else {}
        self.process = start(NIGHTREEL, "review", output, "--port", 0, *words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.address, _, self.token = self.process.stdout.readline().strip().partition("/?token=")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        same(self.process.wait(timeout=10), 0, "exit code after Ctrl-C")

    def curl(self, path, *options):
        """Status and bytes."""
        done = subprocess.run(["curl", "-s", "--path-as-is", "-w", "\n%{http_code}", *options, self.address + path], capture_output=True, timeout=30)
        body, _, status = done.stdout.rpartition(b"\n")
        return int(status), body

    def post(self, notes, *headers):
        options = [word for header in headers for word in ("-H", header)]
        return self.curl("/reviews", "--data-binary", json.dumps({"format": 1, "notes": notes}), "-H", "Content-Type: application/json", *options)


def gets_movies_in_ranges_and_nothing_outside(folder, output):
    (folder / "secret.txt").write_text("secret")
    (output / "test/link.txt").symlink_to(folder / "secret.txt")
    movie = next((output / VERSION / "take01/mov").glob("*.mp4"))
    path = "/" + str(movie.relative_to(output))
    with Review(output) as review:
        same(review.curl(path), (200, movie.read_bytes()), "the movie")
        same(review.curl(path, "-r", "100-199"), (206, movie.read_bytes()[100:200]), "a range")
        same(review.curl(path, "-r", "-10"), (206, movie.read_bytes()[-10:]), "the last bytes")
        same(review.curl(path, "-r", "999999999-")[0], 416, "a range behind the end")
        holds(b"<h1>" in review.curl("/")[1], "the first page")
        for outside in ("/../secret.txt", "/%2e%2e/secret.txt", "/test/..%2f..%2fsecret.txt", "/test/link.txt", "/.nightreel/keys/operator.key",
                        "//etc/passwd", "/test/%00"):
            status, body = review.curl(outside)
            holds(status >= 400 and b"secret" not in body, f"{outside}: {status} {body}")
        same(review.curl(path, "-H", "Host: evil.example")[0], 421, "another host")
        holds(review.curl("/reviews", "-X", "DELETE")[0] == 405, "no other methods")


def test_curl_gets_what_is_there_and_two_reviewers_see_each_other(folder):
    output = published(folder)
    gets_movies_in_ranges_and_nothing_outside(folder, output)
    run(NIGHTREEL, "approve", "1.sq010_sh0010.take01", "-o", output, "--by", "anna")
    note = records(output)[0] | {"id": "ab" * 16, "by": "ben", "kind": "note", "text": "<b>", "frame": 1002}
    del note["verdict"]
    with Review(output) as one, Review(output) as two:
        same(one.post([note])[0], 403, "without a token")
        same(one.post([note], "Origin: http://evil.example")[0], 403, "a page of elsewhere")
        same(one.post([note], f"X-Nightreel-Token: {two.token}")[0], 403, "the token of another server")
        same(one.post([note | {"by": ""}], f"X-Nightreel-Token: {one.token}")[0], 400, "no record")
        same(records(output)[1:], [], "nothing was written")
        status, body = one.post([note], f"X-Nightreel-Token: {one.token}")
        same((status, json.loads(body)["added"]), (200, 1), "a note")
        same(json.loads(two.post([note], f"Origin: {two.address}")[1])["added"], 0, "the same note again")
        same(json.loads(two.curl("/reviews")[1])["notes"], records(output), "what the other reviewer sees")
        run(NIGHTREEL, "reject", "1.sq010_sh0010.take01", "-o", output, "--by", "anna")
        same(len(json.loads(one.curl("/reviews")[1])["notes"]), 3, "what the command line said")
    same(sorted(one["by"] for one in records(output)), ["anna", "anna", "ben"], "records")


def test_a_browser_is_opened_at_the_address(folder):
    (folder / "out").mkdir()
    programs = folder / "bin"
    programs.mkdir()
    (programs / "xdg-open").write_text(f'#!/bin/sh\necho "$1" > {folder}/opened\n')
    (programs / "xdg-open").chmod(0o755)
    with Review(folder / "out", browser=programs) as review:
        opened = wait_for(lambda: (folder / "opened").exists() and (folder / "opened").read_text().strip(), 20, "the browser")
        same(opened, f"{review.address}/?token={review.token}", "the address")
        run(NIGHTREEL, "review", folder / "out", "--port", review.address.rpartition(":")[2], "--no-browser", check=10)


main(test_a_take_is_named_in_three_ways_and_the_last_verdict_stands,
     test_documents_a_folder_and_the_journal_of_a_farm_have_the_same_notes,
     test_a_browser_is_opened_at_the_address,
     test_curl_gets_what_is_there_and_two_reviewers_see_each_other)
