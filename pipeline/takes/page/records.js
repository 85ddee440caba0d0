"use strict";
// Verdicts and notes (docs/notes.md). With `nightreel review` they are posted to the output folder, and others' are read from
// it; in a page from the disk they are kept by the browser and exported.
(function () {
  var storeKey = "nightreel.records";
  var nameKey = "nightreel.by";
  var records = new Map();
  var listeners = [];
  var served = location.protocol === "http:" || location.protocol === "https:";
  var token = new URLSearchParams(location.search).get("token");
  var tag = "";

  function stored(key) {
    try {
      return localStorage.getItem(key);
    } catch (error) {
      return null;
    }
  }
  function store(key, text) {
    try {
      localStorage.setItem(key, text);
      return true;
    } catch (error) {
      return false;
    }
  }

  function own() {
    try {
      return JSON.parse(stored(storeKey) || "[]");
    } catch (error) {
      return [];
    }
  }

  function randomId() {
    var bytes = new Uint8Array(16);
    crypto.getRandomValues(bytes);
    return Array.from(bytes, function (b) {
      return b.toString(16).padStart(2, "0");
    }).join("");
  }

  function tell() {
    listeners.forEach(function (listener) {
      listener();
    });
  }

  function take_in(list) {
    var news = false;
    list.forEach(function (record) {
      if (record && record.id && !records.has(record.id)) {
        records.set(record.id, record);
        news = true;
      }
    });
    return news;
  }

  function headers() {
    var sent = { "Content-Type": "application/json" };
    if (token) sent["X-Nightreel-Token"] = token;
    return sent;
  }

  function post(list) {
    return fetch("/reviews", {
      method: "POST",
      headers: headers(),
      body: JSON.stringify({ format: 1, notes: list }),
    }).then(function (answer) {
      if (!answer.ok)
        return answer.text().then(function (text) {
          throw new Error(text || String(answer.status));
        });
      return answer;
    });
  }

  function read() {
    if (!served) return Promise.resolve();
    return fetch("/reviews", { headers: tag ? { "If-None-Match": tag } : {} })
      .then(function (answer) {
        if (answer.status === 304) return;
        if (!answer.ok) {
          if (answer.status === 404) served = false;
          return;
        }
        tag = answer.headers.get("ETag") || "";
        return answer.json().then(function (document) {
          if (take_in(document.notes || [])) tell();
        });
      })
      .catch(function () {
        nightreel.say("the server does not answer; notes are kept in this browser");
      });
  }

  function newest_first(a, b) {
    return a.at < b.at ? 1 : a.at > b.at ? -1 : a.id < b.id ? 1 : -1;
  }

  nightreel.records = {
    onChange: function (listener) {
      listeners.push(listener);
    },
    reviewer: function () {
      return stored(nameKey) || "";
    },
    setReviewer: function (name) {
      store(nameKey, name.trim());
    },
    of: function (take) {
      return Array.from(records.values())
        .filter(function (record) {
          return record.take === take.digest;
        })
        .sort(newest_first);
    },
    verdictOf: function (take) {
      var found = nightreel.records.of(take).find(function (record) {
        return record.kind === "verdict";
      });
      return found ? found.verdict : "open";
    },
    // `said`: kind, and verdict, frame, last_frame, text, drawing as they are there.
    add: function (take, said) {
      var by = nightreel.records.reviewer();
      if (!by) {
        by = (window.prompt("Your name, as others will read it:") || "").trim();
        if (!by) {
          nightreel.say("nothing was written: a name is needed");
          return null;
        }
        nightreel.records.setReviewer(by);
      }
      var record = Object.assign(
        {
          format: 1,
          id: randomId(),
          at: new Date().toISOString(),
          by: by,
          take: take.digest,
          show: take.show,
          shot: take.shot,
          version: take.version,
          take_number: take.take,
        },
        said,
      );
      take_in([record]);
      var kept = store(storeKey, JSON.stringify(own().concat([record])));
      tell();
      if (served) {
        post([record]).then(
          function () {
            nightreel.say("saved");
          },
          function (error) {
            nightreel.say("not saved in the folder, kept in this browser: " + error.message);
          },
        );
      } else {
        nightreel.say(
          kept
            ? "kept in this browser; export it to hand it on"
            : "this browser keeps nothing: export before you close the page",
        );
      }
      return record;
    },
    document: function () {
      return (
        JSON.stringify({ format: 1, notes: Array.from(records.values()).sort(newest_first).reverse() }, null, 1) + "\n"
      );
    },
    csv: function () {
      var columns = [
        "format",
        "id",
        "at",
        "by",
        "take",
        "show",
        "shot",
        "version",
        "take_number",
        "kind",
        "verdict",
        "frame",
        "last_frame",
        "text",
        "drawing",
      ];
      function cell(value) {
        if (value === undefined || value === null) return "";
        var text = typeof value === "object" ? JSON.stringify(value) : String(value);
        if (/^'*[=+\-@\t\r]/.test(text)) text = "'" + text; // a spreadsheet would take it for a formula
        return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
      }
      var rows = Array.from(records.values())
        .sort(newest_first)
        .reverse()
        .map(function (record) {
          return columns
            .map(function (column) {
              return cell(record[column]);
            })
            .join(",");
        });
      return "\ufeff" + [columns.join(",")].concat(rows).join("\r\n") + "\r\n";
    },
    start: function () {
      take_in(own());
      if (!served) return;
      read().then(function () {
        // Written while no server was there.
        var known = own();
        if (served && known.length > 0) post(known).catch(function () {});
      });
      setInterval(function () {
        if (served && !document.hidden) read();
      }, 5000);
    },
  };
})();
