//! What can be measured on the reader's machine, and which number of the table it stands beside.

use super::scene::Sketch;
use crate::explainers::{Kernel, Measured, Probe};
use crate::models::latency::kernels::{Branches, Chase, Compress, Hashing, Json, Sort, Sweep};

macro_rules! kernels {
    ($($name:ty),*) => {
        $(impl Kernel for $name {
            fn run(&mut self, times: u32) -> u32 {
                <$name>::run(self, times)
            }
        })*
    };
}

kernels!(Branches, Chase, Compress, Hashing, Json, Sort, Sweep);

/// The steps of the staircase first, from the nearest cache to memory.
pub static PROBES: &[Probe] = &[
    Probe { key: "chase-4k", title: "One step of a chase through 4 KiB", make: || Box::new(Chase::new(4 << 10)) },
    Probe { key: "chase-16k", title: "… through 16 KiB", make: || Box::new(Chase::new(16 << 10)) },
    Probe { key: "chase-64k", title: "… through 64 KiB", make: || Box::new(Chase::new(64 << 10)) },
    Probe { key: "chase-256k", title: "… through 256 KiB", make: || Box::new(Chase::new(256 << 10)) },
    Probe { key: "chase-1m", title: "… through 1 MiB", make: || Box::new(Chase::new(1 << 20)) },
    Probe { key: "chase-4m", title: "… through 4 MiB", make: || Box::new(Chase::new(4 << 20)) },
    Probe { key: "chase-16m", title: "… through 16 MiB", make: || Box::new(Chase::new(16 << 20)) },
    Probe { key: "chase-64m", title: "… through 64 MiB", make: || Box::new(Chase::new(64 << 20)) },
    Probe { key: "sweep", title: "Read 1 MiB in sequence", make: || Box::new(Sweep::new()) },
    Probe { key: "sorted", title: "A branch that is foreseen", make: || Box::new(Branches::new(false)) },
    Probe { key: "shuffled", title: "A branch that is not", make: || Box::new(Branches::new(true)) },
    Probe { key: "hash-64", title: "Hash 64 B (xxHash64)", make: || Box::new(Hashing::new(64)) },
    Probe { key: "hash-1k", title: "Hash 1 kB (xxHash64)", make: || Box::new(Hashing::new(1_000)) },
    Probe { key: "squeeze", title: "Compress 1 kB (a small LZ77)", make: || Box::new(Compress::new(1_000)) },
    Probe { key: "sort", title: "Sort 1,000 numbers", make: || Box::new(Sort::new()) },
    Probe { key: "json", title: "Read and write 1 kB of JSON", make: || Box::new(Json::new()) },
];

/// What the page measures by itself.
const OTHERS: [(&str, &str); 2] =
    [("clock", "A step of the browser’s clock"), ("message", "A message to a thread and back")];

/// What it is called, and its place in the list.
pub fn title(key: &str) -> Option<(usize, &'static str)> {
    let all = PROBES.iter().map(|probe| (probe.key, probe.title)).chain(OTHERS);
    all.enumerate().find(|(_, (known, _))| *known == key).map(|(i, (_, title))| (i, title))
}

/// Which measurements stand beside a number of the table.
pub fn beside(key: &str) -> Option<&'static str> {
    [
        ("l1", "chase-4k"),
        ("l2", "chase-256k"),
        ("memory", "chase-64m"),
        ("memory-mb", "sweep"),
        ("hash", "hash-64"),
        ("compress", "squeeze"),
        ("mispredict", "mispredict"),
    ]
    .into_iter()
    .find(|(number, _)| *number == key)
    .map(|(_, probe)| probe)
}

pub fn measured(sketch: &mut Sketch, key: &str, found: Measured) {
    let sane = [found.low, found.middle, found.high].iter().all(|ns| ns.is_finite() && *ns >= 0.0);
    if !sane || (title(key).is_none() && key != "mispredict") {
        return;
    }
    put(sketch, key, found);
    let of = |key: &str| sketch.found.iter().find(|(known, _)| known == key).map(|(_, found)| *found);
    if let (Some(sorted), Some(shuffled)) = (of("sorted"), of("shuffled")) {
        // Every second guess is wrong where nothing can be foreseen.
        let wrong = |a: f64, b: f64| (2.0 * (a - b)).max(0.0);
        let middle = wrong(shuffled.middle, sorted.middle);
        let (low, high) = (wrong(shuffled.low, sorted.high), wrong(shuffled.high, sorted.low));
        if middle > 0.0 {
            put(sketch, "mispredict", Measured { low, middle, high });
        }
    }
}

fn put(sketch: &mut Sketch, key: &str, found: Measured) {
    match sketch.found.iter_mut().find(|(known, _)| known == key) {
        Some(known) => known.1 = found,
        None => sketch.found.push((key.to_string(), found)),
    }
}
