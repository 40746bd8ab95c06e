//! Twice, never, lost: offsets, acknowledgements, and records that cannot be processed.

use crate::explainers::lesson::{ask, step};
use crate::explainers::{Lesson, Step};

pub const OFFSETS: Lesson = Lesson {
    slug: "offsets",
    title: "Offsets: twice or never",
    steps: &[
        Step {
            ask: ask(
                "C2 commits by itself every 5 s. It crashes in between. How many records does its successor process a second time?",
                &[],
                "again",
            ),
            ..step(
                "At least once",
                "{again}. They had been processed, and the group did not know: its committed offset is where the successor begins. That is what “at least once” means.",
                "Records with a red corner: processed twice.",
                "session=6&heartbeat=2&rate=30&span=20&batch=20&do=12.8s:crash(2)&t=12.4",
                34.0,
            )
        },
        Step {
            ask: ask(
                "Committing after each batch instead, twenty records at most. How many are processed twice?",
                &[],
                "again",
            ),
            ..step(
                "More often, fewer",
                "{again}. A commit after each batch bounds the repetition by a batch. Committing each single record would bound it by one, and cost a round trip to the coordinator for each.",
                "The flags follow the reading heads closely.",
                "session=6&heartbeat=2&rate=30&span=20&batch=20&commit=after&do=12.8s:crash(2)&t=12.4",
                34.0,
            )
        },
        Step {
            ask: ask(
                "Now C2 commits before it processes what it fetched. It crashes with a batch in its hands. How many records are never processed?",
                &[("0", 0.0), ("about 4", 4.0), ("about 30", 30.0)],
                "skipped",
            ),
            breaks: &["processed"],
            ..step(
                "At most once",
                "{skipped}. Nothing is processed twice now, and what was in C2’s hands is skipped: the offset says that it is done. Which of the two you want depends on what a record does.",
                "The check “processed at least once” breaks when the successor begins.",
                "session=6&heartbeat=2&rate=30&span=20&batch=20&commit=before&do=12.8s:crash(2)&t=12.4",
                34.0,
            )
        },
        step(
            "Closing in good order",
            "C2 leaves instead of crashing: it finishes its batch, commits, says goodbye. In the end {again} records are processed twice and {skipped} skipped. Only the unexpected costs anything.",
            "The last commit before C2 goes.",
            "session=6&heartbeat=2&rate=30&span=20&batch=20&do=12.8s:leave(2)&t=12.4",
            20.0,
        ),
        step(
            "Exactly once?",
            "A broker cannot know whether your e-mail was sent. What is “exactly once” in Kafka is a transaction over Kafka’s own logs: offsets and results are written together or not at all. For everything outside, take “at least once” and make the effect the same when it comes twice.",
            "Records with a red corner, which would do no harm.",
            "session=6&heartbeat=2&rate=30&span=20&batch=20&do=12.8s:crash(2)&t=12.4",
            34.0,
        ),
    ],
};

pub const ACKS: Lesson = Lesson {
    slug: "acks",
    title: "acks, and what is lost",
    steps: &[
        Step {
            ask: ask(
                "Three replicas, acks=all. B1 dies. How many acknowledged records are lost?",
                &[("0", 0.0), ("1", 1.0), ("some", 5.0)],
                "lost",
            ),
            ..step(
                "All in sync have it",
                "{lost}. A producer is told of a record when every in-sync replica has it, so whichever of them leads next has it, too. Until the controller notices, 9 s here, B1’s partitions take no records; the producers try again.",
                "B1’s rows get another leader.",
                "do=5s:fail(1)&t=4.5",
                24.0,
            )
        },
        Step {
            ask: ask(
                "acks=1: the leader’s word is enough. Followers are 500 ms behind. B1 dies again. How many acknowledged records are lost?",
                &[],
                "lost",
            ),
            breaks: &["acked"],
            ..step(
                "The leader’s word",
                "{lost}. They were acknowledged and in one log only. The new leader never had them, and when B1 comes back it cuts its log to match.",
                "Hollow records: not yet on the followers.",
                "acks=1&lag=500&rate=120&do=5s:fail(1)&t=4.5",
                24.0,
            )
        },
        Step {
            breaks: &["acked"],
            ..step(
                "Nobody’s word",
                "acks=0: a producer sends and takes it for done. What was on its way to B1 when it died, and what its followers had not fetched, is gone, and nobody will ever say so: in the end {lost} records are lost that were taken for safe.",
                "Records that fly to a dead broker.",
                "acks=0&rate=200&net=100&do=5s:fail(1)&t=4.5",
                24.0,
            )
        },
        Step {
            ask: ask(
                "acks=all with min.insync.replicas=2, and two of three brokers die. How many acknowledged records are lost?",
                &[("0", 0.0), ("some", 5.0)],
                "lost",
            ),
            ..step(
                "Rather no than maybe",
                "{lost}. With one replica left in sync the leader refuses: NOT_ENOUGH_REPLICAS. Without the setting “all in sync” would be one, and one more failure would lose what it had promised.",
                "Refused records; producers trying again until a broker is back.",
                "min-isr=2&do=4s:fail(2);5s:fail(3);24s:repair(2)&t=3.5",
                40.0,
            )
        },
        Step {
            ask: ask(
                "No idempotence now. A record is appended, and B1 dies before its acknowledgement arrives. How many records are in a log twice in the end?",
                &[],
                "copies",
            ),
            ..step(
                "A retry, and a copy",
                "{copies}. The producer heard nothing and sent the record again, and the new leader has both. With idempotence, the default, each record carries a number of its producer, and the leader knows a retry for what it is.",
                "A record that is in its log twice.",
                "idempotent=off&rate=60&net=60&do=5s:fail(1)&t=4.5",
                24.0,
            )
        },
    ],
};

pub const POISON: Lesson = Lesson {
    slug: "poison",
    title: "Poison records and back-pressure",
    steps: &[
        Step {
            ask: ask(
                "3% of the records cannot be processed, and a consumer tries again until it can. How many records of lag after 30 s?",
                &[("0", 0.0), ("about 50", 50.0), ("about 350", 350.0)],
                "lag",
            ),
            ..step(
                "Trying for ever",
                "{lag}. One bad record holds up its partition, and everything else that its consumer owns. No record is lost, and none gets through.",
                "Consumers that stay at one record.",
                "bad=3&fail=block&span=30",
                30.0,
            )
        },
        step(
            "Skipping",
            "The consumer logs an error and goes on. After 30 s it has skipped {set-aside} records: fine for page views, not for orders.",
            "The tile of records set aside.",
            "bad=3&fail=skip&span=30",
            30.0,
        ),
        Step {
            ask: ask(
                "Retry topic and dead letters: three attempts each. How many records wait in the dead-letter topic at the end?",
                &[],
                "set-aside",
            ),
            breaks: &["order"],
            ..step(
                "Out of the way",
                "{set-aside}. A failed record goes to a topic of its own, is tried twice more, and then waits for a person. The partition goes on at once; the order of the key is lost, since it is tried again after later ones.",
                "The rows of retry and dead-letters.",
                "bad=3&fail=topics&span=30",
                34.0,
            )
        },
        step(
            "A slow consumer and its polls",
            "Each record takes 1 s, and a poll brings ten: 10 s between two polls, and max.poll.interval is 8 s here. The consumers are healthy, merely busy, and one after the other is thrown out: {rebalances} rebalances in 40 s, and {again} records processed twice.",
            "“Leaves by itself”, over and over.",
            "consumers=2&rate=4&process=1000&spread=0&poll=8&span=40",
            40.0,
        ),
        Step {
            ask: ask(
                "Processing moves to a thread of its own; the poll loop goes on and pauses the partitions when 20 records wait. How many rebalances now?",
                &[("0", 0.0), ("about 3", 3.0), ("about 8", 8.0)],
                "rebalances",
            ),
            ..step(
                "Pause",
                "{rebalances}. A paused partition is still owned, and polling still says “I am here”. The lag grows all the same, but it grows in the log, where there is room.",
                "Paused partitions, and hands that are full.",
                "consumers=2&rate=4&process=1000&spread=0&poll=8&span=40&work=worker&commit=after",
                40.0,
            )
        },
    ],
};
