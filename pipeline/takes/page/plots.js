"use strict";
// Values over the frames of a take, with joints and flagged frames. A click goes to a frame.
(function () {
  var names = {
    difference: "difference to the frame before",
    brightness: "brightness",
    red: "red",
    green: "green",
    blue: "blue",
    contrast: "contrast",
    sharpness: "sharpness",
    acceleration: "difference of differences",
  };

  function plot(take, name, values, go) {
    var finite = values.filter(function (value) {
      return typeof value === "number" && isFinite(value);
    });
    var low = Math.min.apply(null, finite),
      high = Math.max.apply(null, finite);
    if (!(high > low)) {
      high = low + 1;
    }
    var last = Math.max(1, values.length - 1);
    function x(index) {
      return (index / last) * 1000;
    }
    function y(value) {
      return 92 - ((value - low) / (high - low)) * 84;
    }
    var svg = nightreel.drawn("svg", {
      class: "plot",
      viewBox: "0 0 1000 100",
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": (names[name] || name) + ", " + nightreel.short(low) + " to " + nightreel.short(high),
    });
    (take.flags || []).forEach(function (flag) {
      var first = flag.frames.first - take.first,
        end = flag.frames.last - take.first;
      if (end - first >= take.frames - 1) return;
      svg.append(
        nightreel.drawn("rect", {
          class: "flagged",
          x: x(first) - 2,
          y: 0,
          width: Math.max(4, x(end) - x(first) + 4),
          height: 100,
        }),
      );
    });
    (take.joints || []).forEach(function (joint) {
      svg.append(
        nightreel.drawn("line", {
          class: "joint",
          x1: x(joint - take.first),
          x2: x(joint - take.first),
          y1: 0,
          y2: 100,
        }),
      );
    });
    var points = [];
    values.forEach(function (value, index) {
      if (typeof value === "number" && isFinite(value)) points.push(x(index).toFixed(1) + "," + y(value).toFixed(1));
    });
    svg.append(nightreel.drawn("polyline", { class: "line", points: points.join(" ") }));
    var here = nightreel.drawn("line", { class: "here", x1: 0, x2: 0, y1: 0, y2: 100 });
    svg.append(here);
    svg.addEventListener("click", function (event) {
      var box = svg.getBoundingClientRect();
      go(Math.round(((event.clientX - box.left) / box.width) * last));
    });
    var title = nightreel.element("p", {
      class: "quiet",
      text: (names[name] || name) + ": " + nightreel.short(low) + " to " + nightreel.short(high),
    });
    return {
      box: nightreel.element("div", { "data-plot": name }, [title, svg]),
      mark: function (index) {
        here.setAttribute("x1", x(index));
        here.setAttribute("x2", x(index));
      },
    };
  }

  // Returns a function that marks the frame on the screen.
  nightreel.showPlots = function (box, take, series, go) {
    var plots = ["difference", "brightness", "red", "green", "blue", "contrast", "sharpness"]
      .filter(function (name) {
        return series && series[name] && series[name].length > 1;
      })
      .map(function (name) {
        return plot(take, name, series[name], go);
      });
    box.replaceChildren.apply(
      box,
      plots.map(function (one) {
        return one.box;
      }),
    );
    if (plots.length === 0) box.textContent = "There are no series of this take.";
    return function (index) {
      plots.forEach(function (one) {
        one.mark(index);
      });
    };
  };
})();
