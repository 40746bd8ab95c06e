//! A latency budget: what a hit costs, what a miss costs, and what comes of the two.

use super::{ask, step};
use crate::explainers::{Lesson, Step};

pub const WHY: Lesson = Lesson {
    slug: "why",
    title: "Why cache at all",
    steps: &[
        step(
            "Without a cache",
            "Every read goes to [the database](db-1): 1 ms there, 20 ms in it, 1 ms back. Now and then one waits because all four slots are busy. The mean is {mean} ms.",
            "The way of each request from a client to the database and back.",
            "read=none&writes=0",
            300,
        ),
        Step {
            ask: ask("How long does C1 wait?", &[("2 ms", 2.0), ("22 ms", 22.0), ("24 ms", 24.0)], "took"),
            ..step(
                "A hit",
                "[The cache](cache-1) is a place that answers fast, and has room for little. C1 reads [k1](key-1), which it has.",
                "The request turns round at the cache. The database hears nothing of it.",
                "rate=0&do=2ms:read(1,1)&follow=key-1",
                12,
            )
        },
        Step {
            ask: ask("How long does C1 wait now?", &[("2 ms", 2.0), ("22 ms", 22.0), ("24 ms", 24.0)], "took"),
            ..step(
                "A miss",
                "The cache is empty. C1 asks it in vain, and then the database. What it gets it puts into the cache, for the next one.",
                "A miss pays for both: the cache’s round trip and the database.",
                "rate=0&warm=0&do=2ms:read(1,1)&follow=key-1",
                40,
            )
        },
        Step {
            ask: ask(
                "What is the mean read, in ms?",
                &[("2 ms", 2.0), ("5 ms", 5.0), ("13 ms", 13.0), ("22 ms", 22.0)],
                "mean",
            ),
            breaks: &["single"],
            ..step(
                "Both together",
                "Three clients ask for 24 keys, the popular ones more often (Zipf). The cache holds eight, a third of them, and {hits}% of the reads are hits.",
                "h · t_cache + (1 − h) · t_db says {formula} ms, and {formula-both} ms if each miss pays for both.",
                "writes=0",
                1_000,
            )
        },
        Step {
            ask: ask(
                "What part of the reads does the cache keep from the database?",
                &[("10%", 10.0), ("30%", 30.0), ("70%", 70.0), ("95%", 95.0)],
                "saved",
            ),
            breaks: &["single"],
            ..step(
                "With more room",
                "Now twelve entries fit, half of the keys. {hits}% of the reads are hits, and the database is asked {load} times a second instead of 200: its slots are busy {busy}% of the time.",
                "What a cache saves is not only time. The database could serve many more clients.",
                "writes=0&capacity=12",
                1_000,
            )
        },
    ],
};
