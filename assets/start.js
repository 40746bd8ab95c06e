import init, { initSync } from "./app.js";
import { connect } from "./parts.js";

connect(initSync);
// Without an argument, app.js fetches the .wasm beside itself: right on any host and sub-path.
init().then(window.movingPartsLoading.done, window.movingPartsLoading.failed);
