// Starts the app, or says why it cannot start. Written for browsers too old for the rest, hence `var`:
// it must run exactly where start.js does not.
(function () {
  "use strict";
  var over = false;

  // The app owns the page as soon as it has taken #loading away; from then on nothing here speaks.
  function done() {
    over = true;
    var loading = document.getElementById("loading");
    if (loading) loading.parentNode.removeChild(loading);
  }

  function failed(what, detail) {
    if (over) return;
    over = true;
    var place = document.getElementById("loading");
    if (!place) return;
    place.textContent = what;
    place.className = "loading-problem";
    place.setAttribute("role", "alert");
    if (detail) {
      var more = document.createElement("pre");
      more.textContent = String(detail);
      place.appendChild(more);
    }
  }

  var tooOld = "Moving Parts needs a browser from 2023 or later (Chrome or Edge 110, Firefox 115, Safari 16.4). " +
    "Please update yours, or open this page in another one.";
  var lost = "A part of Moving Parts did not arrive. Reload the page; if that does not help, the copy on this " +
    "server is incomplete, and whoever runs it should upload the whole folder again.";

  // The program has ended: what is left to do is to say so, and to offer a way on.
  function crashed(report) {
    over = true;
    var body = document.body;
    while (body.firstChild) body.removeChild(body.firstChild);
    var make = function (kind, text, into) {
      var element = document.createElement(kind);
      element.textContent = text;
      into.appendChild(element);
      return element;
    };
    var box = make("main", "", body);
    box.className = "crash";
    box.setAttribute("role", "alert");
    make("h1", "Something in this page broke", box);
    make("p", "That is a fault of ours, not of yours. Nothing left your browser. If you report it, please send this text: it holds the link that led here.", box);
    var area = make("textarea", "", box);
    area.readOnly = true;
    area.setAttribute("aria-label", "Report");
    area.value = report + "\n\n" + location.href + "\n" + navigator.userAgent;
    var row = make("div", "", box);
    row.className = "row";
    var again = make("button", "Try this link again", row);
    again.className = "primary";
    again.onclick = function () { location.reload(); };
    var fresh = make("button", "Start afresh", row);
    fresh.onclick = function () { location.hash = location.hash.split("?")[0]; location.reload(); };
    var copy = make("button", "Copy the report", row);
    copy.onclick = function () {
      area.select();
      if (navigator.clipboard) navigator.clipboard.writeText(area.value).then(function () { copy.textContent = "Copied"; }, function () {});
    };
  }

  window.movingPartsLoading = {
    done: done,
    crashed: crashed,
    failed: function (error) {
      var text = String(error);
      if (/CompileError/.test(text) || (error && error.name === "CompileError")) failed(tooOld, text);
      else if (error && error.name === "TypeError" && /fetch|network|load/i.test(text)) failed(lost, text);
      else failed("Moving Parts could not start. Reload the page; if it happens again, please report what it says here:", text);
    }
  };

  // In the file that has everything inside, the program is here already.
  var inside = document.getElementById("program");
  if (location.protocol === "file:" && !inside) {
    failed("This page was opened straight from the disk, and browsers do not run WebAssembly from there. " +
      "Open moving-parts.html instead, which has everything inside (“cargo xtask build --single-file” makes it). " +
      "Or serve the folder: run “python3 -m http.server” in it, then open http://127.0.0.1:8000/.");
    return;
  }
  if (typeof WebAssembly !== "object") {
    failed("Moving Parts needs WebAssembly, which this browser lacks or has switched off " +
      "(a lockdown or security mode does that). Switch it on for this site, or open the page in another browser.");
    return;
  }
  var script = document.createElement("script");
  if (!("noModule" in script)) {
    failed(tooOld);
    return;
  }
  // A syntax error in a module goes to the window, not to the script element.
  window.addEventListener("error", function (event) {
    if (event.error && event.error.name === "SyntaxError") failed(tooOld, event.message);
  });
  if (inside) return;
  script.type = "module";
  script.src = "start.js";
  script.onerror = function () { failed(lost); };
  document.head.appendChild(script);
})();
