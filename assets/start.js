import init, { initSync } from "./app.js";
import { connect } from "./parts.js";

connect(initSync);
// Without an argument, app.js fetches the .wasm beside itself: right on any host and sub-path.
init().then(() => {
  window.movingPartsLoading.done();
  // When the page has all it needs, and never for somebody else's page.
  if (/^http/.test(location.protocol) && !/[?&]embed\b/.test(location.search)) {
    setTimeout(() => import("./offline.js").catch(() => {}), 3000);
  }
}, window.movingPartsLoading.failed);
