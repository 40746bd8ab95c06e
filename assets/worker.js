// The same program in a thread of its own, for long computations: it finds no window and listens for work instead.
import init, { initSync } from "./app.js";
import { connect } from "./parts.js";

connect(initSync);
init();
