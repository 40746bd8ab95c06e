// The app on this machine: registers the worker that keeps it, and says when there is a new version.
const offer = (registration) => {
  const worker = registration.waiting;
  if (!worker || !registration.active || document.querySelector(".new-version")) return;
  // Where a class is looking on, nothing comes in between.
  const { dataset } = document.documentElement;
  if ("present" in dataset || /[?&](present|speaker|handout)\b/.test(location.search)) return;
  const make = (kind, text, into) => {
    const element = document.createElement(kind);
    element.textContent = text;
    into.append(element);
    return element;
  };
  const place = document.createElement("div");
  place.className = "notes new-version";
  const note = make("div", "", place);
  note.className = "note";
  note.setAttribute("role", "status");
  make("span", "A new version is there.", note);
  make("button", "Take it now", note).onclick = () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    worker.postMessage("take");
  };
  make("button", "Later", note).onclick = () => {
    place.remove();
    // Where the keyboard was is gone.
    document.querySelector("header a")?.focus();
  };
  document.body.prepend(place);
};

// In a sandboxed frame the very name throws.
try {
  const registration = await navigator.serviceWorker.register("service-worker.js");
  const watch = () => {
    const coming = registration.installing;
    coming?.addEventListener("statechange", () => { if (coming.state === "installed") offer(registration); });
  };
  registration.addEventListener("updatefound", watch);
  watch();
  offer(registration);
} catch {
  // No worker here: the page works as it is.
}
