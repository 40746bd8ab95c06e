//! What a change of the group costs, by protocol.

use crate::explainers::lesson::{ask, step};
use crate::explainers::{Lesson, Step};

pub const EAGER: Lesson = Lesson {
    slug: "eager",
    title: "Join and leave, the eager way",
    steps: &[
        step(
            "A fourth consumer",
            "[C4](consumer-4) asks for the coordinator, gets a member id and joins. The generation of the group is over at that moment, and nobody knows it yet: brokers never call consumers.",
            "The state of the group: PreparingRebalance.",
            "do=2s:join&t=1.5",
            2.2,
        ),
        Step {
            ask: ask(
                "A consumer sends a heartbeat every 3 s and learns of the rebalance from the answer. How many of the six partitions stop being read for a while?",
                &[("1", 1.0), ("2", 2.0), ("6", 6.0)],
                "stopped",
            ),
            ..step(
                "Everyone gives up everything",
                "{stopped} of six. In the eager protocol a member gives up all its partitions before it joins again, even those that it will get back a moment later.",
                "Grey rows: nobody reads.",
                "do=2s:join&t=2.2",
                9.0,
            )
        },
        Step {
            ask: ask(
                "C2 leaves. Its two partitions must move. How many move in fact?",
                &[("2", 2.0), ("3", 3.0), ("4", 4.0), ("6", 6.0)],
                "moved",
            ),
            ..step(
                "Range does not remember",
                "{moved} of nine, where {least} had to. The range assignor computes each generation anew, from the list of members: all after the gap move up.",
                "orders-6, which goes from C3 to C4 although both stay.",
                "partitions=9&consumers=4&do=2s:leave(2)&t=1.5",
                9.0,
            )
        },
        Step {
            ask: ask(
                "The sticky assignor keeps what it can. C2 leaves again. How many of nine partitions move?",
                &[("2", 2.0), ("3", 3.0), ("4", 4.0), ("9", 9.0)],
                "moved",
            ),
            ..step(
                "Sticky remembers",
                "{moved}, the least there is. But it is still the eager protocol: {stopped} of nine partitions stood still meanwhile, because each member gave up everything first.",
                "The diagram: a gap in every lane.",
                "partitions=9&consumers=4&assignor=sticky&do=2s:leave(2)&t=1.5",
                9.0,
            )
        },
        step(
            "A group that begins",
            "An empty group waits 3 s for more members before its first rebalance (group.initial.rebalance.delay.ms), and another 3 s whenever somebody came in meanwhile. Without that, a group of three would begin with three rebalances.",
            "The first generation, after {longest} without a reader.",
            "begin=empty&rate=4",
            9.0,
        ),
    ],
};

pub const STOP: Lesson = Lesson {
    slug: "stop",
    title: "Why everything stops",
    steps: &[
        Step {
            ask: ask(
                "C2 works on one record for 20 s when C4 joins. For how many seconds does some partition have no reader?",
                &[("below 1 s", 0.6), ("3 s", 3.0), ("16 s", 16.0), ("45 s", 45.0)],
                "longest",
            ),
            ..step(
                "Waiting for the slowest",
                "{longest}. The new generation begins when all have joined, and C2 joins when it next polls, after its batch. C1 and C3 have given everything up long before, and wait.",
                "C1 and C3 joining, C2 still at work.",
                "do=2s:slow(2,20);4s:join&t=3.5",
                28.0,
            )
        },
        Step {
            ask: ask(
                "The same with max.poll.interval at 10 s. For how many seconds has some partition no reader now?",
                &[("below 1 s", 0.6), ("6 s", 6.0), ("16 s", 16.0)],
                "longest",
            ),
            breaks: &[],
            ..step(
                "The bound on waiting",
                "{longest}. Who does not poll for max.poll.interval is taken for stuck: the others go on without C2, and what it is working on will be processed by somebody else, too. The default of 5 minutes is how long a classic group may stand still.",
                "C2 leaves by itself and joins again when it is done.",
                "poll=10&do=2s:slow(2,20);4s:join&t=3.5",
                28.0,
            )
        },
        step(
            "Many records a poll",
            "max.poll.records is 500 by default. At 150 ms each that is 75 s from one poll to the next, and so long may a rebalance take: {took} here, and {unread} of partition-time without a reader. Smaller batches make a member answer sooner.",
            "C1 and C2, who have joined and wait for C3.",
            "batch=500&rate=60&process=150&span=30&do=15s:join",
            86.0,
        ),
        Step {
            ask: ask(
                "onPartitionsRevoked takes 4 s in each consumer (flushing, committing to a database). For how long does a partition stop when C4 joins?",
                &[("1 s", 1.0), ("about 4 s", 4.2), ("12 s", 12.0)],
                "longest",
            ),
            ..step(
                "What you do when you give up",
                "{longest}: everyone does it at the same time, so it counts once, but it counts for every partition.",
                "All consumers giving up at once.",
                "revoke=4000&do=2s:join&t=1.5",
                12.0,
            )
        },
        Step {
            charts: &["unread", "moved"],
            ..step(
                "The price of one join",
                "Sixty partitions, six consumers. One more comes, {least} partitions had to move, and {stopped} stopped: {unread} of partition-time without a reader, though none of them for longer than {longest}. In the group of six partitions it was 2 s. Every scale-out, every deploy, every crash of an eager group costs that, and the price grows with the group.",
                "The charts of what each rebalance cost.",
                "partitions=60&consumers=6&rate=60&do=2s:join",
                12.0,
            )
        },
    ],
};

pub const COOPERATIVE: Lesson = Lesson {
    slug: "cooperative",
    title: "Cooperative: two rounds, and most goes on",
    steps: &[
        Step {
            ask: ask(
                "C4 joins a group that uses cooperative-sticky. How many of the six partitions stop being read?",
                &[("1", 1.0), ("2", 2.0), ("6", 6.0)],
                "stopped",
            ),
            ..step(
                "Keep what you have",
                "{stopped}. Members join without giving anything up and go on reading. Only what will go to someone else is given up (KIP-429), and it waits for {longest}, longer than the six of an eager group, which stop for half a second at most. In a group as small as this, and with nobody busy for long, the sum is much the same.",
                "Lanes without a gap in the diagram.",
                "assignor=cooperative-sticky&do=2s:join&t=1.5",
                9.0,
            )
        },
        Step {
            ask: ask(
                "How many generations does this one join take?",
                &[("1: generation 2", 2.0), ("2: generation 3", 3.0), ("3: generation 4", 4.0)],
                "generation",
            ),
            ..step(
                "Two rounds",
                "Two: the group goes from generation 1 to {generation}. In the first a partition is taken from its owner and given to nobody; that owner joins again at once, and the second gives it to C4. So no partition has two owners, at no time.",
                "The partition that is nobody’s between the two.",
                "assignor=cooperative-sticky&do=2s:join&t=1.5",
                9.0,
            )
        },
        Step {
            ask: ask(
                "C2 works on one record for 20 s when C4 joins. How many of six partitions stop being read now?",
                &[("1", 1.0), ("3", 3.0), ("6", 6.0)],
                "stopped",
            ),
            ..step(
                "A slow member",
                "{stopped}. The rebalance still waits for C2, because all have to join, and takes {took}; but meanwhile everyone reads what they have, and what is without a reader is one partition for {longest}: the second round waits for a heartbeat and a batch of each once more.",
                "C1 and C3, reading and joining at once.",
                "assignor=cooperative-sticky&do=2s:slow(2,20);4s:join&t=3.5",
                36.0,
            )
        },
        Step {
            ask: ask(
                "Sixty partitions and six consumers, and C7 joins. Eager, all sixty stop, for about 54 s of partition-time in all. And now?",
                &[("about 3 s", 3.0), ("about 20 s", 20.0), ("about 54 s", 54.0)],
                "unread",
            ),
            ..step(
                "Where it wins",
                "{unread}: {stopped} partitions for {longest} at most, instead of all sixty. What stays is read all the time, so it wins where much stays, and where one slow member would hold up everybody.",
                "The diagram: most lanes without a gap.",
                "assignor=cooperative-sticky&partitions=60&consumers=6&rate=60&do=2s:join&t=1.5",
                12.0,
            )
        },
        step(
            "When nothing is taken away",
            "C2 leaves: its partitions are free, nobody has to give anything up, and one round does. The others never stop. C2’s own partitions wait until the others have learnt of it, at most one heartbeat.",
            "Gaps in two lanes only.",
            "assignor=cooperative-sticky&do=2s:leave(2)&t=1.5",
            9.0,
        ),
        step(
            "The default is not cooperative",
            "partition.assignment.strategy is [range, cooperative-sticky] by default. A group uses an assignor that all members list, and the protocol that all assignors of a member have in common: with this pair, eager range. So a group that has it changes over with one rolling deploy, in which range is removed.",
            "A join under the default: everything stops.",
            "do=2s:join",
            9.0,
        ),
    ],
};

pub const CRASH: Lesson = Lesson {
    slug: "crash",
    title: "A crash, and 45 s of silence",
    steps: &[
        Step {
            ask: ask(
                "C2 crashes. How long does nobody read its partitions?",
                &[("3 s", 3.0), ("10 s", 10.0), ("45 s", 45.0), ("300 s", 300.0)],
                "longest",
            ),
            ..step(
                "Nobody told the group",
                "{longest}. The coordinator waits for a heartbeat until session.timeout.ms (45 s) after the last one, and only then begins a rebalance.",
                "The session of C2 running out, and two rows whose reader is silent.",
                "do=5s:crash(2)&t=4.5",
                60.0,
            )
        },
        step(
            "What piles up meanwhile",
            "Two of six partitions collect records for as long. When the session ends, the group has {lag} records of lag, most of them in these two, and they will be late. A consumer that closes in good order says so, and costs a heartbeat instead.",
            "The lag of the two rows.",
            "do=5s:crash(2)&t=40",
            49.0,
        ),
        Step {
            ask: ask(
                "session.timeout at 6 s, heartbeats every 2 s. C2 crashes again. How long does nobody read?",
                &[("2 s", 2.0), ("about 7 s", 7.0), ("45 s", 45.0)],
                "longest",
            ),
            ..step(
                "A shorter session",
                "{longest}. It was 10 s by default until Kafka 3.0. What a shorter one costs is the next step.",
                "The session, and how soon it ends.",
                "session=6&heartbeat=2&do=5s:crash(2)&t=4.5",
                16.0,
            )
        },
        Step {
            ask: ask(
                "The same setting, and C2 hangs for 15 s in a garbage collection. How many rebalances does that cause?",
                &[("0", 0.0), ("1", 1.0), ("2", 2.0)],
                "rebalances",
            ),
            ..step(
                "Taken for dead",
                "{rebalances}: one when its session ends, one when it comes back. When it wakes it goes on with its batch, as if nothing had happened: {again} records are processed a second time.",
                "C2 wakes, works on, and is refused.",
                "session=6&heartbeat=2&do=5s:hang(2,15)&t=4.5",
                30.0,
            )
        },
        step(
            "A zombie cannot commit",
            "While C2 slept, its partitions went to others, in a new generation. Its commit and its heartbeat carry the old member id, and the coordinator refuses: UNKNOWN_MEMBER_ID. That protects the offsets of the group. It does not undo what C2 has done outside of Kafka meanwhile.",
            "The refused message, after C2 has woken.",
            "session=6&heartbeat=2&commit=after&do=5s:hang(2,15)&t=19",
            30.0,
        ),
    ],
};
