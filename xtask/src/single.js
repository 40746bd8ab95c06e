// One file with everything inside. `pack` wrote the files one after the other, compressed (LZMA, lc 3, lp 0, pb 0) and
// as text: 13 bits in two of 93 characters.
"use strict";
const LIST = [];
const BYTES = 0;

const bytesOf = (text) => {
  const out = new Uint8Array(BYTES);
  let at = 0, bits = 0, held = 0, first = -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 33) continue;
    const digit = code - 33 - (code > 60);
    if (first < 0) { first = digit; continue; }
    held |= (first * 93 + digit) << bits;
    first = -1;
    for (bits += 13; bits > 7; bits -= 8, held >>>= 8) out[at++] = held;
  }
  return out;
};

const unpacked = (src, size) => {
  const out = new Uint8Array(size);
  const odds = (n) => new Uint16Array(n).fill(1024);
  const lengths = () => [odds(2), odds(8), odds(8), odds(256)];
  const literal = odds(0x300 << 3), isMatch = odds(12), isRep = odds(12), isRep0Long = odds(12);
  const isRep0 = odds(12), isRep1 = odds(12), isRep2 = odds(12);
  const slots = [odds(64), odds(64), odds(64), odds(64)], special = odds(128), align = odds(16);
  const matchLength = lengths(), repLength = lengths();
  let from = 5, range = 0xffffffff, code = 0, at = 0, state = 0, rep0 = 0, rep1 = 0, rep2 = 0, rep3 = 0;
  for (let i = 1; i < 5; i++) code = code * 256 + src[i];
  const more = () => {
    if (range < 0x1000000) {
      range *= 256;
      code = code * 256 + (src[from++] | 0);
    }
  };
  const bit = (p, i) => {
    const bound = (range >>> 11) * p[i];
    let one = 0;
    if (code < bound) {
      range = bound;
      p[i] += (2048 - p[i]) >>> 5;
    } else {
      range -= bound;
      code -= bound;
      p[i] -= p[i] >>> 5;
      one = 1;
    }
    more();
    return one;
  };
  const tree = (p, bits) => {
    let m = 1;
    for (let i = 0; i < bits; i++) m = m << 1 | bit(p, m);
    return m - (1 << bits);
  };
  const reverse = (p, offset, bits) => {
    let m = 1, sum = 0;
    for (let i = 0; i < bits; i++) {
      const one = bit(p, offset + m);
      m = m << 1 | one;
      sum |= one << i;
    }
    return sum;
  };
  const direct = (bits) => {
    let sum = 0;
    for (; bits > 0; bits--) {
      range = range >>> 1;
      const one = code >= range;
      if (one) code -= range;
      sum = sum * 2 + one;
      more();
    }
    return sum;
  };
  const length = ([choice, low, middle, high]) => {
    if (!bit(choice, 0)) return tree(low, 3);
    return bit(choice, 1) ? 16 + tree(high, 8) : 8 + tree(middle, 3);
  };
  while (at < size) {
    if (!bit(isMatch, state)) {
      const base = 0x300 * ((at ? out[at - 1] : 0) >>> 5);
      let m = 1;
      if (state > 6) {
        let match = out[at - rep0 - 1];
        while (m < 256) {
          const other = match >>> 7 & 1;
          match <<= 1;
          const one = bit(literal, base + ((1 + other) << 8) + m);
          m = m << 1 | one;
          if (other !== one) break;
        }
      }
      while (m < 256) m = m << 1 | bit(literal, base + m);
      out[at++] = m;
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      continue;
    }
    let count;
    if (bit(isRep, state)) {
      if (!bit(isRep0, state)) {
        if (!bit(isRep0Long, state)) {
          state = state < 7 ? 9 : 11;
          out[at] = out[at - rep0 - 1];
          at++;
          continue;
        }
      } else {
        let far = rep1;
        if (bit(isRep1, state)) {
          far = rep2;
          if (bit(isRep2, state)) {
            far = rep3;
            rep3 = rep2;
          }
          rep2 = rep1;
        }
        rep1 = rep0;
        rep0 = far;
      }
      count = length(repLength);
      state = state < 7 ? 8 : 11;
    } else {
      rep3 = rep2;
      rep2 = rep1;
      rep1 = rep0;
      count = length(matchLength);
      state = state < 7 ? 7 : 10;
      const slot = tree(slots[Math.min(count, 3)], 6);
      rep0 = slot;
      if (slot > 3) {
        const bits = (slot >> 1) - 1;
        rep0 = (2 | slot & 1) << bits;
        if (slot < 14) rep0 += reverse(special, rep0 - slot, bits);
        else rep0 += direct(bits - 4) * 16 + reverse(align, 0, 4);
      }
    }
    for (count += 2; count > 0; count--, at++) out[at] = out[at - rep0 - 1];
  }
  return out;
};

const inWorker = typeof document === "undefined";
const files = new Map();
const KINDS = { wasm: "application/wasm", svg: "image/svg+xml" };
// Only what is inside is ever asked for.
const fetch = async (url) => {
  const name = new URL(url).pathname.slice(1);
  const bytes = files.get(name);
  if (!bytes) throw new TypeError(`${name} is not in this file`);
  return new Response(bytes, { headers: { "content-type": KINDS[name.split(".").pop()] ?? "application/octet-stream" } });
};
// The same text in a thread of its own; where the browser refuses, the page does the work itself.
const Worker = function (_) {
  const text = new Blob([document.getElementById("program").textContent], { type: "text/javascript" });
  const worker = new globalThis.Worker(URL.createObjectURL(text));
  worker.postMessage(files);
  return worker;
};

const parts = {}, app = {};
{
/* PARTS */
}
{
/* APP */
}
parts.connect(app.initSync);

if (inWorker) {
  onmessage = (event) => {
    onmessage = null;
    event.data.forEach((bytes, name) => files.set(name, bytes));
    app.init();
  };
} else {
  const loading = window.movingPartsLoading;
  try {
    const place = document.getElementById("files");
    const all = unpacked(bytesOf(place.textContent), LIST.reduce((sum, [, size]) => sum + size, 0));
    place.remove();
    let from = 0;
    for (const [name, size] of LIST) {
      files.set(name, all.subarray(from, from + size));
      from += size;
    }
    // Pictures by their names.
    const urls = new Map();
    const set = Element.prototype.setAttribute;
    HTMLImageElement.prototype.setAttribute = function (key, value) {
      if (key === "src" && files.has(value)) {
        if (!urls.has(value)) urls.set(value, URL.createObjectURL(new Blob([files.get(value)], { type: KINDS.svg })));
        value = urls.get(value);
      }
      set.call(this, key, value);
    };
    app.init().then(loading.done, loading.failed);
  } catch (error) {
    loading.failed(error);
  }
}
