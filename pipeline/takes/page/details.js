"use strict";
// What is told beside a take: flags, prompt, settings, references, figures.
(function () {
  var element = nightreel.element;
  nightreel.details = {};

  // The scripts beside the page call this; what is large is read when a take is opened.
  nightreel.detail = function (name, detail) {
    nightreel.details[name] = detail;
  };

  nightreel.loadDetail = function (take) {
    if (nightreel.details[take.detail]) return Promise.resolve(nightreel.details[take.detail]);
    return new Promise(function (done) {
      var script = element("script", { src: "review/takes/" + encodeURIComponent(take.detail) + ".js" });
      script.addEventListener("load", function () {
        done(nightreel.details[take.detail] || {});
      });
      script.addEventListener("error", function () {
        done({});
      });
      document.head.append(script);
    });
  };

  function rows(pairs) {
    return element("table", {}, [
      element(
        "tbody",
        {},
        pairs
          .filter(function (pair) {
            return pair[1] !== null && pair[1] !== undefined && pair[1] !== "";
          })
          .map(function (pair) {
            return element("tr", {}, [
              element("th", { scope: "row", text: pair[0] }),
              element("td", {}, [
                pair[1] instanceof Node ? pair[1] : document.createTextNode(nightreel.short(pair[1])),
              ]),
            ]);
          }),
      ),
    ]);
  }

  nightreel.panel = panel;
  function panel(title, children) {
    return element(
      "section",
      { class: "panel", "aria-label": title },
      [element("h2", { text: title })].concat(children),
    );
  }

  // The words of two texts: those that came and those that went (longest common subsequence).
  nightreel.wordDiff = function (before, after) {
    var a = before.split(/(\s+)/),
      b = after.split(/(\s+)/);
    var lengths = a
      .map(function () {
        return new Array(b.length + 1).fill(0);
      })
      .concat([new Array(b.length + 1).fill(0)]);
    for (var i = a.length - 1; i >= 0; i--)
      for (var j = b.length - 1; j >= 0; j--) {
        lengths[i][j] = a[i] === b[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
      }
    var parts = [],
      x = 0,
      y = 0;
    function add(kind, text) {
      if (parts.length && parts[parts.length - 1].kind === kind) parts[parts.length - 1].text += text;
      else parts.push({ kind: kind, text: text });
    }
    while (x < a.length || y < b.length) {
      if (x < a.length && y < b.length && a[x] === b[y]) {
        add("same", a[x]);
        x++;
        y++;
      } else if (y < b.length && (x === a.length || lengths[x][y + 1] >= lengths[x + 1][y])) add("new", b[y++]);
      else add("old", a[x++]);
    }
    return parts;
  };

  function diffOf(before, after) {
    return element(
      "span",
      {},
      nightreel.wordDiff(before || "", after || "").map(function (part) {
        return part.kind === "same"
          ? document.createTextNode(part.text)
          : element(part.kind === "new" ? "ins" : "del", { text: part.text });
      }),
    );
  }

  function changedSettings(before, now) {
    return Object.keys(Object.assign({}, before, now))
      .filter(function (name) {
        return JSON.stringify(before[name]) !== JSON.stringify(now[name]);
      })
      .map(function (name) {
        function text(value) {
          return value === undefined || value === null
            ? "none"
            : typeof value === "object"
              ? JSON.stringify(value)
              : String(value);
        }
        return [
          name,
          element("span", {}, [
            element("del", { text: text(before[name]) }),
            document.createTextNode(" "),
            element("ins", { text: text(now[name]) }),
          ]),
        ];
      });
  }

  // Panels for a take. `look` goes to a range of frames, by their first and last index.
  nightreel.detailPanels = function (take, detail, look) {
    var flags = (take.flags || []).map(function (flag) {
      return element("li", {}, [
        element("button", {
          type: "button",
          class: "link",
          text: flag.text,
          onclick: function () {
            look(flag.frames.first - take.first, flag.frames.last - take.first);
          },
        }),
      ]);
    });
    var made = [
      panel("Flags", [flags.length ? element("ul", {}, flags) : element("p", { class: "quiet", text: "none" })]),
    ];
    var previous = (take.previous || [])[0];
    var settings = detail.settings || {};
    var prompt = previous ? diffOf(previous.prompt, take.prompt) : document.createTextNode(take.prompt);
    made.push(
      panel(previous ? "Prompt, beside v" + String(previous.version).padStart(3, "0") : "Prompt", [
        element("p", { class: "prompt" }, [prompt]),
        detail.negative_prompt ? element("p", { class: "quiet", text: "negative: " + detail.negative_prompt }) : null,
      ]),
    );
    if (previous) {
      var changed = changedSettings(previous.settings || {}, settings);
      made.push(
        panel("Settings that changed", [
          changed.length ? rows(changed) : element("p", { class: "quiet", text: "none" }),
        ]),
      );
    }
    if ((detail.references || []).length) {
      made.push(
        panel("References", [
          element(
            "div",
            { class: "references" },
            detail.references.map(function (one) {
              return one.picture
                ? element("figure", { style: "margin:0" }, [
                    element("img", { src: nightreel.address(one.picture), alt: one.character }),
                    element("figcaption", { class: "quiet", text: one.character }),
                  ])
                : element("p", { text: one.character + (one.name ? ": " + one.name : "") });
            }),
          ),
        ]),
      );
    }
    made.push(
      panel("Measured", [
        rows(
          Object.keys(detail.measured || {}).map(function (name) {
            return [name.replace(/_/g, " "), detail.measured[name]];
          }),
        ),
      ]),
    );
    if ((detail.characters || []).length)
      made.push(
        panel("Characters", [
          rows(
            detail.characters.map(function (one) {
              return [one.name, one.text];
            }),
          ),
        ]),
      );
    made.push(
      panel("Made with", [
        rows(
          [
            ["model", take.model],
            ["noise seed", take.noise_seed],
            [
              "frames",
              take.first + "-" + (take.first + take.frames - 1) + ", cut " + take.cut.first + "-" + take.cut.last,
            ],
            ["rate", take.rate.numerator / take.rate.denominator],
          ]
            .concat(
              Object.keys(settings).map(function (name) {
                var value = settings[name];
                return [
                  name.replace(/_/g, " "),
                  typeof value === "object" && value !== null ? JSON.stringify(value) : value,
                ];
              }),
            )
            .concat([["folder", take.folder]]),
        ),
      ]),
    );
    return made;
  };
})();
