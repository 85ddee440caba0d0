"use strict";
// What somebody says about the take that is open: verdicts, notes, drawings, a night file for a retake.
(function () {
  var element = nightreel.element;

  Object.assign(nightreel.Single.prototype, {
    showDrawingsAt: function (number) {
      var lines = [];
      nightreel.records.of(this.take).forEach(function (record) {
        if (
          record.drawing &&
          record.frame !== undefined &&
          record.frame <= number &&
          number <= (record.last_frame || record.frame)
        )
          lines = lines.concat(record.drawing);
      });
      this.drawing.show(lines);
    },

    showNotes: function () {
      var self = this,
        take = this.take;
      var verdict = nightreel.records.verdictOf(take);
      this.mark.textContent = verdict;
      this.mark.className = "mark " + verdict;
      this.verdicts.forEach(function (one) {
        one.setAttribute("aria-pressed", String(verdict !== "open" && one.getAttribute("data-verdict") === verdict));
      });
      this.notes.replaceChildren.apply(
        this.notes,
        nightreel.records.of(take).map(function (record) {
          var where =
            record.frame === undefined ? null : record.frame + (record.last_frame ? "-" + record.last_frame : "");
          return element("li", {}, [
            where
              ? element("button", {
                  type: "button",
                  class: "link",
                  text: where,
                  onclick: function () {
                    self.player.go(record.frame - take.first);
                  },
                })
              : null,
            element("span", {
              text:
                (where ? " " : "") +
                (record.kind === "verdict" ? record.verdict : "") +
                (record.kind === "verdict" && record.text ? ": " : "") +
                (record.text || ""),
            }),
            element("span", {
              class: "quiet",
              text: " \u2014 " + record.by + ", " + record.at.slice(0, 16).replace("T", " "),
            }),
          ]);
        }),
      );
      this.showDrawingsAt(this.frameNumber(this.player.frame));
    },

    judge: function (verdict) {
      var text = this.text.value.trim();
      if (
        nightreel.records.add(
          this.take,
          Object.assign({ kind: "verdict", verdict: verdict }, text ? { text: text } : {}),
        )
      )
        this.text.value = "";
    },

    addNote: function () {
      var text = this.text.value.trim();
      if (!text && this.drawing.lines.length === 0) {
        nightreel.say("write a note or draw on the frame first");
        this.text.focus();
        return;
      }
      var said = { kind: "note", frame: this.frameNumber(this.player.frame) };
      if (this.range.first !== null && this.range.last !== null) {
        said.frame = this.frameNumber(Math.min(this.range.first, this.range.last));
        said.last_frame = this.frameNumber(Math.max(this.range.first, this.range.last));
      }
      if (text) said.text = text;
      if (this.drawing.lines.length) said.drawing = this.drawing.lines;
      if (!nightreel.records.add(this.take, said)) return;
      this.text.value = "";
      this.drawing.clear();
      if (this.draw.getAttribute("aria-pressed") === "true") this.toggleDrawing();
    },

    toggleDrawing: function () {
      var active = this.draw.getAttribute("aria-pressed") !== "true";
      this.draw.setAttribute("aria-pressed", String(active));
      this.drawing.setActive(active);
      if (active) {
        this.player.pause();
        this.drawing.show(this.drawing.lines);
      }
    },

    // A night file that makes the marked range again (docs/editing.md); folders are those of the output.
    retake: function () {
      if (this.range.first === null || this.range.last === null) {
        nightreel.say("mark the range first: In (I) and Out (O)");
        return;
      }
      var take = this.take;
      var first = this.frameNumber(Math.min(this.range.first, this.range.last)),
        last = this.frameNumber(Math.max(this.range.first, this.range.last));
      function quoted(text) {
        return JSON.stringify(text).replace(/\u2028|\u2029/g, " ");
      }
      var lines = [
        "# " +
          nightreel.nameOf(take).replace(/\s+/g, " ") +
          ": frames " +
          first +
          " to " +
          last +
          " again. Put this file into the dailies folder that it was made from.",
        "nightreel: 1",
        "show: " + quoted(take.show),
        "defaults: { model: " +
          quoted(take.model) +
          ", size: " +
          take.size.width +
          "x" +
          take.size.height +
          ", fps: " +
          take.fps +
          " }",
        "shots:",
        "  - shot: " + quoted(take.shot),
        "    prompt: " + quoted(take.prompt.replace(/\{/g, "{{").replace(/\}/g, "}}")),
        "    retake: { take: " + quoted(take.folder) + ", range: " + first + "-" + last + " }",
        "",
      ];
      nightreel.save(take.shot + "_retake.yaml", "text/yaml", lines.join("\n"));
      nightreel.say("saved " + take.shot + "_retake.yaml");
    },
  });
})();
