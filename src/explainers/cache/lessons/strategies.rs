//! What a cache is for, who reads and writes where, and the race that comes with it.

use crate::explainers::lesson::{ask, step};
use crate::explainers::{Lesson, Step};

pub const WHY: Lesson = Lesson {
    slug: "why",
    title: "Why cache at all",
    steps: &[
        Step {
            ask: ask(
                "No cache: every read asks the database, which takes 20 ms and works on 4 things at once. 100 requests a second. How long does a read take on average?",
                &[("2 ms", 2.0), ("about 22 ms", 22.0), ("about 100 ms", 100.0)],
                "mean",
            ),
            ..step(
                "The database alone",
                "{mean}: 1 ms there, 20 ms of work, 1 ms back, and seldom somebody has to wait. {busy} of its slots are busy.",
                "The slots of the database, on the right.",
                "read=none&rate=100",
                1.0,
            )
        },
        Step {
            ask: ask(
                "4 slots of 20 ms each: 200 operations a second at best. Now 250 arrive. And a read takes?",
                &[("about 22 ms", 22.0), ("about 30 ms", 30.0), ("over 100 ms, and growing", 140.0)],
                "mean",
            ),
            ..step(
                "More than it can",
                "{mean}, and 99% took up to {p99}: what does not fit waits, and the queue grows for as long as this lasts. At most {queue} waited. No tuning of one query helps here.",
                "The queue in front of the database.",
                "read=none&rate=250",
                1.0,
            )
        },
        Step {
            ask: ask(
                "The same 250 a second with a cache of 8 of the 24 keys. What part of the reads finds its key there?",
                &[("a third: 8 of 24", 33.0), ("more than half", 60.0), ("nearly all", 95.0)],
                "hits",
            ),
            breaks: &["single"],
            ..step(
                "A third of the keys",
                "{hits}. A third of the keys get far more than a third of the reads, because some are popular: by Zipf’s law here, as it often is. The database does {load} now, and {busy} of its slots are busy.",
                "Answers that turn back at the cache.",
                "rate=250",
                1.0,
            )
        },
        Step {
            breaks: &["single"],
            ..step(
                "What a read costs",
                "Textbooks say h · t of the cache + (1 − h) · t of the database: {formula}. A miss asks the cache first and pays for both: {formula-both}. Measured: {mean}. What is more is waiting for a slot.",
                "The tile with the mean, and what theory says below it.",
                "rate=250&t=1",
                1.0,
            )
        },
        Step {
            ask: ask(
                "Room for 20 of the 24 keys instead of 8, and no writes. How many queries does the database get in this second, of about 260 reads?",
                &[("about 20", 20.0), ("about 60", 60.0), ("about 120", 120.0)],
                "db-reads",
            ),
            breaks: &["single"],
            ..step(
                "The last per cents count most",
                "{db-reads}. From 90% to 99% looks like little, but it is a tenth of the misses, and misses are what the database sees. Think in misses.",
                "How seldom anything goes on to the database.",
                "rate=250&writes=0&capacity=20",
                1.0,
            )
        },
    ],
};

/// Nothing happens but what the step does.
macro_rules! still {
    ($rest:literal) => {
        concat!("rate=0&warm=0&keys=8&capacity=8&clients=2&", $rest)
    };
}

pub const ASIDE: Lesson = Lesson {
    slug: "aside",
    title: "Cache-aside",
    steps: &[
        step(
            "A miss",
            "The application does everything itself: C1 asks the cache, which has nothing; C1 asks the database, answers, and sets the entry for whoever comes next. It took {p99}, more than without a cache.",
            "The way of the one read.",
            still!("do=1ms:read(1,1)"),
            0.028,
        ),
        Step {
            ask: ask(
                "C2 now reads the same key. How often is the database asked in all?",
                &[("once", 1.0), ("twice", 2.0)],
                "db-reads",
            ),
            ..step(
                "A hit",
                "{db-reads}. C2’s read takes 2 ms, a round trip to the cache. The entry is there because somebody asked, not because anybody planned it: only what is read is cached.",
                "The answer that turns back at the cache.",
                still!("do=1ms:read(1,1);30ms:read(2,1)&t=0.028"),
                0.036,
            )
        },
        Step {
            ask: ask(
                "C1 writes the key, then C2 reads it. Hit or miss: how many misses will there have been?",
                &[("1: it is a hit", 1.0), ("2: it is a miss", 2.0)],
                "misses",
            ),
            ..step(
                "A write deletes",
                "{misses}. The write goes to the database, and then the entry is deleted. Nobody has to guess what the new value looks like in the cache, and the next read brings it.",
                "The delete that follows the commit.",
                still!("do=1ms:read(1,1);30ms:write(1,1);60ms:read(2,1)&t=0.029"),
                0.09,
            )
        },
        Step {
            ask: ask(
                "Instead of deleting, each writer sets the entry to what it wrote. C1 and C2 write at the same time, and C1 is held up before its set. How many entries are wrong at the end?",
                &[("0", 0.0), ("1", 1.0)],
                "stale-entries",
            ),
            breaks: &["ryw", "bounded"],
            ..step(
                "Why not set it?",
                "{stale-entries}. The database has C2’s value, the cache has C1’s, and nothing will put it right before the entry expires: two places, two orders. C2 does not even read what it wrote.",
                "The order of the commits, and the order of the sets.",
                still!("write=set&do=1ms:write(1,1);2ms:write(2,1);10ms:pause(1,40);100ms:read(2,1)&bound=80"),
                0.15,
            )
        },
        step(
            "Deleting twice is deleting",
            "The same two writers, who delete: whichever comes last, the entry is gone, and the next read brings what the database has. {stale-entries} stale entries.",
            "Two deletes in another order than the commits.",
            still!("do=1ms:write(1,1);2ms:write(2,1);10ms:pause(1,40);100ms:read(2,1)&bound=80"),
            0.14,
        ),
        Step {
            ask: ask(
                "The cache crashes under 150 requests a second. How many of the requests fail?",
                &[("none", 0.0), ("about 20", 20.0), ("all that come meanwhile", 60.0)],
                "failed",
            ),
            breaks: &["single"],
            ..step(
                "Without the cache",
                "{failed}: with cache-aside the application turns to the database. It is slower, and it is the database that has to bear it: {p99} for the slowest hundredth.",
                "All arrows go past the cache.",
                "rate=150&capacity=16&span=600&do=200ms:crash(1);400ms:restart(1)&t=0.19",
                0.6,
            )
        },
    ],
};

pub const RACE: Lesson = Lesson {
    slug: "race",
    title: "The race of cache-aside",
    steps: &[
        step(
            "An old value on its way",
            "C1 misses k1 and asks the database. While the database works on it, C1 stops: a garbage collection of 60 ms, or just a busy machine. The answer, v0, arrives and is not read. C1 does not know that time passes.",
            "C1, paused: v0 arrives and waits for it.",
            still!("bound=50&do=1ms:read(1,1);10ms:pause(1,60)"),
            0.028,
        ),
        step(
            "A write goes by",
            "C2 writes v1: the database commits, and C2 deletes the entry, as it should. There was none: C1’s value has not arrived yet.",
            "The delete, which finds nothing.",
            still!("bound=50&do=1ms:read(1,1);10ms:pause(1,60);30ms:write(2,1)&t=0.028"),
            0.056,
        ),
        Step {
            ask: ask(
                "C1 wakes up and sets what it has. Then C2, who wrote v1, reads k1. How many stale reads?",
                &[("0", 0.0), ("1", 1.0)],
                "stale",
            ),
            breaks: &["ryw", "bounded"],
            ..step(
                "Set after delete",
                "{stale}. v0 went into the cache after the delete that was to remove it, and now it is a hit for everyone. C2 does not read what it wrote, and each of the two did everything right.",
                "In the diagram: the slanted line of C1’s set, right of C2’s delete.",
                still!(
                    "bound=50&do=1ms:read(1,1);10ms:pause(1,60);30ms:write(2,1);90ms:read(2,1)&t=0.056&follow=key-1"
                ),
                0.14,
            )
        },
        Step {
            ask: ask(
                "Entries now live 40 ms. C2 reads twice: 20 ms and 50 ms after the old value was set. How many of its reads are stale?",
                &[("0", 0.0), ("1", 1.0), ("2", 2.0)],
                "stale",
            ),
            breaks: &["ryw"],
            ..step(
                "A time to live bounds it",
                "{stale}. It does not prevent the race, but what is wrong goes a time to live after it was put there. Which is a reason to have one even where every write deletes.",
                "The entry, until it expires.",
                still!(
                    "bound=50&ttl=40&do=1ms:read(1,1);10ms:pause(1,60);30ms:write(2,1);90ms:read(2,1);120ms:read(2,1)&t=0.056&follow=key-1"
                ),
                0.16,
            )
        },
        Step {
            ask: ask(
                "Memcached at Facebook hands out a lease with each miss, and a delete takes it back. How many sets are refused here?",
                &[("0", 0.0), ("1", 1.0)],
                "refused-sets",
            ),
            ..step(
                "A lease prevents it",
                "{refused-sets}: C1’s. Its lease was taken back when C2 deleted, so what it read may be old, and the cache does not take it. C2 misses, and reads v1.",
                "C1’s set, refused; {stale} stale reads.",
                still!(
                    "bound=50&flight=lease&do=1ms:read(1,1);10ms:pause(1,60);30ms:write(2,1);90ms:read(2,1)&t=0.056&follow=key-1"
                ),
                0.13,
            )
        },
        Step {
            breaks: &["ryw"],
            ..step(
                "The same with a replica",
                "Nobody is paused here, but misses are loaded from a replica that is 60 ms behind. C1 writes v1 and deletes; C2 misses, and the replica still says v0. {stale} stale reads: the lag of a replica is the same race, and a longer one.",
                "What the load brings, 20 ms after the commit.",
                still!("replica=60&do=1ms:write(1,1);40ms:read(1,1);80ms:read(2,1)&follow=key-1"),
                0.14,
            )
        },
    ],
};

pub const WRITES: Lesson = Lesson {
    slug: "writes",
    title: "Write-through, write-around, write-back",
    steps: &[
        Step {
            ask: ask(
                "Write-through: the client writes to the cache, the cache to the database, and only then it is acknowledged. How long does a write take?",
                &[("2 ms", 2.0), ("22 ms", 22.0), ("24 ms", 24.0)],
                "write-mean",
            ),
            ..step(
                "Through",
                "{write-mean}: both ways and the database’s work. In return the cache has the new value, and the read that follows is a hit. {db-reads} reads of the database.",
                "The write that goes on, and the entry that changes when the database has committed.",
                still!("write=through&read=through&do=1ms:write(1,1);40ms:read(2,1)"),
                0.05,
            )
        },
        Step {
            ask: ask(
                "Write-around: the write goes to the database only. The key was in the cache. How many of the next two reads are stale?",
                &[("0", 0.0), ("1", 1.0), ("2", 2.0)],
                "stale",
            ),
            breaks: &["ryw", "bounded"],
            ..step(
                "Around",
                "{stale}: nobody told the cache. It suits what is written and seldom read (logs, uploads), or what may be old for a while; then with a time to live. Written keys do not push others out of the cache.",
                "v1 in the database, v0 in the cache.",
                still!("write=around&bound=50&do=1ms:read(1,1);30ms:write(1,1);60ms:read(1,1);120ms:read(2,1)&t=0.029"),
                0.14,
            )
        },
        Step {
            ask: ask(
                "Write-back: acknowledged as soon as the cache has it; the database gets it later. How long does a write take?",
                &[("2 ms", 2.0), ("22 ms", 22.0), ("24 ms", 24.0)],
                "write-mean",
            ),
            ..step(
                "Back",
                "{write-mean}, a round trip to the cache. Reads see it at once. But the database does not have it: {dirty} entry is dirty.",
                "The mark of the dirty entry.",
                still!("write=back&read=through&flush=100&do=1ms:write(1,1);20ms:read(2,1)"),
                0.04,
            )
        },
        Step {
            ask: ask(
                "One key is a counter: 20 writes within 100 ms, flushed every 100 ms. How many operations does the database do for them?",
                &[("1", 1.0), ("2", 2.0), ("20", 20.0)],
                "flushes",
            ),
            ..step(
                "Many writes, one flush",
                "{flushes}. What is overwritten before the flush never reaches the database, and several keys go in one batch. That is what write-back is for: counters, last positions, sessions.",
                "The flush, with the newest value only.",
                still!(
                    "write=back&read=through&flush=100&do=1ms:write(1,1);5ms:write(2,1);10ms:write(1,1);15ms:write(2,1);20ms:write(1,1);25ms:write(2,1);30ms:write(1,1);35ms:write(2,1);40ms:write(1,1);45ms:write(2,1);50ms:write(1,1);55ms:write(2,1);60ms:write(1,1);65ms:write(2,1);70ms:write(1,1);75ms:write(2,1);80ms:write(1,1);85ms:write(2,1);90ms:write(1,1);95ms:write(2,1)"
                ),
                0.14,
            )
        },
        Step {
            ask: ask(
                "Three writes are acknowledged, and the cache crashes before the flush. How many of them are lost?",
                &[("0", 0.0), ("1", 1.0), ("3", 3.0)],
                "lost",
            ),
            breaks: &["durable", "ryw"],
            ..step(
                "The price",
                "{lost}. The clients were told that they are done. Who writes back needs the cache to be as durable as a database, by a log or by copies; or data that one can lose.",
                "What the database has after the crash.",
                still!(
                    "write=back&flush=200&do=1ms:write(1,1);2ms:write(2,2);30ms:write(1,1);60ms:crash(1);70ms:restart(1);80ms:read(1,1)&t=0.05"
                ),
                0.12,
            )
        },
        step(
            "The same crash, through",
            "{lost} lost: with write-through the database had every acknowledged write. Through is safe and slow, around keeps the cache for reads, back is fast and may lose. Compare them on one workload with “Compare”.",
            "Both values, in the database.",
            still!(
                "write=through&read=through&do=1ms:write(1,1);2ms:write(2,2);30ms:write(1,1);60ms:crash(1);70ms:restart(1);80ms:read(1,1)&t=0.05"
            ),
            0.12,
        ),
    ],
};
