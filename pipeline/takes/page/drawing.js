"use strict";
// Lines on a frame, in 0 to 1 of the picture.
nightreel.Drawing = function (stage) {
  var self = this;
  this.lines = [];
  this.svg = nightreel.drawn("svg", {
    class: "drawing",
    viewBox: "0 0 1 1",
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  this.line = null;
  stage.append(this.svg);
  function place(event) {
    var box = self.svg.getBoundingClientRect();
    function share(at, from, length) {
      return Math.round(Math.max(0, Math.min(1, (at - from) / length)) * 10000) / 10000;
    }
    return [share(event.clientX, box.left, box.width), share(event.clientY, box.top, box.height)];
  }
  this.svg.addEventListener("pointerdown", function (event) {
    if (self.lines.length >= 64) return;
    self.line = place(event);
    self.lines.push(self.line);
    self.svg.setPointerCapture(event.pointerId);
  });
  this.svg.addEventListener("pointermove", function (event) {
    if (
      !self.line ||
      self.lines.reduce(function (sum, line) {
        return sum + line.length;
      }, 0) > 1996
    )
      return;
    self.line.push.apply(self.line, place(event));
    self.show(self.lines);
  });
  this.svg.addEventListener("pointerup", function () {
    if (self.line && self.line.length < 4) self.lines.pop();
    self.line = null;
  });
};

nightreel.Drawing.prototype = {
  setActive: function (active) {
    this.svg.classList.toggle("active", active);
  },
  clear: function () {
    this.lines = [];
    this.show([]);
  },
  show: function (lines) {
    this.svg.replaceChildren.apply(
      this.svg,
      (lines || []).map(function (line) {
        var points = [];
        for (var i = 0; i + 1 < line.length; i += 2) points.push(line[i] + "," + line[i + 1]);
        return nightreel.drawn("polyline", { points: points.join(" ") });
      }),
    );
  },
};
