"use strict";
// Elements of the page. Texts are always put in as text: a prompt with tags in it is words.
var nightreel = window.nightreel || (window.nightreel = {});

nightreel.element = function (name, attributes, children) {
  var made = document.createElement(name);
  Object.keys(attributes || {}).forEach(function (key) {
    var value = attributes[key];
    if (value === undefined || value === null || value === false) return;
    if (key === "text") made.textContent = value;
    else if (key.slice(0, 2) === "on") made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  });
  (children || []).forEach(function (child) {
    if (child) made.append(child);
  });
  return made;
};

nightreel.drawn = function (name, attributes, text) {
  var made = document.createElementNS("http://www.w3.org/2000/svg", name);
  Object.keys(attributes).forEach(function (key) {
    made.setAttribute(key, attributes[key]);
  });
  if (text !== undefined) made.textContent = text;
  return made;
};

nightreel.byId = function (id) {
  return document.getElementById(id);
};

nightreel.say = function (text) {
  nightreel.byId("status").textContent = text;
};

nightreel.short = function (value) {
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) < 10 ? 2 : 1);
};

// Of a name with spaces or # in a folder.
nightreel.address = function (path) {
  return path
    .split("/")
    .map(encodeURIComponent)
    .join("/")
    .replace(/%2E%2E/g, "..");
};

nightreel.save = function (name, type, text) {
  var link = nightreel.element("a", { href: URL.createObjectURL(new Blob([text], { type: type })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(function () {
    URL.revokeObjectURL(link.href);
  }, 1000);
};

nightreel.nameOf = function (take) {
  return take.shot + " v" + String(take.version).padStart(3, "0") + " take " + String(take.take).padStart(2, "0");
};
