"use strict";
// Two movies on one stage, frame by frame. Movies have one rate and begin with a slate. The number that is told is that of the
// frame on the screen: it comes from the time of the picture that was presented, not from the time that was asked for.
nightreel.Player = function (stage, gainBox) {
  var self = this;
  this.stage = stage;
  this.gainBox = gainBox;
  this.layers = { a: makeLayer("a"), b: makeLayer("b") };
  this.mode = "a";
  this.frame = 0;
  this.loop = null; // first and last index
  this.speed = 0; // of normal; negative: backwards
  this.onFrame = function () {};
  this.onMode = function () {};
  this.timer = 0;
  stage.append(this.layers.a.box, this.layers.b.box);

  function makeLayer(name) {
    var video = nightreel.element("video", {
      muted: true,
      playsinline: true,
      preload: "auto",
      "aria-label": "Movie " + name.toUpperCase(),
    });
    video.muted = true;
    var label = nightreel.element("span", { class: "label" });
    var layer = {
      box: nightreel.element("div", { class: "layer " + name }, [video, label]),
      video: video,
      label: label,
      take: null,
    };
    if (video.requestVideoFrameCallback) {
      var presented = function (now, facts) {
        self.presented(layer, facts.mediaTime);
        video.requestVideoFrameCallback(presented);
      };
      video.requestVideoFrameCallback(presented);
    } else {
      ["seeked", "timeupdate"].forEach(function (event) {
        video.addEventListener(event, function () {
          self.presented(layer, video.currentTime);
        });
      });
    }
    video.addEventListener("ended", function () {
      self.atEnd();
    });
    video.addEventListener("error", function () {
      nightreel.say("the movie of take " + name.toUpperCase() + " cannot be played");
    });
    return layer;
  }
};

nightreel.Player.prototype = {
  rate: function (take) {
    return take.rate.numerator / take.rate.denominator;
  },

  open: function (name, take) {
    var layer = this.layers[name];
    if (layer.take === take) return;
    layer.take = take;
    layer.label.textContent = take ? name.toUpperCase() + ": " + nightreel.nameOf(take) : "";
    if (!take) {
      layer.video.removeAttribute("src");
      layer.video.load();
      return;
    }
    layer.video.src = nightreel.address(take.movie);
    this.seek(layer, this.frame);
  },

  count: function () {
    return this.layers.a.take ? this.layers.a.take.frames : 1;
  },

  // The middle of the frame's time: its edges belong to two frames.
  seek: function (layer, index) {
    if (!layer.take) return;
    var last = layer.take.frames - 1;
    layer.video.currentTime = (Math.min(index, last) + layer.take.lead + 0.5) / this.rate(layer.take);
  },

  indexAt: function (layer, time) {
    var index = Math.floor(time * this.rate(layer.take) + 0.001) - layer.take.lead;
    return Math.max(0, Math.min(index, layer.take.frames - 1));
  },

  presented: function (layer, time) {
    if (!layer.take) return;
    if (layer !== this.layers.a) return;
    var index = this.indexAt(layer, time);
    this.frame = index;
    if (!layer.video.seeking) this.wanted = undefined;
    this.onFrame(index);
    var b = this.layers.b;
    if (this.speed > 0 && b.take && Math.abs(this.indexAt(b, b.video.currentTime) - index) > 1) this.seek(b, index);
    if (this.speed > 0 && this.loop && index >= this.loop.last) this.go(this.loop.first, true);
  },

  go: function (index, keepsPlaying) {
    if (!keepsPlaying) this.pause();
    index = Math.max(0, Math.min(index, this.count() - 1));
    this.wanted = index;
    this.seek(this.layers.a, index);
    this.seek(this.layers.b, index);
  },

  // From the frame that is asked for already, so that keys that repeat are not lost.
  step: function (by) {
    this.go((this.wanted === undefined ? this.frame : this.wanted) + by);
  },

  atEnd: function () {
    if (this.speed <= 0) return;
    this.go(this.loop ? this.loop.first : 0, true);
    this.start();
  },

  start: function () {
    var self = this;
    this.wanted = undefined;
    ["a", "b"].forEach(function (name) {
      var layer = self.layers[name];
      if (!layer.take) return;
      layer.video.playbackRate = Math.min(self.speed, 16);
      layer.video.play().catch(function () {});
    });
  },

  // Browsers play no movie backwards: it is stepped.
  setSpeed: function (speed) {
    var self = this;
    clearInterval(this.timer);
    this.speed = speed;
    ["a", "b"].forEach(function (name) {
      self.layers[name].video.pause();
    });
    if (speed > 0) this.start();
    if (speed < 0) {
      this.timer = setInterval(
        function () {
          if (self.layers.a.video.seeking) return;
          var first = self.loop ? self.loop.first : 0;
          self.go(self.frame > first ? self.frame - 1 : self.loop ? self.loop.last : self.count() - 1, true);
        },
        1000 / this.rate(this.layers.a.take) / -speed,
      );
    }
  },

  pause: function () {
    if (this.speed !== 0) this.setSpeed(0);
  },
  toggle: function () {
    this.setSpeed(this.speed === 0 ? 1 : 0);
  },
  faster: function () {
    this.setSpeed(this.speed > 0 ? Math.min(this.speed * 2, 8) : 1);
  },
  backwards: function () {
    this.setSpeed(this.speed < 0 ? Math.max(this.speed * 2, -8) : -1);
  },

  setLoop: function (first, last) {
    this.loop = first === null ? null : { first: Math.min(first, last), last: Math.max(first, last) };
  },

  // a, b: one of them; side, wipe, difference: both.
  show: function (mode) {
    if (mode !== "a" && !this.layers.b.take) mode = "a";
    this.mode = mode;
    this.stage.className = "stage " + mode;
    this.layers.b.box.hidden = !this.layers.b.take;
    this.layers.a.label.hidden = this.layers.b.label.hidden = !this.layers.b.take;
    this.onMode(mode);
  },

  setView: function (view) {
    var amplitude = Math.pow(2, view.exposure);
    document.querySelectorAll("#exposure feFuncR, #exposure feFuncG, #exposure feFuncB").forEach(function (one) {
      one.setAttribute("amplitude", amplitude);
      one.setAttribute("exponent", 1 / view.gamma);
    });
    var isPlain = view.exposure === 0 && view.gamma === 1;
    this.gainBox.style.filter =
      (view.gain !== 1 && this.mode === "difference" ? "brightness(" + view.gain + ") " : "") +
      (isPlain ? "" : "url(#exposure)");
    this.stage.style.setProperty("--wipe", view.wipe + "%");
  },

  close: function () {
    this.setSpeed(0);
    this.open("a", null);
    this.open("b", null);
  },
};
