// Keeps every file of one build, so that the next visit needs no network. The build writes the list.
"use strict";
const FILES = {};
const VERSION = "dev";
const OURS = "moving-parts ";
const here = new URL("./", location.href);
// Several copies of the app may share a host.
const CACHE = `${OURS}${here.pathname} ${VERSION}`;
const mine = (name) => name.startsWith(`${OURS}${here.pathname} `);

const olds = async () => (await caches.keys()).filter((name) => mine(name) && name !== CACHE);

async function keep(cache, name) {
  const url = new URL(name, here);
  const integrity = FILES[name];
  // A name with a hash says what is in it: what the version before has need not come again.
  const known = /-[0-9a-f]{8}\.\w+$/.test(name);
  let answer = known && await caches.match(url);
  if (!answer) {
    // A file of another version is refused: the new one comes whole, or not yet.
    answer = await fetch(url, { integrity, cache: known ? "default" : "no-cache" });
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  }
  // Hosts that leave out “.html” redirect, and a redirected answer cannot be a page.
  const { headers, redirected } = answer;
  await cache.put(url, redirected ? new Response(await answer.blob(), { headers }) : answer);
}

addEventListener("install", (event) => event.waitUntil((async () => {
  const cache = await caches.open(CACHE);
  const names = Object.keys(FILES);
  const one = async () => { while (names.length) await keep(cache, names.shift()); };
  try {
    await Promise.all([one(), one(), one(), one()]);
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
})()));

addEventListener("activate", (event) => event.waitUntil((async () => {
  // Another tab may be in the middle of a lesson with the version before: that one's files stay until the next time.
  const tabs = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const old = await olds();
  const go = tabs.length > 1 ? old.slice(0, -1) : old;
  await Promise.all(go.map((name) => caches.delete(name)));
})()));

// Only the reader says when.
addEventListener("message", (event) => { if (event.data === "take") skipWaiting(); });

async function answer(request, url) {
  const cache = await caches.open(CACHE);
  const paths = [url.pathname];
  if (request.mode === "navigate") {
    if (url.pathname === here.pathname) paths.push(`${here.pathname}index.html`);
    paths.push(`${url.pathname}.html`);
  }
  for (const path of paths) {
    const found = await cache.match(new URL(path, here));
    if (found) return found;
  }
  return (await caches.match(url)) ?? fetch(request);
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !url.href.startsWith(here.href)) return;
  url.search = url.hash = "";
  event.respondWith(answer(request, url));
});
