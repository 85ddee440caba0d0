"use strict";
// Puts the page together. The address names the take that is open, so that it can be sent to somebody.
(function () {
  var data = nightreel.data || { takes: [], failures: [] };
  var page = { single: null, grid: null };

  nightreel.shown = function () {
    return page.grid.shown;
  };

  function takeOfAddress() {
    var name = decodeURIComponent(location.hash.slice(1));
    return data.takes.filter(function (take) {
      return take.detail === name;
    })[0];
  }

  nightreel.openTake = function (take) {
    if (location.hash !== "#" + encodeURIComponent(take.detail)) location.hash = encodeURIComponent(take.detail);
    nightreel.byId("grid-view").hidden = true;
    nightreel.byId("single-view").hidden = false;
    page.single.open(take);
    nightreel.say(nightreel.nameOf(take));
    window.scrollTo(0, 0);
  };

  page.openAll = function () {
    if (!page.single.take) return;
    var card = page.single.take.card;
    page.single.leave();
    if (location.hash) history.pushState(null, "", location.pathname + location.search);
    nightreel.byId("single-view").hidden = true;
    nightreel.byId("grid-view").hidden = false;
    page.grid.apply();
    card.scrollIntoView({ block: "nearest" });
    card.querySelector("button").focus({ preventScroll: true });
  };

  page.showKeys = function () {
    nightreel.fillKeyTable(nightreel.byId("keys"));
    nightreel.byId("keys").showModal();
  };
  page.exportJson = function () {
    nightreel.save(data.show + "_notes.json", "application/json", nightreel.records.document());
    nightreel.say("exported; `nightreel notes import` reads it");
  };
  page.exportCsv = function () {
    nightreel.save(data.show + "_notes.csv", "text/csv", nightreel.records.csv());
  };

  function summary() {
    var parts = [data.takes.length + " takes"];
    if (data.yield) parts.push(data.yield.usable + " without flags");
    if (data.failures.length) parts.push(data.failures.length + " missing");
    return parts.join(", ");
  }

  function showFailures() {
    var box = nightreel.byId("failures");
    if (data.failures.length === 0) return;
    box.hidden = false;
    box.append(
      nightreel.element("h2", { text: "Missing takes" }),
      nightreel.element(
        "ul",
        {},
        data.failures.map(function (one) {
          return nightreel.element("li", { text: one.what + ": " + one.reason });
        }),
      ),
    );
  }

  nightreel.byId("title").textContent =
    data.show + ": dailies of " + (data.submitted_at || "").slice(0, 10) + (data.job ? ", job " + data.job : "");
  document.title = nightreel.byId("title").textContent;
  nightreel.byId("summary").textContent = summary();
  nightreel.records.start();
  page.grid = new nightreel.Grid(data.takes, nightreel.openTake);
  page.single = new nightreel.Single(data.takes, page.openAll);
  nightreel.records.onChange(function () {
    page.grid.refresh();
    if (!page.single.take) page.grid.apply();
  });
  showFailures();
  nightreel.byId("show-keys").addEventListener("click", page.showKeys);
  nightreel.byId("export-json").addEventListener("click", page.exportJson);
  nightreel.byId("export-csv").addEventListener("click", page.exportCsv);
  nightreel.listenToKeys(page);
  window.addEventListener("hashchange", function () {
    var take = takeOfAddress();
    if (take && take !== page.single.take) nightreel.openTake(take);
    if (!take) page.openAll();
  });
  if (takeOfAddress()) nightreel.openTake(takeOfAddress());
  nightreel.opened = performance.now();
})();
