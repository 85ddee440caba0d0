// Job type of Flamenco 3 for nights that `nightreel export flamenco` wrote: one task for each unit.
// Goes into the folder scripts/ next to the flamenco-manager program.
//
// The Manager checks neither presence nor type of settings, so this does; what is thrown is the answer.
const JOB_TYPE = {
    label: "Nightreel night",
    description: "Render a night that nightreel export has written",
    settings: [
        { key: "job_directory", type: "string", subtype: "dir_path", required: true,
          description: "The job directory" },
        { key: "units", type: "string", required: true, visible: "hidden",
          description: "Units of the night, as JSON" },
    ],
};

function textOf(settings, key) {
    const value = settings[key];
    if (typeof value !== "string" || value === "") {
        throw "setting " + key + " must be a text that is not empty";
    }
    return value;
}

function unitsOf(settings) {
    let units;
    try {
        units = JSON.parse(textOf(settings, "units"));
    } catch (error) {
        throw "setting units is not valid JSON: " + error;
    }
    if (!Array.isArray(units) || units.length === 0) throw "setting units must be a list that is not empty";
    return units;
}

function compileJob(job) {
    const directory = textOf(job.settings, "job_directory");
    const units = unitsOf(job.settings);
    const tasks = Object.create(null);
    for (let i = 0; i < units.length; i++) {
        const name = units[i].name;
        if (typeof name !== "string" || name in tasks) {
            throw "setting units: a name is missing or stands twice: " + name;
        }
        const task = author.Task(name, units[i].type === "render" ? "render" : "misc");
        task.addCommand(author.Command("exec", { exe: directory + "/unit.sh", args: [name] }));
        for (let k = 0; k < units[i].needs.length; k++) {
            const need = units[i].needs[k];
            if (!(need in tasks)) throw "setting units: " + name + " needs " + need + ", which does not stand before it";
            task.addDependency(tasks[need]);
        }
        job.addTask(task);
        tasks[name] = task;
    }
}
