//! How many copies, and how many of them to wait for.

use super::{ask, step};
use crate::explainers::{Lesson, Step};

pub const ONE_COPY: Lesson = Lesson {
    slug: "one-copy",
    title: "One copy, and its loss",
    steps: &[
        step(
            "One copy",
            "Key x is kept on [A](node-1) and nowhere else. Client 1 writes v1, client 2 reads it through [B](node-2), which asks A. There is one truth and one place to ask.",
            "The write and the read both go to A, whichever node the client talks to.",
            "n=1&w=1&r=1&do=1ms:write(1,x);40ms:read(2,x)",
            75,
        ),
        Step {
            ask: ask(
                "A crashes, then client 2 reads. What share of the two operations of this run will have succeeded?",
                &[("all", 100.0), ("half", 50.0), ("none", 0.0)],
                "available",
            ),
            ..step(
                "The copy is down",
                "Nobody else can answer for A, so client 2 waits {read-took} and gives up. The data is safe on A’s disk, and of no use to anyone until A is back.",
                "B keeps waiting for an answer that cannot come.",
                "n=1&w=1&r=1&do=1ms:write(1,x);40ms:crash(1);50ms:read(2,x)&t=39ms",
                160,
            )
        },
        Step {
            breaks: &["durable", "strong", "linearizable"],
            ..step(
                "The copy is gone",
                "This time A loses its disk. v1 had been acknowledged to client 1, and now nobody has it. No protocol brings back what is stored nowhere.",
                "The checks: “No acknowledged write is lost” breaks the moment the disk is replaced.",
                "n=1&w=1&r=1&do=1ms:write(1,x);40ms:wipe(1);50ms:read(2,x)&t=39ms",
                90,
            )
        },
        Step {
            ask: ask(
                "Three copies now, on A, B and C. A’s disk is replaced again. How many copies of v1 are left?",
                &[("none", 0.0), ("1", 1.0), ("2", 2.0), ("3", 3.0)],
                "copies",
            ),
            ..step(
                "Three copies",
                "The write was sent to all three at once. A forgets, and {copies} copies are left: the read finds v1 all the same.",
                "A is empty, B and C still hold v1.",
                "w=1&r=1&do=1ms:write(1,x);40ms:wipe(1);50ms:read(2,x)&t=39ms",
                90,
            )
        },
        Step {
            breaks: &["overlap", "durable", "strong", "linearizable"],
            ..step(
                "Sent is not stored",
                "Three copies were meant, but A was cut off when the write came, and W = 1 was content with A’s own copy. A’s disk dies, and an acknowledged write is lost. What survives is decided by how many copies you waited for, not by how many you asked for.",
                "The messages to B and C end at the cut.",
                "w=1&r=1&do=1ms:cut(1);2ms:write(1,x);40ms:wipe(1);45ms:heal;50ms:read(2,x)",
                90,
            )
        },
    ],
};

pub const FASTEST: Lesson = Lesson {
    slug: "one-answer",
    title: "N = 3, and one answer is enough",
    steps: &[
        step(
            "The first one wins",
            "x is on A, B and C. With W = 1 a write is done at the first acknowledgement, with R = 1 a read at the first answer. All three get the message anyway; the client just does not wait for them.",
            "The count beside the coordinator, and the acknowledgements that come after it is full.",
            "w=1&r=1&do=1ms:write(1,x);40ms:read(2,x)",
            80,
        ),
        Step {
            ask: ask(
                "v2 has been acknowledged. Client 2 reads 2 ms later. Which version does it get?",
                &[("v1", 1.0), ("v2", 2.0)],
                "answer",
            ),
            breaks: &["overlap", "strong", "linearizable"],
            ..step(
                "Too early for everyone to know",
                "It gets {answer}. B had acknowledged v2, but A answered the read first, and v2 was still on its way to A. Nothing failed here: it is only that one message overtook another.",
                "Follow the read: the answer that counts left A before v2 arrived there.",
                "w=1&r=1&delay=lnkd-disk&do=1ms:write(1,x);60ms:write(1,x);66ms:read(2,x)&t=65ms",
                70,
            )
        },
        Step {
            ask: ask(
                "Two clients, 60 operations/s each, half of them reads, with the delays of disks. How many per cent of reads are stale?",
                &[],
                "stale",
            ),
            breaks: &["overlap", "read-your-writes", "strong", "linearizable"],
            ..step(
                "How often?",
                "{stale} of the reads miss a write that had been acknowledged before they began. It even happens that a client does not see what it has just written itself.",
                "The checks, and which operations broke them.",
                "w=1&r=1&delay=lnkd-disk&load=60&span=2000",
                2_100,
            )
        },
        Step {
            breaks: &["overlap", "read-your-writes", "strong", "linearizable"],
            charts: &["staleness"],
            ..step(
                "It heals by itself",
                "A moment later all replicas have the newest version: {copies} of 3. That is all that “eventually consistent” promises, and it says nothing about when. The chart answers that: the chance that a read sees a write, by the time that has passed since.",
                "The curve in the chart of reads that see a write.",
                "w=1&r=1&delay=lnkd-disk&load=60&span=2000",
                2_100,
            )
        },
        Step {
            ask: ask(
                "LinkedIn’s solid-state disks in place of spinning ones. Will more or fewer reads be stale, in per cent?",
                &[("fewer than 5%", 1.0), ("about 15%", 15.0), ("about 40%", 40.0)],
                "stale",
            ),
            breaks: &["overlap"],
            charts: &["staleness"],
            ..step(
                "It is the spread that matters",
                "{stale}. What makes reads stale is not that messages are slow but that some are much slower than others: a write that lingers is overtaken. Solid-state disks have a shorter tail.",
                "The staleness chart once more: it starts much higher and is done much sooner.",
                "w=1&r=1&delay=lnkd-ssd&load=60&span=2000",
                2_100,
            )
        },
    ],
};

pub const MAJORITY: Lesson = Lesson {
    slug: "majority",
    title: "A majority of each",
    steps: &[
        step(
            "Two of three, twice",
            "W = 2 and R = 2. Any two of three replicas and any other two have one in common, so among the answers of a read there is always one from a replica that took the last acknowledged write. That is what R + W > N means.",
            "Who acknowledged the write, and who answered the read.",
            "do=1ms:write(1,x);40ms:read(2,x)",
            80,
        ),
        Step {
            ask: ask(
                "Two clients with 60 operations/s each, on LinkedIn’s spinning disks, and W = R = 2. How many per cent of reads are stale?",
                &[("none", 0.0), ("about 5%", 5.0), ("about 13%", 13.0)],
                "stale",
            ),
            breaks: &["linearizable"],
            ..step(
                "No stale read",
                "{stale} of the reads are stale. This is no luck: the overlap does not depend on how long messages take. The last check breaks all the same; “Why overlap is not linearizability” shows why.",
                "The check “Each read counts a replica that had acknowledged the newest write” holds.",
                "delay=lnkd-disk&load=60&span=2000",
                2_100,
            )
        },
        Step {
            breaks: &["linearizable"],
            charts: &["grid"],
            ..step(
                "What it costs",
                "A read now takes {read-median} in the middle; with R = 1 it was less, because the second of three answers comes later than the first. The grid runs the same load under every R and W.",
                "The framed cell, its neighbours, and the diagonal where R + W becomes larger than 3.",
                "delay=lnkd-disk&load=60&span=2000",
                2_100,
            )
        },
        Step {
            ask: ask(
                "C crashes. How many per cent of the operations still succeed?",
                &[("all", 100.0), ("two thirds", 67.0), ("none after the crash", 10.0)],
                "available",
            ),
            ..step(
                "One down",
                "{available}: two are left, and two is all that anybody waits for. This is why clusters of three wait for two.",
                "C is down, and no request waits for it.",
                "do=1ms:write(1,x);40ms:crash(3);45ms:write(1,x);90ms:read(2,x);130ms:write(2,x)&t=39ms",
                170,
            )
        },
        Step {
            ask: ask(
                "Now W = 3, R = 1: still R + W > N, and reads are as fast as can be. C crashes; then one write and one read. What does the write do?",
                &[("it is acknowledged", 30.0), ("it times out after 100 ms", 102.0)],
                "write-took",
            ),
            ..step(
                "Another way to overlap",
                "With W = 3 every replica must answer, so one that is down stops all writes: the write gives up after {write-took}. Reads need any one replica. A quorum is a choice of which operation pays.",
                "The write waits for the third acknowledgement; the read does not.",
                "w=3&r=1&do=1ms:write(1,x);50ms:crash(3);55ms:write(1,x);170ms:read(2,x)&t=49ms",
                210,
            )
        },
    ],
};
