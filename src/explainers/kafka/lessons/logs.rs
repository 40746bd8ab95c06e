//! Logs, groups, keys: what is there before anything changes.

use crate::explainers::lesson::{ask, step};
use crate::explainers::{Lesson, Step};

pub const LOGS: Lesson = Lesson {
    slug: "logs",
    title: "A topic is a set of logs",
    steps: &[
        step(
            "Six logs, not one queue",
            "The topic orders has six partitions, and each is a log of its own: records are appended at its end and stay where they are. Reading takes nothing away. A record’s place in its log is its offset, so [orders-0](partition-1) and [orders-1](partition-2) both have an offset 3.",
            "New records at the right end of each row.",
            "consumers=1&rate=6&keys=200&process=60",
            8.0,
        ),
        step(
            "How far the group is",
            "One consumer reads all six. Per partition it keeps a position: the next record it wants. Now and then it commits that offset to the group’s coordinator, and that number is all that the group remembers. What lies between it and the end is lag: {lag} records after 14 s.",
            "The flag below each row, and the reading head ahead of it.",
            "consumers=1&rate=6&keys=200&process=60&t=8",
            14.0,
        ),
        Step {
            ask: ask(
                "Now each record has one of six keys, and a record’s partition is the hash of its key modulo six. How many of the six partitions get any records?",
                &[("3", 3.0), ("4", 4.0), ("5", 5.0), ("6", 6.0)],
                "used",
            ),
            ..step(
                "A key has its partition",
                "{used} of six. Kafka’s producer takes murmur2 of the key modulo the number of partitions: the same key always goes to the same log, and six keys need not spread over six. With thousands of keys they do.",
                "Rows that stay empty.",
                "consumers=1&rate=12&keys=6&process=40",
                12.0,
            )
        },
        Step {
            ask: ask(
                "80% of all records have the first key. How many per cent of all records end up in the busiest partition?",
                &[("17%", 17.0), ("40%", 40.0), ("60%", 60.0), ("80%", 80.0)],
                "busiest",
            ),
            ..step(
                "A hot key",
                "{busiest} of all records are in one partition, and more partitions would not change that: all records of a key go to one log, and a log has one reader of this group. A hot key is as fast as one consumer.",
                "The one row that grows faster than the rest.",
                "consumers=3&rate=12&keys=8&hot=80",
                12.0,
            )
        },
        step(
            "No key, no hashing",
            "Without a key a producer stays with one partition for a batch (16 KiB; here 16 records) and then takes another at random. The load spreads evenly in the long run, and the order between records means nothing.",
            "Each producer fills one row for a while, then goes to another.",
            "consumers=3&rate=20&keys=0",
            12.0,
        ),
    ],
};

pub const GROUP: Lesson = Lesson {
    slug: "group",
    title: "One group, many consumers",
    steps: &[
        Step {
            ask: ask(
                "12 records a second come in; the one consumer takes 150 ms for each. How many records is the group behind after 30 s?",
                &[("0", 0.0), ("about 60", 60.0), ("about 200", 200.0), ("about 360", 360.0)],
                "lag",
            ),
            ..step(
                "One is not enough",
                "It manages 6.7 a second of 12, so it falls behind by five records every second: after 30 s it has processed {processed} of {produced}. The lag is {lag}: what it has processed since its last commit counts, too. The records are safe in their logs; they are late.",
                "The tile of the lag.",
                "consumers=1&span=30",
                30.0,
            )
        },
        step(
            "Two share the partitions",
            "A partition has one reader in a group at a time, so that nobody reads what another has. [C1](consumer-1) and [C2](consumer-2) get three partitions each: 13 records a second together, just above what comes in.",
            "Lines from partitions to their readers.",
            "consumers=2&span=30",
            20.0,
        ),
        Step {
            ask: ask(
                "Two topics with three partitions each, two consumers, the range assignor. How many partitions does the busier consumer get?",
                &[("3", 3.0), ("4", 4.0), ("5", 5.0)],
                "most",
            ),
            ..step(
                "Range goes topic by topic",
                "{most}. The range assignor divides each topic by itself: of three partitions the first consumer gets two, and that for every topic. With ten such topics it would be 20 and 10.",
                "The first consumer has two partitions of each topic.",
                "topics=2&partitions=3&consumers=2",
                4.0,
            )
        },
        Step {
            ask: ask(
                "The same with the round-robin assignor. How many does the busier one get?",
                &[("3", 3.0), ("4", 4.0)],
                "most",
            ),
            ..step(
                "Round robin goes over all of them",
                "{most} each: it deals all partitions of all topics in turn. What range has to offer instead: partitions of the same number, of two topics with the same keys, go to the same consumer, so it can join them.",
                "Six partitions, three each.",
                "topics=2&partitions=3&consumers=2&assignor=roundrobin",
                4.0,
            )
        },
        step(
            "Who shares them out?",
            "In the classic protocol not a broker but a consumer: the coordinator makes one of them the leader, the leader runs the assignor and sends everyone’s share through the coordinator. The coordinator passes the assignment on without reading it, so an assignor can be any code of yours.",
            "The messages between the consumers and the coordinator while a group forms.",
            "begin=empty&rate=4",
            8.0,
        ),
    ],
};

pub const IDLE: Lesson = Lesson {
    slug: "idle",
    title: "More consumers than partitions",
    steps: &[
        step(
            "One each",
            "Four partitions and four consumers: this is as many readers as the topic can use.",
            "Each consumer has one line.",
            "partitions=4&consumers=4&keys=200",
            4.0,
        ),
        Step {
            ask: ask(
                "Six consumers for four partitions. How many of them have nothing to do?",
                &[("0", 0.0), ("1", 1.0), ("2", 2.0), ("4", 4.0)],
                "idle",
            ),
            ..step(
                "Two too many",
                "{idle}. A partition is never split between two members of one group, so the number of partitions bounds the number of working consumers.",
                "The boxes without a line.",
                "partitions=4&consumers=6&keys=200",
                4.0,
            )
        },
        Step {
            ask: ask(
                "C1 leaves, in good order. How many consumers have nothing to do after that?",
                &[("0", 0.0), ("1", 1.0), ("2", 2.0)],
                "idle",
            ),
            ..step(
                "A spare one steps in",
                "{idle}: four partitions go to five members. One had to move, and {moved} of four did: range deals them out anew, so each reader that stayed has another one than before. Idle members are spares; what they cost is that they take part in every rebalance.",
                "All four lines, and a box that had none.",
                "partitions=4&consumers=6&keys=200&do=1s:leave(1)",
                6.0,
            )
        },
        Step {
            ask: ask(
                "orders gets two more partitions. Clients ask for metadata every 5 s here (300 s by default). How many of six consumers are idle in the end?",
                &[("0", 0.0), ("1", 1.0), ("2", 2.0)],
                "idle",
            ),
            ..step(
                "More partitions",
                "{idle}. The leader sees the new partitions when it next asks for metadata, and calls for a rebalance. Partitions can be added and never taken away, and adding them moves keys: see the lesson on order.",
                "Two new rows, and who reads them.",
                "partitions=4&consumers=6&keys=200&metadata=5&do=1s:grow(orders,2)",
                12.0,
            )
        },
        step(
            "What more consumers do not help",
            "Four partitions, six consumers, and 90% of the records have one key. One consumer falls behind while the others wait: after 30 s there are {lag} records of lag. A hot key wants another key, not another consumer.",
            "One row that grows, and five boxes with little to do.",
            "partitions=4&consumers=6&hot=90&span=30",
            30.0,
        ),
    ],
};

pub const ORDER: Lesson = Lesson {
    slug: "order",
    title: "Keys, order, and adding partitions",
    steps: &[
        step(
            "Order within a partition",
            "Records of one key are in one log and have one reader, so they are processed in the order in which they were made. Between two partitions there is no order: what was made first may well be processed last.",
            "Key k1: one row, one reader.",
            "keys=6&rate=10&follow=key-1",
            10.0,
        ),
        Step {
            ask: ask(
                "A rebalance every few seconds: consumers come and go. How many records are processed again in the end?",
                &[("0", 0.0), ("about 20", 20.0), ("about 100", 100.0)],
                "again",
            ),
            ..step(
                "Rebalances keep it",
                "{again}, and the order of every key holds. Who gives a partition up in good order commits first, and the next reader begins there.",
                "The check for order, which holds.",
                "keys=6&rate=10&do=2s:join;9s:leave(2);16s:join",
                24.0,
            )
        },
        Step {
            ask: ask(
                "The six partitions become nine. How many of the six keys get another partition?",
                &[("0", 0.0), ("2", 2.0), ("4", 4.0), ("6", 6.0)],
                "rekeyed",
            ),
            breaks: &["order"],
            ..step(
                "More partitions, other places",
                "{rekeyed} of six keys: the hash is the same and the divisor is not. New records of such a key go to another log while old ones still lie in the first, unread, and whoever reads the new log overtakes. The check for order breaks.",
                "The check, and the two rows that have the key’s records.",
                "keys=6&rate=16&process=180&metadata=3&do=8s:grow(orders,3)",
                24.0,
            )
        },
        step(
            "Wait until they have drained",
            "If the producers pause until everything has been read and start again when all have seen the new partitions, the order holds. That is a matter of running it, not of a setting: Kafka does not move records when partitions are added. Where order matters, begin with more partitions than you need.",
            "The check for order, at the end.",
            "keys=6&rate=8&process=60&span=40&metadata=3&do=8s:rate(0);12s:grow(orders,3);22s:rate(8)",
            34.0,
        ),
        Step {
            ask: ask(
                "Some records cannot be processed: they go to a retry topic and are tried again later. How many records have been set aside for good by the end?",
                &[],
                "set-aside",
            ),
            breaks: &["order"],
            ..step(
                "A retry topic gives order up",
                "{set-aside}, each after three attempts. While one of a key’s records waits in the retry topic, the ones behind it go on, and it is tried again after them: the order of that key is gone, by design, and the check for order breaks.",
                "Rows of the topics retry and dead-letters.",
                "keys=6&rate=10&bad=8&fail=topics&span=20",
                24.0,
            )
        },
    ],
};
