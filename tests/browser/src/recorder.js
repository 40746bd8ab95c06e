// Put first into every page, for browsers without a log that the driver could ask for: what goes wrong is sent to the
// test server at once, so that it outlives the page.
(() => {
  const base = document.currentScript.src.replace(/[^/]*$/, "");
  const fetch = window.fetch.bind(window);
  const pending = new Set();

  const tell = (kind, what) => {
    const bytes = new TextEncoder().encode(String(what).slice(0, 2000));
    const name = btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_");
    const sent = fetch(`${base}recorded/${kind}/${name}`, { mode: "no-cors", keepalive: true }).catch(() => {});
    pending.add(sent);
    sent.then(() => pending.delete(sent));
  };

  // With capture, so that an image or a script that does not arrive is heard of as well.
  addEventListener("error", (event) => {
    const lost = event.target !== window && event.target && (event.target.src || event.target.href);
    tell("error", lost ? `could not load ${lost}` : `${event.message} (${event.filename}:${event.lineno})`);
  }, true);
  addEventListener("unhandledrejection", (event) => tell("error", `unhandled rejection: ${event.reason}`));
  document.addEventListener("securitypolicyviolation", (event) =>
    tell("error", `Content Security Policy: ${event.violatedDirective} refuses ${event.blockedURI}`));
  for (const kind of ["error", "warn"]) {
    const was = console[kind];
    console[kind] = (...all) => {
      tell(kind, all.map(String).join(" "));
      was.apply(console, all);
    };
  }
  // A worker whose script is still on its way when the page is left: Firefox calls that an error, and says no more.
  let leaving = false;
  addEventListener("beforeunload", () => { leaving = true; });
  window.Worker = class extends Worker {
    constructor(...all) {
      super(...all);
      this.addEventListener("error", (event) => {
        if (!leaving || event.message !== undefined) tell("error", `in a worker: ${event.message}`);
      });
    }
  };

  // Whatever the policy lets through is among these, whoever asked for it.
  const foreign = (list) => list.forEach(({ name }) => {
    if (/^(http|ws)s?:/.test(name) && new URL(name).origin !== new URL(base).origin) tell("request", name);
  });
  const observer = new PerformanceObserver((list) => foreign(list.getEntries()));
  observer.observe({ type: "resource", buffered: true });

  window.recorderIsDone = async () => {
    await new Promise((done) => setTimeout(done, 20));
    foreign(observer.takeRecords());
    while (pending.size) await Promise.all(pending);
  };
})();
