//! Partitions, slow replicas, and what brings replicas together again.

use super::{ask, step};
use crate::explainers::{Lesson, Step};

pub const PARTITION: Lesson = Lesson {
    slug: "partition",
    title: "A partition, and the “else”",
    steps: &[
        step(
            "Two sides",
            "The network is cut: A and B on one side, C, D and E on the other. x is on A, B and C. Client 1 is beside A, and its side has two of the three replicas: it can write as before.",
            "The messages to C are lost at the cut, and the write is acknowledged without them.",
            "clients=3&do=1ms:write(1,x);40ms:cut(12);45ms:write(1,x)&t=39ms",
            80,
        ),
        Step {
            ask: ask(
                "Client 3 is beside C, on the other side, and reads. What does it get?",
                &[("v1, which is stale", 32.0), ("nothing: it times out", 102.0)],
                "read-took",
            ),
            ..step(
                "Consistent, not available",
                "C alone is no majority of A, B and C, however many other nodes are on its side. The read gives up after {read-took}. Refusing is the price of never answering wrongly: this is the C in CAP.",
                "C’s own answer comes in time, and is not enough.",
                "clients=3&do=1ms:write(1,x);40ms:cut(12);45ms:write(1,x);80ms:read(3,x)&t=79ms",
                190,
            )
        },
        Step {
            ask: ask(
                "Now W = R = 1, and the same read on the other side. Which version does it return?",
                &[("v1", 1.0), ("v2", 2.0), ("none", 0.0)],
                "answer",
            ),
            breaks: &["overlap", "strong", "linearizable"],
            ..step(
                "Available, not consistent",
                "It returns {answer}, although v2 was acknowledged on the other side before the read began. Both sides answer, and they no longer say the same: this is the A in CAP. While the network is cut there is no third way.",
                "The same cut, the same moment; only the number of answers waited for is another one.",
                "w=1&r=1&clients=3&do=1ms:write(1,x);40ms:cut(12);45ms:write(1,x);75ms:read(3,x)&t=74ms",
                110,
            )
        },
        Step {
            breaks: &["overlap", "read-your-writes", "strong"],
            ..step(
                "Both sides write",
                "With W = 1 both sides accept writes to x: v2 here, v3 there. When the network heals, the replicas disagree, and clients see now this, now that. Client 3 does not even see the v3 it wrote itself. Which of the two should win is another lesson.",
                "The three replicas after the network is whole again.",
                "w=1&r=1&clients=3&do=1ms:write(1,x);40ms:cut(12);45ms:write(1,x);50ms:write(3,x);90ms:heal;100ms:read(1,x);100ms:read(3,x)&t=44ms",
                130,
            )
        },
        Step {
            ask: ask(
                "No partition at all, but two data centres 40 ms apart with three replicas each. A write at QUORUM needs four of six. How long does it take?",
                &[("about 25 ms", 25.0), ("about 50 ms", 50.0), ("about 100 ms", 100.0)],
                "write-took",
            ),
            ..step(
                "Else: latency or consistency",
                "{write-took}: the fourth acknowledgement has to cross twice 40 ms, every time. PACELC says what CAP leaves out: if there is a Partition, availability or consistency; Else, latency or consistency.",
                "Which acknowledgement is the fourth, and where it comes from.",
                "nodes=6&n=6&dcs=2&wl=quorum&rl=quorum&timeout=500&do=1ms:write(1,x)",
                130,
            )
        },
        Step {
            ask: ask(
                "The same with LOCAL_QUORUM: two of the three in the client’s own data centre. How long now?",
                &[("about 25 ms", 25.0), ("about 50 ms", 50.0), ("about 100 ms", 100.0)],
                "write-took",
            ),
            ..step(
                "Local quorum",
                "{write-took}. The other data centre gets the write a little later, and who reads there at once may not see it. Most large clusters run like this: consistent within a data centre, eventually between them.",
                "The acknowledgements from the other side arrive when nobody waits any more.",
                "nodes=6&n=6&dcs=2&wl=local-quorum&rl=local-quorum&timeout=500&do=1ms:write(1,x)",
                130,
            )
        },
    ],
};

pub const TAIL: Lesson = Lesson {
    slug: "tail",
    title: "A slow replica, and the tail",
    steps: &[
        Step {
            ask: ask(
                "C is eight times as slow as the others. With R = 3, how long does a read take?",
                &[("about 25 ms", 25.0), ("about 90 ms", 90.0), ("it times out after 500 ms", 500.0)],
                "read-took",
            ),
            ..step(
                "Waiting for all",
                "{read-took}: who waits for all three waits for the slowest. A replica that is slow is worse than one that is dead, because everybody keeps waiting for it.",
                "Two answers are there long before the third.",
                "r=3&timeout=500&do=1ms:slow(3,8);5ms:read(1,x)",
                110,
            )
        },
        Step {
            ask: ask("And with R = 2?", &[("about 35 ms", 35.0), ("about 90 ms", 90.0)], "read-took"),
            ..step(
                "Two of three hide it",
                "{read-took}. The two fast ones answer, the third is not needed. Asking one more than you wait for takes the slowest out of every operation: quorums are as much about latency as about failures.",
                "C’s answer arrives when the client has long gone on.",
                "timeout=500&do=1ms:slow(3,8);5ms:read(1,x)",
                110,
            )
        },
        Step {
            ask: ask(
                "Asking all three costs three answers where two would do, so Cassandra asks just R. B is slow and is one of the two. How long does the read take?",
                &[("about 55 ms", 55.0), ("about 270 ms", 270.0)],
                "read-took",
            ),
            ..step(
                "Asking just enough",
                "{read-took}. With nobody in reserve the slow one is back in the way. It saves messages, and it brings the tail back.",
                "Only A and B are asked.",
                "ask=some&timeout=500&do=1ms:slow(2,8);5ms:read(1,x)",
                290,
            )
        },
        Step {
            ask: ask(
                "Speculative retry: after 30 ms without enough answers, one more replica is asked. How long now?",
                &[("about 55 ms", 55.0), ("about 150 ms", 150.0), ("about 270 ms", 270.0)],
                "read-took",
            ),
            ..step(
                "Asking once more, in time",
                "{read-took}. Most reads never need the extra message; the slow ones are saved by it. Real systems set the limit at a high percentile of their own latencies.",
                "At 36 ms a third request leaves for C.",
                "ask=some&spec=30&timeout=500&do=1ms:slow(2,8);5ms:read(1,x)",
                200,
            )
        },
        Step {
            breaks: &["monotonic-reads", "linearizable"],
            charts: &["latency", "grid"],
            ..step(
                "Many operations",
                "With the delays of LinkedIn’s disks, a write that waits for all three takes {write-median} in the middle and {write-p99} at the 99th percentile. The more answers you wait for, the more of the tail you meet.",
                "The two curves in the chart of operations done within so many milliseconds, and the grid.",
                "w=3&r=1&delay=lnkd-disk&load=100&span=3000&timeout=500",
                3_200,
            )
        },
    ],
};

pub const REPAIR: Lesson = Lesson {
    slug: "repair",
    title: "Repair: reads, hints, trees",
    steps: &[
        Step {
            ask: ask(
                "C is down while v2 is written, comes back, and then x is read. How many of the three replicas hold v2 at the end?",
                &[("1", 1.0), ("2", 2.0), ("3", 3.0)],
                "copies",
            ),
            ..step(
                "A replica that missed something",
                "{copies}. The read was right, since A had v2, but nobody told C. If A and B die before C hears of v2, it is lost.",
                "C answers v1, and keeps it.",
                "do=1ms:write(1,x);40ms:crash(3);45ms:write(1,x);90ms:restart(3);100ms:read(2,x)&t=89ms",
                150,
            )
        },
        Step {
            ask: ask(
                "The same with read repair in the background. How many hold v2 now?",
                &[("1", 1.0), ("2", 2.0), ("3", 3.0)],
                "copies",
            ),
            ..step(
                "Read repair",
                "{copies}. The coordinator saw that C’s answer was older and sent it v2, after it had answered its client. Keys that are read heal; keys that nobody reads do not.",
                "The repair on its way to C, after the answer.",
                "repair=background&do=1ms:write(1,x);40ms:crash(3);45ms:write(1,x);90ms:restart(3);100ms:read(2,x)&t=99ms",
                170,
            )
        },
        step(
            "Hinted handoff",
            "Once A takes C for dead it keeps a hint: v2 is for C. C comes back, A hears of it and hands it over. No read was needed, and {copies} replicas hold v2.",
            "The hint on A, and its way to C.",
            "hints=on&suspect=100&do=1ms:write(1,x);40ms:crash(3);180ms:write(1,x);240ms:restart(3)&t=178ms",
            275,
        ),
        Step {
            ask: ask(
                "The same, but A loses its disk before C is back. How many replicas hold v2 at the end?",
                &[("1", 1.0), ("2", 2.0), ("3", 3.0)],
                "copies",
            ),
            ..step(
                "A hint is only one copy",
                "{copies}. The hint went with A’s disk, and with it A’s own copy. Hints make replicas agree sooner; they are not what keeps data safe.",
                "A is empty, and C never hears of v2.",
                "hints=on&suspect=100&do=1ms:write(1,x);40ms:crash(3);180ms:write(1,x);220ms:wipe(1);240ms:restart(3)&t=218ms",
                300,
            )
        },
        Step {
            ask: ask(
                "A and C compare Merkle trees of 16 ranges of keys; they differ in one key. How many hashes do they have to look at?",
                &[("all 31", 31.0), ("about 9", 9.0), ("1", 1.0)],
                "hashes",
            ),
            ..step(
                "Anti-entropy with Merkle trees",
                "{hashes}. Each hash stands for everything below it: where two are equal, nothing below needs a look. They find the one range that differs on the way down, and send only that.",
                "The trees travel first, then the one version.",
                "keys=16&do=1ms:crash(3);5ms:write(1,x);6ms:write(1,z);7ms:write(2,k4);60ms:restart(3);70ms:sync(1,3)&t=69ms",
                130,
            )
        },
    ],
};
