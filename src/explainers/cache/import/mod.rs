//! The reader's own requests: what a cache of every size and every rule would make of them.

mod answer;
mod monitor;
mod read;
mod scene;
mod trace;

pub use answer::Answer;
pub use read::{MOST, Reading};
pub use trace::Trace;

use crate::explainers::lines::Lines;
use crate::explainers::{Import, Imported, Inquiry, Reader};

pub static IMPORTS: &[Import] = &[Import {
    key: "trace",
    title: "Your requests",
    hint: "A trace of requests: a key per line; a table (CSV) of time, key, size and operation, with or without names of columns; or what “redis-cli monitor” printed. Up to 10,000,000 requests or 256 MB. Reads (GET, HGET, EXISTS and the like) hit or miss; writes (SET, HSET, INCR) put their key in; DEL, FLUSHALL and what expires take it out. MGET and MSET count once for each key, and a hash or list as a whole is one entry. You get the misses of every rule at every size, how popular the keys are, how many are in use at a time, and the size of cache that is enough.",
    example: EXAMPLE,
    reader: || Box::new(Requests(Lines::up_to(Box::new(Reading::default()), read::MOST_BYTES))),
}];

const EXAMPLE: &str = include_str!("example.txt");

/// Reads a trace, and asks what caches make of it.
struct Requests(Lines);

impl Reader for Requests {
    fn push(&mut self, bytes: &[u8]) {
        self.0.push(bytes);
    }

    fn finish(self: Box<Self>) -> Imported {
        let mut found = Reader::finish(Box::new(self.0));
        if found.data.is_none() && found.summary.starts_with(read::NO_TEXT) && found.bad.is_empty() {
            found.bad.push((1, "text was expected; is this a compressed or a binary file?".into()));
        }
        let trace = found.data.take().and_then(|data| data.downcast::<Trace>().ok());
        found.inquiry = trace.map(|trace| Box::new(Answer::new(*trace)) as Box<dyn Inquiry>);
        found
    }
}
