"use strict";
// All takes: filtered, sorted, one card each. Cards are made once; filtering hides them and sorting moves them.
(function () {
  // What can be filtered and sorted by, with what it is in a take.
  var fields = [
    {
      name: "doubt",
      label: "doubtful first",
      of: function (take) {
        return take.doubt;
      },
      falls: true,
    },
    {
      name: "shot",
      label: "shot",
      of: function (take) {
        return take.shot + " " + String(take.version).padStart(4, "0") + String(take.take).padStart(4, "0");
      },
    },
    {
      name: "verdict",
      label: "verdict",
      of: function (take) {
        return nightreel.records.verdictOf(take);
      },
    },
    {
      name: "notes",
      label: "notes",
      of: function (take) {
        return nightreel.records.of(take).filter(function (one) {
          return one.text;
        }).length;
      },
      falls: true,
    },
    {
      name: "flags",
      label: "flags",
      of: function (take) {
        return (take.flags || []).length;
      },
      falls: true,
    },
    {
      name: "seam",
      label: "largest seam ratio",
      of: function (take) {
        return take.values.seam;
      },
      falls: true,
    },
    {
      name: "seam_median",
      label: "median seam ratio",
      of: function (take) {
        return take.values.seam_median;
      },
      falls: true,
    },
    {
      name: "drift",
      label: "drift",
      of: function (take) {
        return take.values.drift;
      },
      falls: true,
    },
    {
      name: "flicker",
      label: "flicker",
      of: function (take) {
        return take.values.flicker;
      },
      falls: true,
    },
    {
      name: "motion",
      label: "motion",
      of: function (take) {
        return take.values.motion;
      },
      falls: true,
    },
    {
      name: "points",
      label: "points of the ranking",
      of: function (take) {
        return take.points;
      },
    },
    {
      name: "place",
      label: "place in the ranking",
      of: function (take) {
        return take.place;
      },
    },
    {
      name: "frames",
      label: "frames",
      of: function (take) {
        return take.frames;
      },
    },
    {
      name: "version",
      label: "version",
      of: function (take) {
        return take.version;
      },
    },
    {
      name: "take",
      label: "take",
      of: function (take) {
        return take.take;
      },
    },
    {
      name: "seconds",
      label: "device seconds",
      of: function (take) {
        return take.values.seconds;
      },
      falls: true,
    },
    {
      name: "model",
      label: "model",
      of: function (take) {
        return take.model;
      },
    },
  ];
  var byName = {};
  fields.forEach(function (field) {
    byName[field.name] = field;
  });

  function words(take) {
    return [
      take.show,
      take.shot,
      take.prompt,
      take.flag,
      take.model,
      (take.characters || []).join(" "),
      "v" + String(take.version).padStart(3, "0"),
      "take" + String(take.take).padStart(2, "0"),
      take.kept === false ? "alternate" : "",
      (take.flags || [])
        .map(function (flag) {
          return flag.kind;
        })
        .join(" "),
      nightreel.records.verdictOf(take),
      nightreel.records
        .of(take)
        .map(function (one) {
          return one.text || "";
        })
        .join(" "),
    ]
      .join(" ")
      .toLowerCase();
  }

  // "seam > 1.5, verdict = open, star": each part has to hold. Returns a test, or a text that says what is wrong.
  nightreel.readFilter = function (text) {
    var tests = [];
    var problem = "";
    text.split(",").forEach(function (part) {
      part = part.trim();
      if (!part) return;
      var compared = /^([a-z_]+)\s*(<=|>=|!=|=|<|>)\s*(.+)$/i.exec(part);
      if (!compared) {
        var word = part.toLowerCase();
        tests.push(function (take) {
          return take.words.indexOf(word) >= 0;
        });
        return;
      }
      var field = byName[compared[1].toLowerCase()];
      if (!field) {
        problem =
          "unknown value '" +
          compared[1] +
          "': expected " +
          fields
            .map(function (one) {
              return one.name;
            })
            .join(", ");
        return;
      }
      var wanted = compared[3].trim().toLowerCase();
      var number = Number(wanted);
      tests.push(function (take) {
        var has = field.of(take);
        if (has === null || has === undefined) return compared[2] === "!=";
        if (typeof has === "number") {
          return {
            "<": has < number,
            ">": has > number,
            "<=": has <= number,
            ">=": has >= number,
            "=": has === number,
            "!=": has !== number,
          }[compared[2]];
        }
        var contains = String(has).toLowerCase().indexOf(wanted) >= 0;
        return compared[2] === "!=" ? !contains : contains;
      });
    });
    return (
      problem ||
      function (take) {
        return tests.every(function (test) {
          return test(take);
        });
      }
    );
  };

  nightreel.Grid = function (takes, open) {
    var self = this;
    this.takes = takes;
    this.shown = takes.slice();
    this.reversed = false;
    this.list = nightreel.byId("grid");
    var sort = nightreel.byId("sort");
    fields.forEach(function (field) {
      sort.append(nightreel.element("option", { value: field.name, text: field.label }));
    });
    var characters = Array.from(
      new Set(
        [].concat.apply(
          [],
          takes.map(function (take) {
            return take.characters || [];
          }),
        ),
      ),
    ).sort();
    var select = nightreel.byId("character");
    select.append(nightreel.element("option", { value: "", text: "all" }));
    characters.forEach(function (name) {
      select.append(nightreel.element("option", { value: name, text: name }));
    });
    select.parentElement.hidden = characters.length === 0;
    takes.forEach(function (take) {
      take.card = makeCard(take, open);
    });
    this.refresh();
    nightreel.byId("filter").addEventListener("input", function () {
      self.apply();
    });
    sort.addEventListener("change", function () {
      self.apply();
    });
    select.addEventListener("change", function () {
      self.apply();
    });
    nightreel.byId("sort-order").addEventListener("click", function (event) {
      self.reversed = !self.reversed;
      event.currentTarget.setAttribute("aria-pressed", String(self.reversed));
      self.apply();
    });
    nightreel.byId("filter-form").addEventListener("submit", function (event) {
      event.preventDefault();
    });
    this.apply();
  };

  function makeCard(take, open) {
    var verdict = nightreel.element("span", { class: "mark open", text: "open" });
    var card = nightreel.element("li", { class: "card", "data-doubtful": String((take.flags || []).length > 0) }, [
      nightreel.element(
        "button",
        {
          type: "button",
          onclick: function () {
            open(take);
          },
        },
        [
          nightreel.element("img", {
            loading: "lazy",
            decoding: "async",
            src: take.sheet ? nightreel.address(take.sheet) : null,
            alt: "",
          }),
          nightreel.element("span", { class: "words" }, [
            nightreel.element("span", { class: "name", text: nightreel.nameOf(take) }),
            verdict,
            nightreel.element("span", {
              class: "quiet",
              text:
                " " +
                take.frames +
                " frames" +
                (take.kept === false ? ", alternate" : "") +
                (take.place ? ", place " + take.place : ""),
            }),
            take.flag ? nightreel.element("span", { class: "flag", text: take.flag }) : null,
          ]),
        ],
      ),
    ]);
    take.verdictMark = verdict;
    return card;
  }

  nightreel.Grid.prototype = {
    // After records have changed.
    refresh: function () {
      this.takes.forEach(function (take) {
        var verdict = nightreel.records.verdictOf(take);
        if (take.card.getAttribute("data-verdict") !== verdict) {
          take.card.setAttribute("data-verdict", verdict);
          take.verdictMark.textContent = verdict;
          take.verdictMark.className = "mark " + verdict;
        }
        take.words = words(take);
      });
    },

    apply: function () {
      var text = nightreel.byId("filter").value;
      var test = nightreel.readFilter(text);
      if (typeof test === "string") {
        nightreel.byId("count").textContent = test;
        return;
      }
      var character = nightreel.byId("character").value;
      var field = byName[nightreel.byId("sort").value] || fields[0];
      var direction = (field.falls ? -1 : 1) * (this.reversed ? -1 : 1);
      var shown = this.takes.filter(function (take) {
        return test(take) && (!character || (take.characters || []).indexOf(character) >= 0);
      });
      var keyed = shown.map(function (take, index) {
        return { take: take, key: field.of(take), index: index };
      });
      keyed.sort(function (one, other) {
        var lacks = (one.key === null || one.key === undefined) - (other.key === null || other.key === undefined);
        if (lacks !== 0) return lacks;
        return one.key < other.key ? -direction : one.key > other.key ? direction : one.index - other.index;
      });
      this.shown = keyed.map(function (one) {
        return one.take;
      });
      this.list.replaceChildren.apply(
        this.list,
        this.shown.map(function (take) {
          return take.card;
        }),
      );
      nightreel.byId("count").textContent = this.shown.length + " of " + this.takes.length + " takes";
    },
  };
})();
