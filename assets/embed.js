// <moving-parts explainer="quorum" params="n=3&w=2&r=2"></moving-parts>: a live figure in any page.
// An iframe inside a shadow root: nothing of the page gets in, nothing of the figure gets out but the events below.
(() => {
  "use strict";
  if (!window.customElements || customElements.get("moving-parts")) return;

  const TEXTS = ["explainer", "params", "lesson", "steps", "controls", "theme", "accent", "loading", "height", "src", "label"];
  const FLAGS = ["autoplay", "loop"];
  // The figure goes on where it is when one of these changes; for any other it is opened again.
  const LIVE = ["theme", "accent", "step", "height", "loading", "label"];
  const here = document.currentScript && document.currentScript.src;
  const base = () => {
    const script = here || (document.querySelector('script[src*="embed.js"]') || {}).src;
    return new URL(".", script || location.href);
  };

  const style = `:host{display:block;position:relative;contain:content;min-height:120px}
:host([hidden]){display:none}
iframe,button{border:0;width:100%;display:block;background:none;padding:0;cursor:pointer}
iframe{color-scheme:light dark;height:100%}
:host([theme=dark]) iframe{color-scheme:dark}:host([theme=light]) iframe{color-scheme:light}
img{width:100%;height:auto;display:block}
.dark{display:none}
:host([theme=dark]) .dark{display:block}:host([theme=dark]) .light{display:none}
@media (prefers-color-scheme:dark){:host(:not([theme=light])) .dark{display:block}:host(:not([theme=light])) .light{display:none}}
@media print{iframe:not(.ready){display:none}}`;

  const near = window.IntersectionObserver && new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) entry.target.load();
  }, { rootMargin: "400px" });

  const all = new Set();
  addEventListener("message", (event) => {
    const data = event.data;
    if (!data || typeof data !== "object" || data.movingParts !== 1) return;
    for (const figure of all) if (figure.hears(event.source)) figure.take(data);
  });

  class MovingParts extends HTMLElement {
    static observedAttributes = [...TEXTS, ...FLAGS, "step"];
    #frame = null;
    #shadow = this.attachShadow({ mode: "open" });
    #ready = null;
    #told = new Map();
    #number = 0;
    #waiting = [];
    #soon = 0;

    connectedCallback() {
      // What was set on the element before this script came was set past the accessors.
      for (const name of [...TEXTS, ...FLAGS, "step"]) {
        if (Object.hasOwn(this, name)) {
          const value = this[name];
          delete this[name];
          this[name] = value;
        }
      }
      all.add(this);
      this.#begin();
    }

    disconnectedCallback() {
      all.delete(this);
      if (near) near.unobserve(this);
      this.#clear();
    }

    attributeChangedCallback(name, before, after) {
      if (before === after || !this.isConnected || !all.has(this)) return;
      if (name === "height") this.#size();
      if (!LIVE.includes(name)) {
        clearTimeout(this.#soon);
        // Several attributes often change in one go.
        this.#soon = setTimeout(() => this.isConnected && this.#begin(), 0);
      } else if (name === "step") {
        if (after !== null) this.#ask("step", { to: Number(after) });
      } else if (name === "theme" || name === "accent") {
        this.#ask("look", { theme: this.theme || "auto", accent: this.accent });
      }
    }

    #clear() {
      this.#frame = null;
      this.#ready = null;
      this.#waiting = [];
      for (const [, done] of this.#told) done(null);
      this.#told.clear();
      this.#shadow.replaceChildren();
    }

    #begin() {
      this.#clear();
      // Not a <style>: a host's content security policy may refuse those.
      try {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(style);
        this.#shadow.adoptedStyleSheets = [sheet];
      } catch {
        const element = document.createElement("style");
        element.textContent = style;
        this.#shadow.append(element);
      }
      this.#size();
      if (this.explainer && !this.src) this.#poster();
      if (this.loading === "eager" || !near) this.load();
      else if (this.loading !== "click") near.observe(this);
    }

    #poster() {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-label", `Show the figure: ${this.#name()}`);
      for (const theme of ["light", "dark"]) {
        const image = document.createElement("img");
        image.src = new URL(`posters/${encodeURIComponent(this.explainer)}-${theme}.svg`, base());
        image.alt = "";
        image.className = theme;
        image.onerror = () => image.remove();
        button.append(image);
      }
      button.onclick = () => this.load();
      this.#shadow.append(button);
    }

    #name() {
      return this.label || this.explainer.replace(/-/g, " ") || "Moving Parts";
    }

    #size() {
      const fixed = parseFloat(this.height);
      if (fixed > 0) this.style.height = `${fixed}px`;
      else if (!this.#ready) this.style.removeProperty("height");
    }

    #address() {
      // `params` may be a whole link, of this page or only its fragment.
      const text = (this.params || "").trim();
      const hash = text.indexOf("#");
      let [slug, query] = hash < 0 ? [this.explainer, text.replace(/^\?/, "")]
        : text.slice(hash + 1).replace(/^\//, "").split(/\?(.*)/s);
      slug = this.explainer || slug || "";
      const link = (query || "").split("&").filter(Boolean);
      const named = link.findIndex((part) => part.startsWith("lesson="));
      const [lesson, at] = named < 0 ? [this.lesson, ""] : link[named].slice(7).split(".");
      const step = this.getAttribute("step") || at || (this.steps || "").split("-")[0];
      if (named >= 0) link.splice(named, 1);
      // Steps of no lesson in particular are those of the first.
      if (lesson || step) link.push(`lesson=${encodeURIComponent(lesson || "")}.${parseInt(step, 10) || 1}`);
      const shown = ["embed"];
      for (const name of ["controls", "theme", "accent", "steps"]) {
        if (this[name]) shown.push(`${name}=${encodeURIComponent(this[name].replace(/^#/, ""))}`);
      }
      for (const name of FLAGS) if (this[name]) shown.push(name);
      if (parseFloat(this.height) > 0) shown.push("fit");
      const page = this.src ? new URL(this.src, document.baseURI) : new URL("index.html", base());
      page.search = shown.join("&");
      page.hash = `/${slug}${link.length ? "?" + link.join("&") : ""}`;
      return page.href;
    }

    /** Opens the figure now, however far from the screen it is. */
    load() {
      if (this.#frame) return;
      if (near) near.unobserve(this);
      const frame = document.createElement("iframe");
      frame.title = this.#name();
      frame.allow = "fullscreen; clipboard-write";
      frame.src = this.#address();
      frame.style.position = "absolute";
      frame.style.opacity = "0";
      // A page that cannot start says why: that is better to look at than the picture of one that could.
      frame.onload = () => setTimeout(() => { if (this.#frame === frame && !this.#ready) this.#show(); }, 5000);
      this.#frame = frame;
      this.#shadow.append(frame);
    }

    #show() {
      this.#shadow.querySelector("button")?.remove();
      this.#frame.removeAttribute("style");
      this.#frame.className = "ready";
    }

    hears(source) {
      return this.#frame !== null && source === this.#frame.contentWindow;
    }

    take(data) {
      const { event, detail } = data;
      if (event === "state") {
        this.#told.get(data.number)?.(detail);
        this.#told.delete(data.number);
        return;
      }
      if (event === "height") {
        if (!(parseFloat(this.height) > 0) && detail > 0 && detail < 20000) this.style.height = `${Math.ceil(detail)}px`;
        return;
      }
      if (event === "release") {
        this.#frame.blur();
        window.focus();
        return;
      }
      if (event === "ready") {
        this.#ready = detail;
        this.#show();
        for (const message of this.#waiting.splice(0)) this.#send(message);
      }
      if (["ready", "stepchange", "statechange", "checkbroken"].includes(event)) {
        this.dispatchEvent(new CustomEvent(event, { detail }));
      }
    }

    #send(message) {
      // To whatever origin it has: in a sandbox that is none. Nothing in a message is secret.
      this.#frame?.contentWindow?.postMessage({ movingParts: 1, ...message }, "*");
    }

    #ask(call, more) {
      const message = { call, ...more };
      if (this.#ready) this.#send(message);
      else if (call !== "step" || this.#frame) this.#waiting.push(message);
    }

    play() { this.load(); this.#ask("play"); }
    pause() { this.#ask("pause"); }
    /** To a moment, in seconds of the run. */
    seek(seconds) { this.load(); this.#ask("seek", { to: Number(seconds) }); }

    /** What it shows: a promise of { link, time, end, playing, lesson, step, steps, broken }. */
    state() {
      this.load();
      return new Promise((done) => {
        const number = ++this.#number;
        this.#told.set(number, done);
        this.#ask("state", { number });
      });
    }

    /** `step(3)`, `step("next")`, `step("back")`; `step = 3` is the attribute. */
    get step() {
      const step = (to = "next") => { this.load(); this.#ask("step", { to }); };
      step.valueOf = () => Number(this.getAttribute("step"));
      return step;
    }
    set step(to) {
      if (to === null || to === undefined || to === "") this.removeAttribute("step");
      else this.setAttribute("step", String(Number(to)));
    }
  }

  for (const name of TEXTS) {
    Object.defineProperty(MovingParts.prototype, name, {
      get() { return this.getAttribute(name) || ""; },
      set(value) {
        if (value === null || value === undefined) this.removeAttribute(name);
        else this.setAttribute(name, value);
      },
      configurable: true,
      enumerable: true,
    });
  }
  for (const name of FLAGS) {
    Object.defineProperty(MovingParts.prototype, name, {
      get() { return this.hasAttribute(name); },
      set(on) { this.toggleAttribute(name, Boolean(on)); },
      configurable: true,
      enumerable: true,
    });
  }
  customElements.define("moving-parts", MovingParts);
})();
