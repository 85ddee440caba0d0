"use strict";
// One table of keys: what is shown by ? is what is done.
(function () {
  function single(run) {
    return function (page) {
      if (page.single.take) run(page.single, page);
    };
  }
  function stop(by) {
    return single(function (one) {
      one.setView("exposure", Math.max(-4, Math.min(4, one.view.exposure + by)));
    });
  }

  nightreel.keyTable = [
    {
      keys: ["?"],
      meaning: "show these keys",
      run: function (page) {
        page.showKeys();
      },
    },
    {
      keys: ["Escape"],
      meaning: "back to all takes",
      run: function (page) {
        page.openAll();
      },
    },
    {
      keys: ["/"],
      meaning: "filter the takes",
      run: function (page) {
        page.openAll();
        nightreel.byId("filter").focus();
      },
    },
    {
      keys: ["Enter"],
      meaning: "open the first take shown",
      run: function (page) {
        if (!page.single.take && nightreel.shown().length) nightreel.openTake(nightreel.shown()[0]);
      },
    },
    {
      keys: ["n"],
      meaning: "next take",
      run: single(function (one) {
        one.move(1);
      }),
    },
    {
      keys: ["p"],
      meaning: "previous take",
      run: single(function (one) {
        one.move(-1);
      }),
    },
    {
      keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"],
      meaning: "take 1 to 9 of this shot",
      run: single(function (one, page, key) {
        one.openNumber(Number(page.key));
      }),
    },
    {
      keys: [" ", "k"],
      meaning: "play, pause",
      run: single(function (one) {
        one.player.toggle();
      }),
    },
    {
      keys: ["l"],
      meaning: "play; again: faster",
      run: single(function (one) {
        one.player.faster();
      }),
    },
    {
      keys: ["j"],
      meaning: "play backwards; again: faster",
      run: single(function (one) {
        one.player.backwards();
      }),
    },
    {
      keys: ["ArrowRight"],
      meaning: "one frame on",
      run: single(function (one) {
        one.player.step(1);
      }),
    },
    {
      keys: ["ArrowLeft"],
      meaning: "one frame back",
      run: single(function (one) {
        one.player.step(-1);
      }),
    },
    {
      keys: ["ArrowDown"],
      meaning: "ten frames on",
      run: single(function (one) {
        one.player.step(10);
      }),
    },
    {
      keys: ["ArrowUp"],
      meaning: "ten frames back",
      run: single(function (one) {
        one.player.step(-10);
      }),
    },
    {
      keys: ["Home"],
      meaning: "first frame",
      run: single(function (one) {
        one.player.go(0);
      }),
    },
    {
      keys: ["End"],
      meaning: "last frame",
      run: single(function (one) {
        one.player.go(one.player.count() - 1);
      }),
    },
    {
      keys: ["i"],
      meaning: "the loop begins here",
      run: single(function (one) {
        one.setRange("first");
      }),
    },
    {
      keys: ["o"],
      meaning: "the loop ends here",
      run: single(function (one) {
        one.setRange("last");
      }),
    },
    {
      keys: ["x"],
      meaning: "no loop",
      run: single(function (one) {
        one.clearRange();
      }),
    },
    {
      keys: ["b"],
      meaning: "toggle A and B",
      run: single(function (one) {
        one.toggleAB();
      }),
    },
    {
      keys: ["s"],
      meaning: "side by side",
      run: single(function (one) {
        one.showMode("side");
      }),
    },
    {
      keys: ["w"],
      meaning: "wipe",
      run: single(function (one) {
        one.showMode("wipe");
      }),
    },
    {
      keys: ["d"],
      meaning: "difference",
      run: single(function (one) {
        one.showMode("difference");
      }),
    },
    { keys: ["+"], meaning: "a quarter of a stop brighter", run: stop(0.25) },
    { keys: ["-"], meaning: "a quarter of a stop darker", run: stop(-0.25) },
    {
      keys: ["0"],
      meaning: "reset exposure, gamma, gain and wipe",
      run: single(function (one) {
        one.resetView();
      }),
    },
    {
      keys: ["a"],
      meaning: "approve",
      run: single(function (one) {
        one.judge("approved");
      }),
    },
    {
      keys: ["r"],
      meaning: "reject",
      run: single(function (one) {
        one.judge("rejected");
      }),
    },
    {
      keys: ["f"],
      meaning: "flag",
      run: single(function (one) {
        one.judge("flagged");
      }),
    },
    {
      keys: ["u"],
      meaning: "reopen: withdraw the verdict",
      run: single(function (one) {
        one.judge("open");
      }),
    },
    {
      keys: ["c"],
      meaning: "write a note",
      run: single(function (one) {
        one.player.pause();
        one.text.focus();
      }),
    },
    {
      keys: ["g"],
      meaning: "draw on the frame",
      run: single(function (one) {
        one.toggleDrawing();
      }),
    },
    {
      keys: ["t"],
      meaning: "save a night file for a retake of the loop",
      run: single(function (one) {
        one.retake();
      }),
    },
    {
      keys: ["e"],
      meaning: "export the notes as JSON",
      run: function (page) {
        page.exportJson();
      },
    },
  ];

  var shownAs = {
    " ": "Space",
    ArrowLeft: "\u2190",
    ArrowRight: "\u2192",
    ArrowUp: "\u2191",
    ArrowDown: "\u2193",
    Escape: "Esc",
  };

  nightreel.fillKeyTable = function (dialog) {
    dialog.replaceChildren(
      nightreel.element("h2", { text: "Keys" }),
      nightreel.element("table", {}, [
        nightreel.element(
          "tbody",
          {},
          nightreel.keyTable.map(function (row) {
            var keys =
              row.keys.length > 3
                ? [row.keys[0] + " \u2013 " + row.keys[row.keys.length - 1]]
                : row.keys.map(function (key) {
                    return shownAs[key] || (key.length === 1 ? key.toUpperCase() : key);
                  });
            return nightreel.element("tr", {}, [
              nightreel.element(
                "td",
                {},
                keys.map(function (key) {
                  return nightreel.element("kbd", { text: key });
                }),
              ),
              nightreel.element("td", { text: row.meaning }),
            ]);
          }),
        ),
      ]),
      nightreel.element("p", { class: "quiet", text: "In a text, Ctrl+Enter adds the note and Esc leaves the text." }),
      nightreel.element("form", { method: "dialog" }, [nightreel.element("button", { text: "Close" })]),
    );
  };

  nightreel.listenToKeys = function (page) {
    document.addEventListener("keydown", function (event) {
      var target = event.target;
      var isText = target.matches("input[type=search], input[type=text], textarea, select");
      if (isText) {
        if (event.key === "Escape") target.blur();
        if (event.key === "Enter" && event.ctrlKey && target.tagName === "TEXTAREA") {
          page.single.addNote();
          target.blur();
        }
        if (event.key === "Enter" && target.id === "filter") target.blur();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || nightreel.byId("keys").open) return;
      // A button that has the focus is pressed by these, and a slider moved.
      if (target.tagName === "BUTTON" && (event.key === " " || event.key === "Enter")) return;
      if (target.matches("input[type=range]") && /^(Arrow|Home|End|Page)/.test(event.key)) return;
      var key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      var row = nightreel.keyTable.filter(function (one) {
        return one.keys.indexOf(key) >= 0;
      })[0];
      if (!row) return;
      event.preventDefault();
      page.key = key;
      row.run(page);
    });
  };
})();
