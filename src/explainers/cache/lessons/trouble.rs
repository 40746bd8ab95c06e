//! What goes wrong with caches in production.

use crate::explainers::lesson::{ask, step};
use crate::explainers::{Lesson, Step};

macro_rules! herd {
    ($rest:literal) => {
        concat!("rate=0&clients=8&warm=50&keys=8&", $rest, "&do=10ms:expire(1);11ms:burst(64,1)")
    };
}

pub const STAMPEDE: Lesson = Lesson {
    slug: "stampede",
    title: "The stampede",
    steps: &[
        Step {
            ask: ask(
                "A popular key expires, and 64 reads of it arrive in the same moment. How many times is it loaded from the database?",
                &[("once", 1.0), ("8 times: once per client", 8.0), ("64 times", 64.0)],
                "db-reads",
            ),
            breaks: &["single"],
            ..step(
                "All at once",
                "{db-reads}. Each finds nothing and loads for itself; none knows of the others. The database has 4 slots: the last read took {slowest}, for a value that one load would have brought in 24 ms.",
                "The queue in front of the database: 64 times the same.",
                herd!("flight=each"),
                0.35,
            )
        },
        Step {
            ask: ask(
                "Single flight in the clients: one load of a key at a time in each process, the others wait for it. How many loads?",
                &[("1", 1.0), ("8", 8.0), ("64", 64.0)],
                "db-reads",
            ),
            breaks: &["single"],
            ..step(
                "One per process",
                "{db-reads}: one in each of eight clients. That is often enough. With a thousand clients it is not.",
                "Eight loads, and reads that wait for them.",
                herd!("flight=single"),
                0.1,
            )
        },
        Step {
            ask: ask(
                "Leases: the cache gives the right to load to the first that misses, and tells others to ask again in a moment. How many loads?",
                &[("1", 1.0), ("8", 8.0), ("64", 64.0)],
                "db-reads",
            ),
            ..step(
                "One in all",
                "{db-reads}. Whoever comes meanwhile waits and asks again; the slowest took {slowest}. A cache that loads by itself (read-through) does the same without anybody asking twice.",
                "The one load, and those who ask again.",
                herd!("flight=lease"),
                0.1,
            )
        },
        Step {
            ask: ask(
                "A key with 500 reads a second lives 100 ms. Each expiry is a small stampede. How many loads in one second?",
                &[("about 8: one for each time it expires", 8.0), ("about 90", 87.0)],
                "db-reads",
            ),
            breaks: &["single"],
            ..step(
                "Every time it expires",
                "{db-reads}: until the new value is there, every read is a miss.",
                "Hits and misses, in waves.",
                "rate=500&hot=100&keys=2&ttl=100&span=1000&writes=0&clients=8&slots=100&warm=10",
                1.0,
            )
        },
        Step {
            ask: ask(
                "Early refresh: a hit reloads by chance, the likelier the nearer the end. How many loads now, of the same reads?",
                &[("about 10", 10.0), ("about 40", 40.0), ("about as many", 90.0)],
                "db-reads",
            ),
            breaks: &["single"],
            ..step(
                "Before it expires",
                "{db-reads}, and only {misses} of them for a read that found nothing. Somebody has rolled the dice and loads while all others still get the old value (Vattani and others, 2015). Nobody has to coordinate anything; so now and then several load at once.",
                "A load under way while others hit.",
                "early=100&rate=500&hot=100&keys=2&ttl=100&span=1000&writes=0&clients=8&slots=100&warm=10",
                1.0,
            )
        },
        step(
            "The cache looks ahead",
            "Refresh-ahead: a cache that loads by itself reloads what is asked for in the last 40% of its life. {db-reads} loads, {hits} hits. It suits keys that are always hot; of others it reloads what nobody will read again.",
            "Loads that no client waits for.",
            "read=ahead&ahead=40&flight=single&rate=500&hot=100&keys=2&ttl=100&span=1000&writes=0&clients=8&slots=100&warm=10",
            1.0,
        ),
    ],
};

macro_rules! attacked {
    ($rest:literal) => {
        concat!(
            $rest,
            "&rate=300&absent=50&writes=0&span=1000&keys=50&capacity=60&slots=20&warm=2000&flight=single&read=through"
        )
    };
}

pub const ABSENT: Lesson = Lesson {
    slug: "absent",
    title: "Keys that do not exist",
    steps: &[
        Step {
            ask: ask(
                "The cache has room for all keys, so nearly every read would be a hit. But half of the reads ask for keys that do not exist. What part of the reads reaches the database?",
                &[("nearly none", 2.0), ("about a quarter", 25.0), ("more than 40%", 43.0)],
                "missed",
            ),
            ..step(
                "Penetration",
                "{missed}: there is nothing to cache of a key that does not exist, so each read of it goes through, but for those that wait for a load under way. Typing errors, crawlers, and somebody who means it.",
                "Reads that find nothing, in the cache and in the database.",
                attacked!("ttl=0"),
                1.0,
            )
        },
        Step {
            ask: ask(
                "Negative caching: it is kept, too, that a key does not exist. What part reaches the database now?",
                &[("nearly none", 2.0), ("about a quarter", 27.0), ("as before", 43.0)],
                "missed",
            ),
            ..step(
                "Remember the absence",
                "{missed}. It helps where the same absent keys are asked for again. They take room, though: {evictions} evictions, where there had been none. And who asks for a new one each time is not stopped.",
                "Entries that say: no such key.",
                attacked!("negative=on"),
                1.0,
            )
        },
        Step {
            ask: ask(
                "A Bloom filter with 10 bits per key knows all keys that exist. How many of about 150 absent ones get past it?",
                &[("0 to 3", 1.0), ("about 15", 15.0), ("about 75", 75.0)],
                "passed",
            ),
            ..step(
                "Ask a filter first",
                "{passed} of them; {filtered} were turned away at once. In theory it is 0.8% at ten bits per key: a filter never denies a key that exists, and seldom admits one that does not.",
                "Reads that end before they begin.",
                attacked!("bloom=10"),
                1.0,
            )
        },
        Step {
            ask: ask(
                "The same with 3 bits per key. How many get past now?",
                &[("0 to 3", 1.0), ("about 35", 35.0), ("about 100", 100.0)],
                "passed",
            ),
            ..step(
                "Bits against errors",
                "{passed}. Fewer bits, more false positives: each costs a read of the database, and nothing worse. New keys have to go into the filter before anybody asks for them.",
                "The tile, against the step before.",
                attacked!("bloom=3"),
                1.0,
            )
        },
        step(
            "Both",
            "A filter keeps out what never existed, negative entries what it lets pass, and what has been deleted since it was built. {missed} reach the database; here the filter alone is enough, as no key is deleted. And a limit on requests per client is for who means it.",
            "How quiet the database is.",
            attacked!("bloom=10&negative=on"),
            1.0,
        ),
    ],
};

pub const PRODUCTION: Lesson = Lesson {
    slug: "production",
    title: "What to watch in production",
    steps: &[
        Step {
            ask: ask(
                "A cache with 97% hits restarts, empty, under 500 reads a second; the database can do 200. How many requests wait in front of it at most?",
                &[("fewer than 10", 5.0), ("about 30", 30.0), ("about 100", 105.0)],
                "queue",
            ),
            ..step(
                "A cold restart",
                "{queue}. The database was sized for the misses of a warm cache. Watch the queries it would get without the cache, and warm up (or let in slowly) before it takes all traffic.",
                "The moment after the restart.",
                "rate=500&work=uniform&keys=400&capacity=390&writes=0&clients=8&read=through&flight=single&warm=20000&span=1000&do=300ms:crash(1);310ms:restart(1)&t=0.29",
                1.0,
            )
        },
        Step {
            ask: ask(
                "Four nodes share the keys. Half of all requests go to one key. What part of the requests does the busiest node get?",
                &[("25%", 25.0), ("about 40%", 40.0), ("more than 60%", 63.0)],
                "busiest",
            ),
            ..step(
                "A hot key",
                "{busiest}: one key is on one node, and more nodes do not help it. Watch requests per node and the top keys; copies of the hot key, or a small cache in each client, do help.",
                "The node that all arrows go to.",
                "nodes=4&hot=50&rate=400&keys=100&capacity=30&writes=0&slots=40&warm=5000&span=600",
                0.6,
            )
        },
        Step {
            ask: ask(
                "1,000 keys, all the same, room for 20; the cache is 20 ms away, the database takes 10 ms in all. Without the cache a read takes 10 ms. With it?",
                &[("about 10 ms", 10.0), ("about 20 ms", 20.0), ("about 30 ms", 30.0)],
                "mean",
            ),
            breaks: &["single"],
            ..step(
                "A cache that makes it slower",
                "{mean}, with {hits} hits: nearly every read asks both, in vain first. A cache is worth it only if h · t of the database is more than t of the cache.",
                "Misses, misses.",
                "rate=300&work=uniform&keys=1000&capacity=20&db=8&slots=50&writes=0&span=600&hop=20&warm=2000",
                0.6,
            )
        },
        Step {
            ask: ask(
                "The database becomes three times as slow for 200 ms. Most reads are hits. How many wait at most?",
                &[("none: hits hide it", 0.0), ("about 10", 10.0), ("about 100", 100.0)],
                "queue",
            ),
            breaks: &["single"],
            ..step(
                "A slow database behind it",
                "{queue}. Most reads are hits and stay fast, so the mean ({mean}) hides it; the 99th percentile shows it: {p99}. Best are both apart: {p99-hits} for hits, {p99-misses} for the others.",
                "Misses that take ever longer.",
                "rate=400&keys=100&capacity=60&writes=5&slots=4&db=20&warm=5000&span=1000&do=200ms:slowdb(3);400ms:slowdb(1)&t=0.19",
                1.0,
            )
        },
        Step {
            breaks: &["single"],
            ..step(
                "The dashboard",
                "Hits: {hits}. Queries that the database gets: {db-reads} in this second. The 99th percentile of reads: {p99}; of hits alone {p99-hits}, of the others {p99-misses}. Evictions: {evictions}; many of them mean too little room. Stale reads: {stale}, if you can count them. And what the database would get without the cache, {reads} reads: that is what it has to survive.",
                "The figures below the picture.",
                "rate=400&keys=100&capacity=60&writes=5&slots=20&warm=5000&span=1000",
                1.0,
            )
        },
    ],
};
