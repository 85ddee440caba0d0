// Job type of Flamenco 3 for nights that `nightreel export flamenco` wrote: one task for each unit. Goes into the folder
// scripts/ next to the flamenco-manager program. ECMAScript 5.1 with const.
//
// The Manager checks neither presence nor type of settings, so this does; what is thrown is its answer.
const JOB_TYPE = {
    label: "Nightreel night",
    description: "Render a night that nightreel export has written",
    settings: [
        { key: "job_directory", type: "string", subtype: "dir_path", required: true,
          description: "The job directory" },
        { key: "units", type: "string", required: true, visible: "hidden",
          description: "Units of the night as JSON: name, type of the task, numbers of the units that come before" },
    ],
};

function textOf(value, what) {
    if (typeof value !== "string" || value === "") throw what + " must be a text that is not empty";
    return value;
}

function unitsOf(settings) {
    var units;
    try {
        units = JSON.parse(textOf(settings["units"], "setting units"));
    } catch (error) {
        throw "setting units is not valid: " + error;
    }
    if (!Array.isArray(units) || units.length === 0) throw "setting units must be a list that is not empty";
    return units;
}

// The submission's UUID, which the unit leaves in its record.
function environmentOf(job) {
    const uuid = job.metadata && job.metadata["nightreel.submission"];
    return uuid ? ["NIGHTREEL_SUBMISSION=" + uuid] : [];
}

function compileJob(job) {
    const directory = textOf(job.settings["job_directory"], "setting job_directory");
    const units = unitsOf(job.settings);
    const environment = environmentOf(job);
    const names = {};
    const tasks = [];
    units.forEach(function (unit, number) {
        const place = "setting units: unit " + number;
        if (!Array.isArray(unit) || unit.length !== 3 || !Array.isArray(unit[2])) {
            throw place + " must be [name, type of the task, [numbers]]";
        }
        const name = textOf(unit[0], place + ": name");
        if (names.hasOwnProperty(name)) throw place + ": the name " + name + " is given twice";
        names[name] = true;
        const task = author.Task(name, textOf(unit[1], place + ": type of the task"));
        task.addCommand(author.Command("exec", {
            exe: "env", args: environment.concat([directory + "/unit.sh", name])
        }));
        unit[2].forEach(function (before) {
            if (typeof before !== "number" || tasks[before] === undefined) {
                throw place + " (" + name + ") needs unit " + before + ", which does not come before it";
            }
            task.addDependency(tasks[before]);
        });
        tasks.push(task);
        // Last: the Manager copies the task here, and what is added to it later is lost.
        job.addTask(task);
    });
}
