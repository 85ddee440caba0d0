"use strict";
// One take: movie, comparison, plots and notes.
(function () {
  var element = nightreel.element;

  nightreel.Single = function (takes, close) {
    this.takes = takes;
    this.close = close;
    this.take = null;
    this.view = { exposure: 0, gamma: 1, gain: 4, wipe: 50 };
    this.range = { first: null, last: null };
    this.markFrame = function () {};
    this.build();
  };

  nightreel.Single.prototype = {
    build: function () {
      var self = this;
      this.box = nightreel.byId("single-view");
      var stage = element("div", { class: "stage a" });
      var gain = element("div", { class: "gain" }, [stage]);
      this.player = new nightreel.Player(stage, gain);
      this.drawing = new nightreel.Drawing(stage);
      this.number = element("output", { class: "frame", "aria-live": "off" });
      this.scrub = element("input", { type: "range", class: "scrub", min: 0, step: 1, "aria-label": "Frame" });
      this.scrub.addEventListener("input", function () {
        self.player.go(Number(self.scrub.value));
      });
      function button(text, run, name) {
        return element("button", { type: "button", text: text, "data-do": name, onclick: run });
      }
      this.modeButtons = ["a", "b", "side", "wipe", "difference"].map(function (mode) {
        return element("button", {
          type: "button",
          "data-mode": mode,
          "aria-pressed": "false",
          text: { a: "A", b: "B", side: "side by side", wipe: "wipe", difference: "difference" }[mode],
          onclick: function () {
            self.player.show(mode);
          },
        });
      });
      this.other = element("select", { "aria-label": "Compare with" });
      this.other.addEventListener("change", function () {
        self.compare(self.other.value);
      });
      function slider(label, name, low, high, step) {
        var input = element("input", {
          type: "range",
          min: low,
          max: high,
          step: step,
          value: self.view[name],
          "aria-label": label,
          "data-view": name,
        });
        input.addEventListener("input", function () {
          self.setView(name, Number(input.value));
        });
        return element("label", {}, [document.createTextNode(label), input]);
      }
      this.text = element("textarea", {
        "aria-label": "Note",
        placeholder: "Note on this frame, or on the marked range",
      });
      this.draw = element("button", {
        type: "button",
        "aria-pressed": "false",
        text: "Draw",
        onclick: function () {
          self.toggleDrawing();
        },
      });
      this.by = element("input", {
        type: "text",
        "aria-label": "Your name",
        placeholder: "your name",
        value: nightreel.records.reviewer(),
      });
      this.by.addEventListener("change", function () {
        nightreel.records.setReviewer(self.by.value);
      });
      this.verdicts = ["approved", "rejected", "flagged", "open"].map(function (verdict) {
        return element("button", {
          type: "button",
          class: { approved: "approve", rejected: "reject", flagged: "flag", open: "" }[verdict],
          "data-verdict": verdict,
          "aria-pressed": "false",
          text: { approved: "Approve", rejected: "Reject", flagged: "Flag", open: "Reopen" }[verdict],
          onclick: function () {
            self.judge(verdict);
          },
        });
      });
      this.notes = element("ul", { class: "plain" });
      this.rangeText = element("output", { class: "quiet" });
      this.plots = element("div", { class: "plots" });
      this.facts = element("div", {});
      this.heading = element("h2", {});
      this.mark = element("span", { class: "mark open", text: "open" });
      this.controls = element("div", { class: "controls" }, [
        button(
          "\u25c0\u25c0",
          function () {
            self.player.backwards();
          },
          "backwards",
        ),
        button(
          "\u2039",
          function () {
            self.player.step(-1);
          },
          "back",
        ),
        button(
          "Play",
          function () {
            self.player.toggle();
          },
          "play",
        ),
        button(
          "\u203a",
          function () {
            self.player.step(1);
          },
          "forward",
        ),
        this.number,
        button(
          "In",
          function () {
            self.setRange("first");
          },
          "in",
        ),
        button(
          "Out",
          function () {
            self.setRange("last");
          },
          "out",
        ),
        button(
          "No loop",
          function () {
            self.clearRange();
          },
          "no-loop",
        ),
        this.rangeText,
      ]);
      [
        ["backwards", "Play backwards"],
        ["back", "One frame back"],
        ["forward", "One frame on"],
      ].forEach(function (pair) {
        self.controls.querySelector("[data-do=" + pair[0] + "]").setAttribute("aria-label", pair[1]);
      });
      this.box.append(
        element("div", { class: "single" }, [
          element("div", {}, [
            element("div", { class: "controls" }, [
              button(
                "All takes (Esc)",
                function () {
                  self.close();
                },
                "close",
              ),
              button(
                "Previous",
                function () {
                  self.move(-1);
                },
                "previous",
              ),
              button(
                "Next",
                function () {
                  self.move(1);
                },
                "next",
              ),
              this.heading,
              this.mark,
            ]),
            gain,
            this.scrub,
            this.controls,
            element(
              "div",
              { class: "controls" },
              [element("label", {}, [document.createTextNode("Compare with"), this.other])].concat(this.modeButtons),
            ),
            element("div", { class: "controls" }, [
              slider("wipe", "wipe", 0, 100, 1),
              slider("gain", "gain", 1, 16, 1),
              slider("exposure", "exposure", -4, 4, 0.25),
              slider("gamma", "gamma", 0.4, 2.5, 0.1),
              button(
                "Reset",
                function () {
                  self.resetView();
                },
                "reset",
              ),
            ]),
            this.plots,
          ]),
          element("div", {}, [
            nightreel.panel("Verdict and notes", [
              element("div", { class: "verdicts" }, this.verdicts),
              element("div", { class: "controls" }, [this.by]),
              this.text,
              element("div", { class: "controls" }, [
                this.draw,
                button(
                  "Clear drawing",
                  function () {
                    self.drawing.clear();
                  },
                  "clear",
                ),
                button(
                  "Add note",
                  function () {
                    self.addNote();
                  },
                  "note",
                ),
                button(
                  "Retake of the range",
                  function () {
                    self.retake();
                  },
                  "retake",
                ),
              ]),
              this.notes,
            ]),
            this.facts,
          ]),
        ]),
      );
      this.player.onFrame = function (index) {
        self.showFrame(index);
      };
      this.player.onMode = function (mode) {
        self.modeButtons.forEach(function (one) {
          one.setAttribute("aria-pressed", String(one.getAttribute("data-mode") === mode));
        });
        self.player.gainBox.classList.toggle("wide", mode === "side");
        self.player.setView(self.view);
      };
      nightreel.records.onChange(function () {
        if (self.take) self.showNotes();
      });
    },

    frameNumber: function (index) {
      return this.take.first + index;
    },

    showFrame: function (index) {
      if (!this.take) return;
      var number = this.frameNumber(index);
      var isHandle = number < this.take.cut.first || number > this.take.cut.last;
      this.number.textContent = "frame " + number + (isHandle ? " (handle)" : "");
      this.number.setAttribute("data-frame", number);
      this.scrub.value = index;
      this.scrub.setAttribute("aria-valuetext", "frame " + number);
      this.markFrame(index);
      if (!this.draw || this.draw.getAttribute("aria-pressed") === "false") this.showDrawingsAt(number);
    },

    open: function (take) {
      var self = this;
      this.take = take;
      this.clearRange();
      this.drawing.clear();
      this.scrub.max = take.frames - 1;
      this.player.frame = 0;
      if (take.size) this.player.gainBox.style.setProperty("--aspect", take.size.width / take.size.height);
      this.player.open("a", take);
      this.player.open("b", null);
      this.player.show("a");
      this.heading.textContent = nightreel.nameOf(take);
      this.others = this.takes.filter(function (one) {
        return one !== take && one.shot === take.shot;
      });
      var previous = (take.previous || []).map(function (one) {
        return Object.assign({}, take, one, { isPrevious: true });
      });
      this.others = this.others.concat(previous);
      this.other.replaceChildren(element("option", { value: "", text: "nothing" }));
      this.others.forEach(function (one, index) {
        self.other.append(element("option", { value: index, text: nightreel.nameOf(one) }));
      });
      this.other.disabled = this.others.length === 0;
      this.facts.replaceChildren();
      this.plots.textContent = "";
      this.showFrame(0);
      this.showNotes();
      nightreel.loadDetail(take).then(function (detail) {
        if (self.take === take) self.showDetail(detail);
      });
    },

    showDetail: function (detail) {
      var self = this;
      this.markFrame = nightreel.showPlots(this.plots, this.take, detail.series, function (index) {
        self.player.go(index);
      });
      this.markFrame(this.player.frame);
      var panels = nightreel.detailPanels(this.take, detail, function (first, last) {
        self.setLoop(first, last);
        self.player.go(first);
      });
      this.facts.replaceChildren.apply(this.facts, panels);
    },

    setRange: function (end) {
      this.range[end] = this.player.frame;
      if (this.range.first !== null && this.range.last !== null) this.setLoop(this.range.first, this.range.last);
      else this.rangeText.textContent = (end === "first" ? "from " : "to ") + this.frameNumber(this.player.frame);
    },

    setLoop: function (first, last) {
      this.range = { first: Math.min(first, last), last: Math.max(first, last) };
      this.player.setLoop(this.range.first, this.range.last);
      this.rangeText.textContent =
        "loop " + this.frameNumber(this.range.first) + "-" + this.frameNumber(this.range.last);
    },

    clearRange: function () {
      this.range = { first: null, last: null };
      this.player.setLoop(null);
      this.rangeText.textContent = "";
    },

    compare: function (value) {
      var other = value === "" ? null : this.others[Number(value)];
      this.other.value = value;
      this.player.open("b", other);
      this.player.seek(this.player.layers.b, this.player.frame);
      this.player.show(other ? (this.player.mode === "a" ? "side" : this.player.mode) : "a");
    },

    // Between A and B; the first other take is B where none was chosen.
    toggleAB: function () {
      if (!this.player.layers.b.take) {
        if (this.others.length === 0) {
          nightreel.say("there is no other take of this shot");
          return;
        }
        this.compare("0");
        this.player.show("b");
        return;
      }
      this.player.show(this.player.mode === "a" ? "b" : "a");
    },

    showMode: function (mode) {
      if (!this.player.layers.b.take) {
        if (this.others.length === 0) {
          nightreel.say("there is no other take of this shot");
          return;
        }
        this.compare("0");
      }
      this.player.show(this.player.mode === mode ? "a" : mode);
    },

    openNumber: function (number) {
      var shot = this.take.shot;
      var found = this.takes.filter(function (one) {
        return one.shot === shot && one.take === number;
      })[0];
      if (found) nightreel.openTake(found);
      else nightreel.say("there is no take " + number + " of this shot");
    },

    setView: function (name, value) {
      this.view[name] = value;
      this.player.setView(this.view);
      var slider = this.box.querySelector("[data-view=" + name + "]");
      if (slider) slider.value = value;
    },

    resetView: function () {
      this.setView("exposure", 0);
      this.setView("gamma", 1);
      this.setView("gain", 4);
      this.setView("wipe", 50);
    },

    move: function (by) {
      var shown = nightreel.shown();
      var at = shown.indexOf(this.take);
      var next = shown[(at + by + shown.length) % shown.length];
      if (next) nightreel.openTake(next);
    },

    leave: function () {
      this.player.close();
      this.take = null;
      this.markFrame = function () {};
    },
  };
})();
