//! Who has to go when the cache is full, and when values are too old.

use crate::explainers::lesson::{ask, step};
use crate::explainers::{Lesson, Step};

/// Room for four of eight keys, one client, and six reads: 1 2 3 4, then 1 again, then 5, which needs room, then 1.
macro_rules! seven {
    ($rest:literal) => {
        concat!(
            $rest,
            "&rate=0&warm=0&keys=8&capacity=4&clients=1&do=1ms:read(1,1);31ms:read(1,2);61ms:read(1,3);91ms:read(1,4);121ms:read(1,1);131ms:read(1,5);161ms:read(1,1)"
        )
    };
}

/// Popular keys and others, for a while.
macro_rules! busy {
    ($rest:literal) => {
        concat!(
            $rest,
            "&rate=400&keys=200&capacity=20&writes=0&slots=40&warm=20000&span=1000&flight=single&read=through"
        )
    };
}

pub const EVICTION: Lesson = Lesson {
    slug: "eviction",
    title: "Who has to go",
    steps: &[
        Step {
            ask: ask(
                "Room for four. C1 reads 1, 2, 3, 4, then 1 again, then 5, then 1. FIFO: the oldest has to go. How many of the seven reads are hits?",
                &[("0", 0.0), ("1", 1.0), ("2", 2.0)],
                "hit-count",
            ),
            ..step(
                "First in, first out",
                "{hit-count}. k5 pushes out k1, which came first, although it was asked for a moment ago; and then it is asked for again.",
                "The queue, and who leaves at its end.",
                seven!("rule=fifo"),
                0.18,
            )
        },
        Step {
            ask: ask(
                "LRU: who has not been asked for the longest has to go. How many hits now?",
                &[("0", 0.0), ("1", 1.0), ("2", 2.0)],
                "hit-count",
            ),
            ..step(
                "Least recently used",
                "{hit-count}. The second read of k1 moved it to the front, so k2 had to go. LRU bets that what was used lately will be used again.",
                "k1, which moves to the front.",
                seven!("rule=lru"),
                0.18,
            )
        },
        step(
            "SIEVE, a queue with a hand",
            "SIEVE leaves everything where it is and only marks what was asked for. The hand looks for one without a mark and clears marks on its way. As cheap as FIFO, and {hit-count} hits here: k1 was marked.",
            "The hand, passing k1 and taking k2.",
            seven!("rule=sieve"),
            0.18,
        ),
        Step {
            ask: ask(
                "200 keys, of which some are popular (Zipf), and room for 20. What part of the reads are hits under FIFO?",
                &[("10%: 20 of 200", 10.0), ("about a third", 33.0), ("about 60%", 60.0)],
                "hits",
            ),
            ..step(
                "In the long run",
                "{hits} with FIFO. Popular keys are thrown out as often as others, but they are back soon. Remember it: the next two steps run the same requests.",
                "The tile of hits.",
                busy!("rule=fifo"),
                1.0,
            )
        },
        Step {
            ask: ask(
                "The same requests with LFU, which throws out what was asked for the fewest times. And now?",
                &[("less", 20.0), ("a little more", 40.0), ("more than half", 56.0), ("nearly all", 90.0)],
                "hits",
            ),
            ..step(
                "Least frequently used",
                "{hits}. Where popularity does not change, counting is best. Where it does, LFU keeps yesterday’s favourites: try “Hot spot that shifts”.",
                "The counts beside the keys.",
                busy!("rule=lfu"),
                1.0,
            )
        },
        Step {
            charts: &["curves"],
            ..step(
                "A sketch and a doorman",
                "W-TinyLFU estimates how often everything was asked for, even what is not in the cache, with a few bits each; and lets a newcomer in only if it was asked for more often than who would have to go. {hits}. The chart compares all policies, with Bélády’s optimum, which knows the future, as the ceiling.",
                "The window, and who loses against whom; and how far each curve of the chart is from the optimum.",
                busy!("rule=tinylfu"),
                1.0,
            )
        },
    ],
};

/// Enough reads to tell chance from what a scan does.
macro_rules! long {
    ($rest:literal) => {
        concat!(
            $rest,
            "&rate=1000&keys=200&capacity=20&writes=0&slots=100&warm=20000&span=2000&flight=single&read=through"
        )
    };
}

macro_rules! looped {
    ($rest:literal) => {
        concat!(
            $rest,
            "&work=loop&rate=400&keys=200&capacity=160&writes=0&slots=40&warm=2400&span=1000&flight=single&read=through"
        )
    };
}

pub const SCAN: Lesson = Lesson {
    slug: "scan",
    title: "Scans and loops ruin LRU",
    steps: &[
        step(
            "Before the scan",
            "200 keys, room for 20, LRU: {hits} of the reads are hits. Remember it: what a scan does is measured against it.",
            "Popular keys at the front of the list.",
            long!("rule=lru"),
            2.0,
        ),
        Step {
            ask: ask(
                "Now every other request belongs to a scan, a backup say, that reads all keys in turn. A scan itself hits little. What part of all reads are hits now?",
                &[
                    ("hardly any", 2.0),
                    ("clearly less than half of before", 16.0),
                    ("half of before", 22.0),
                    ("as before", 43.0),
                ],
                "hits",
            ),
            ..step(
                "And with it",
                "{hits}: half of the reads are the scan’s, and of those {hits-scan} hit. But of the others, too, only {hits-others} do, fewer than before: each key of the scan goes to the front of the list and pushes out one that others might have asked for again.",
                "Keys that are asked for once, on their way through the whole list.",
                long!("rule=lru&work=scan"),
                2.0,
            )
        },
        step(
            "Another policy, without the scan",
            "S3-FIFO lets everything new through a small queue first. Only what is asked for at least twice more while it is there, or soon after it has left, comes into the main queue. Without a scan {hits} are hits: more than with LRU, as popular keys are what it is made for.",
            "The small queue, and those that leave it with too few hits.",
            long!("rule=s3-fifo"),
            2.0,
        ),
        Step {
            ask: ask(
                "And with the scan? What part of the reads that are not the scan’s are hits?",
                &[("about 30%, as with LRU", 29.0), ("about 45%", 45.0), ("about as many as without the scan", 59.0)],
                "hits-others",
            ),
            ..step(
                "Scan-resistant",
                "{hits-others}: the scan takes nothing away from the others; what little differs is chance. Its keys fall out of the small queue without touching the main one, and of its own reads {hits-scan} hit; together {hits}. 2Q and ARC have lists for the same purpose, W-TinyLFU counts.",
                "The small queue in motion, the main one at rest.",
                long!("rule=s3-fifo&work=scan"),
                2.0,
            )
        },
        Step {
            ask: ask(
                "200 keys are read in a loop, and there is room for 160. LRU. What part are hits?",
                &[("0%", 0.0), ("about 80%: 160 of 200", 80.0)],
                "hits",
            ),
            ..step(
                "A loop",
                "{hits}. Each key is thrown out shortly before its turn comes: a fifth too little room, and the cache is good for nothing.",
                "Who is thrown out, and who is asked for next.",
                looped!("rule=lru"),
                1.0,
            )
        },
        Step {
            ask: ask(
                "The opposite, MRU: throw out what was just used. What part now?",
                &[("0%", 0.0), ("about 80%", 80.0), ("100%", 100.0)],
                "hits",
            ),
            ..step(
                "The opposite",
                "{hits}. For a loop MRU is the best there is, and for nearly everything else the worst. No policy is good without a word about the workload: measure yours, with “Your data”.",
                "Most keys, which stay.",
                looped!("rule=mru"),
                1.0,
            )
        },
    ],
};

macro_rules! aged {
    ($rest:literal) => {
        concat!($rest, "&rate=400&keys=24&capacity=24&writes=5&slots=40&warm=2000&span=1000&bound=1000&flight=single")
    };
}

macro_rules! waves {
    ($rest:literal) => {
        concat!(
            "rate=5000&work=uniform&keys=60&capacity=100&ttl=200&span=800&writes=0&slots=60&read=through&flight=single&warm=2000&do=1ms:flush&",
            $rest
        )
    };
}

pub const TTL: Lesson = Lesson {
    slug: "ttl",
    title: "Time to live, and staleness",
    steps: &[
        Step {
            ask: ask(
                "Writes go around the cache, and entries live 200 ms. How old, at most, is what a read misses?",
                &[("at most 200 ms", 190.0), ("at most 20 ms", 20.0), ("up to a second", 1_000.0)],
                "oldest",
            ),
            breaks: &["ryw", "single"],
            ..step(
                "A bound, not a promise",
                "{oldest}: a read may find the entry just before it expires. Strictly the bound is a little more: the time to live counts from when the value is put there, and it was read before that. {stale} reads were stale, and {hits} were hits.",
                "Stale entries, until they expire.",
                aged!("write=around&ttl=200"),
                1.0,
            )
        },
        Step {
            ask: ask(
                "Entries live 40 ms instead. What part of the reads are hits now?",
                &[("as before", 75.0), ("some per cents fewer", 68.0), ("less than half", 43.0)],
                "hits",
            ),
            breaks: &["ryw", "single"],
            ..step(
                "Fresher, and fewer hits",
                "{hits}; the oldest miss of a write is {oldest}, and the database gets {load}. There is no right value: it is how old a value may be against how much the database can bear.",
                "How often entries expire.",
                aged!("write=around&ttl=40"),
                1.0,
            )
        },
        Step {
            ask: ask(
                "Back to 200 ms, and each write deletes its entry. How many stale reads are left?",
                &[("0", 0.0), ("a few", 2.0), ("about 30", 30.0)],
                "stale",
            ),
            breaks: &["single"],
            ..step(
                "Delete, and still a time to live",
                "{stale}: a write counts as acknowledged when its delete is done. Now the time to live is only the net below: for a delete that gets lost, a race, an entry that somebody forgot.",
                "Deletes that follow the commits.",
                aged!("write=delete&ttl=200"),
                1.0,
            )
        },
        Step {
            breaks: &["ryw", "single"],
            ..step(
                "The database tells",
                "Instead of the writers, the database’s change log deletes, 20 ms after the commit (change data capture). No writer can forget it, and until its message has arrived everyone reads the old value: {stale} stale reads, the oldest {oldest}.",
                "The message from the database to the cache.",
                aged!("write=log&log=20&ttl=200"),
                1.0,
            )
        },
        Step {
            ask: ask(
                "The cache was emptied, 60 keys were loaded in less than 80 ms, and each lives 200 ms. It is 240 ms now, and there have been no more loads. How many will there have been at 300 ms?",
                &[
                    ("60: they are all there", 60.0),
                    ("about 75: a quarter of the time, a quarter of the keys", 75.0),
                    ("nearly 120: all once more", 118.0),
                ],
                "db-reads",
            ),
            charts: &["queries"],
            ..step(
                "Everything at the same time",
                "{db-reads}: what was loaded together expires together, and after another pause again. This database can work on 60 things at once. In one that cannot, readers wait in a queue, which draws the wave out.",
                "The slots of the database, and its queries in the chart: a wave, and nothing, and a wave.",
                waves!("jitter=0&t=0.24"),
                0.3,
            )
        },
        Step {
            ask: ask(
                "With jitter each entry lives from half as long to half as long again. The first wave is as before, 300 loads a second in all without jitter. And now?",
                &[("about as many", 290.0), ("twice as many", 600.0)],
                "load",
            ),
            charts: &["queries"],
            ..step(
                "Jitter",
                "{load}: about as many loads, but spread; the waves run out. Any time to live wants some jitter.",
                "The chart of database queries, against the step before.",
                waves!("jitter=50"),
                0.8,
            )
        },
    ],
};
