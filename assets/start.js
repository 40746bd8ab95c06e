import init from "./app.js";

// Without an argument, app.js fetches the .wasm beside itself: right on any host and sub-path.
init().then(window.movingPartsLoading.done, window.movingPartsLoading.failed);
