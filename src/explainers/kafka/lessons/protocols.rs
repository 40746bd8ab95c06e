//! Static membership, and the protocol of KIP-848.

use crate::explainers::lesson::{ask, step};
use crate::explainers::{Lesson, Step};

pub const STATIC: Lesson = Lesson {
    slug: "static",
    title: "Static members and a rolling deploy",
    steps: &[
        Step {
            ask: ask(
                "New code: four consumers with three partitions each restart one after the other, and each is away for 4 s. How many seconds of partition-time are without a reader?",
                &[("12: one process, 4 s", 12.0), ("48: four processes, 4 s each", 48.0), ("about 150", 155.0)],
                "unread",
            ),
            ..step(
                "A deploy, one by one",
                "{unread}. Four processes away for 4 s with three partitions each would be 48. The rest is the others: {rebalances} rebalances, in each of which everyone gives up everything and waits for the slowest batch.",
                "The gaps over all lanes in the diagram.",
                "consumers=4&partitions=12&rate=12&process=300&batch=20&do=2s:deploy&t=1.5",
                46.0,
            )
        },
        Step {
            ask: ask(
                "Now each has a group.instance.id, and comes back within its session of 45 s. How many rebalances?",
                &[("0", 0.0), ("1", 1.0), ("3", 3.0)],
                "rebalances",
            ),
            ..step(
                "Known again",
                "{rebalances}, and {unread} without a reader: the restarts themselves. A static member does not leave when it closes, and when it comes back under the same instance id it gets what it had, in the same generation. Its own partitions wait for it, and the others never notice.",
                "Gaps in one consumer’s lanes at a time.",
                "static=on&consumers=4&partitions=12&rate=12&process=300&batch=20&do=2s:deploy&t=1.5",
                30.0,
            )
        },
        Step {
            ask: ask(
                "The restart takes 50 s. The first consumer goes. How long does nobody read its partitions?",
                &[("3 s", 3.0), ("about 48 s", 48.0), ("50 s", 50.0)],
                "longest",
            ),
            ..step(
                "Away for too long",
                "{longest}: its session ends first, and its partitions go to the others. Static membership trades a rebalance for waiting, so the session has to be longer than a restart takes, and that is how long a real crash goes unnoticed.",
                "The session that runs out, then the rebalance.",
                "static=on&restart=50&do=2s:restart(1)&t=1.5",
                65.0,
            )
        },
        step(
            "A static member that is gone",
            "A static member that you take away for good still owns its partitions until its session ends: it never says goodbye. Nobody reads them for {longest} in the end. Scaling in wants the admin client to remove it by its instance id.",
            "Two rows with a silent owner.",
            "static=on&do=2s:leave(2)&t=1.5",
            60.0,
        ),
        step(
            "Both together",
            "Static members under cooperative-sticky: a restart costs no rebalance, and a real change stops only what moves. The deploy costs {unread} of partition-time again, all of it partitions of the one that restarts.",
            "The diagram, compared with the first step.",
            "static=on&assignor=cooperative-sticky&consumers=4&partitions=12&rate=12&process=300&batch=20&do=2s:deploy&t=1.5",
            30.0,
        ),
    ],
};

pub const MODERN: Lesson = Lesson {
    slug: "kip-848",
    title: "KIP-848: no barrier",
    steps: &[
        Step {
            ask: ask(
                "C4 joins under the new protocol, which Kafka 4 has on every broker. How many of six partitions stop being read?",
                &[("0", 0.0), ("1", 1.0), ("2", 2.0), ("6", 6.0)],
                "stopped",
            ),
            ..step(
                "One kind of message",
                "{stopped}. There is no JoinGroup and no SyncGroup: one heartbeat says what a member owns, and its answer says what it shall own. The coordinator computes the assignment itself.",
                "The messages: ConsumerGroupHeartbeat, and nothing else.",
                "assignor=uniform&do=2s:join&t=1.5",
                14.0,
            )
        },
        step(
            "A target, and each on its own way there",
            "A change raises the group epoch; the coordinator computes a target assignment for it. Each member learns its part at its own next heartbeat (every 5 s), gives up what is no longer its own, says so, and has the new epoch. A partition goes to its new reader when the old one has confirmed that it is free.",
            "Epochs of the members, catching up one by one.",
            "assignor=uniform&do=2s:join&t=2",
            14.0,
        ),
        Step {
            ask: ask(
                "C2 works on one record for 20 s when C4 joins. For how long has a partition no reader at most?",
                &[("below 6 s", 3.0), ("20 s", 20.0), ("45 s", 45.0)],
                "longest",
            ),
            ..step(
                "Nobody waits for everybody",
                "{longest}. If C2 has nothing to give up, it is not even concerned. If it has, only that partition waits for it. There is no moment at which all must be in the same room.",
                "C1 and C3 reach the new epoch long before C2.",
                "assignor=uniform&do=2s:slow(2,20);4s:join&t=3.5",
                36.0,
            )
        },
        Step {
            ask: ask(
                "The rolling deploy of four consumers, under KIP-848 and without static members. Eager it cost about 150 s of partition-time. And now?",
                &[("about 10 s", 10.0), ("about 75 s", 75.0), ("about 150 s", 150.0)],
                "unread",
            ),
            ..step(
                "A deploy again",
                "{unread}, and only of what moves: the rest is read all the time. What moves may wait longer than before, because it takes two heartbeats of 5 s, the old reader’s and the new one’s. Static members save the moves, here as before.",
                "The diagram: gaps in some of the lanes, never in all of them.",
                "assignor=uniform&consumers=4&partitions=12&rate=12&process=300&batch=20&do=2s:deploy&t=1.5",
                70.0,
            )
        },
        Step {
            ask: ask(
                "Sixty partitions and six consumers, and C7 joins. Eager, it cost about 54 s of partition-time. And now?",
                &[("about 2 s", 2.0), ("about 14 s", 14.0), ("about 54 s", 54.0)],
                "unread",
            ),
            ..step(
                "Where it wins",
                "{unread}: {stopped} partitions stop, for {longest} at most. The sum is what moves, times the way between two heartbeats. So it gains little in a group of six partitions, and much where many stay.",
                "The diagram: most lanes without a gap.",
                "assignor=uniform&partitions=60&consumers=6&rate=60&do=2s:join&t=1.5",
                12.0,
            )
        },
        step(
            "A crash is a crash",
            "The session timeout is the broker’s now (group.consumer.session.timeout.ms), and 45 s again: {longest} without a reader. What a protocol cannot know it cannot speed up.",
            "Two rows with a silent reader.",
            "assignor=uniform&do=5s:crash(2)&t=4.5",
            65.0,
        ),
    ],
};
