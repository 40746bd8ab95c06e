//! The settings of the Kafka explainer. Where Kafka has a default, the help says so.

use crate::explainers::Kind;
use crate::sim::{MS, Micros, SECOND};

/// Records of a run, at most: what is built in about a second.
pub const MOST: i64 = 40_000;

/// The assignor, and with it the protocol.
pub const ASSIGNORS: &[(&str, &str)] = &[
    ("range", "Range (eager)"),
    ("roundrobin", "Round robin (eager)"),
    ("sticky", "Sticky (eager)"),
    ("cooperative-sticky", "Cooperative sticky"),
    ("uniform", "KIP-848, uniform"),
    ("server-range", "KIP-848, range"),
];
pub const OFF_ON: &[(&str, &str)] = &[("off", "Off"), ("on", "On")];

pub const COMMIT_AUTO: i64 = 0;
pub const COMMIT_AFTER: i64 = 1;
pub const COMMIT_BEFORE: i64 = 2;
const COMMITS: &[(&str, &str)] =
    &[("auto", "Automatic"), ("after", "After each batch"), ("before", "Before each batch")];

pub const ACKS_ALL: i64 = 0;
pub const ACKS_ONE: i64 = 1;
pub const ACKS_NONE: i64 = 2;
const ACKS: &[(&str, &str)] = &[("all", "All in sync"), ("1", "1, the leader"), ("0", "0, nobody")];

pub const FAIL_SKIP: i64 = 0;
pub const FAIL_BLOCK: i64 = 1;
pub const FAIL_TOPICS: i64 = 2;
const FAILS: &[(&str, &str)] =
    &[("skip", "Skip it"), ("block", "Try again, on the spot"), ("topics", "Retry topic, then dead letters")];

pub const INLINE: i64 = 0;
pub const WORKER: i64 = 1;
const WORKS: &[(&str, &str)] = &[("inline", "In the poll loop"), ("worker", "In a thread of its own, with pause")];

pub const RUNNING: i64 = 0;
pub const EMPTY: i64 = 1;
const BEGINS: &[(&str, &str)] = &[("running", "Group is running"), ("empty", "Everyone starts")];

const fn number(min: i64, max: i64, unit: &'static str) -> Kind {
    Kind::Number { min, max, log: false, unit }
}

const fn wide(min: i64, max: i64, unit: &'static str) -> Kind {
    Kind::Number { min, max, log: true, unit }
}

crate::knobs! {
    /// Settings of the Kafka explainer.
    pub struct Params {
        assignor: "assignor", "Assignor", Kind::Choice(ASSIGNORS), 0,
            "Who shares out the partitions, and by which protocol. Kafka’s default, [range, cooperative-sticky], runs as range.";
        partitions: "partitions", "Partitions", wide(1, 500, ""), 6,
            "Of each topic.";
        consumers: "consumers", "Consumers", wide(1, 100, ""), 3,
            "Processes of the group at the start.";
        fixed: "static", "Static membership", Kind::Choice(OFF_ON), 0,
            "Whether each consumer has a group.instance.id, and is known again when it comes back in time.";
        rate: "rate", "Records", wide(1, 5_000, "/s"), 12,
            "Made by all producers together, at random moments.";
        process: "process", "Processing takes", wide(1, 60_000, "ms"), 150,
            "Per record, on average.";
        commit: "commit", "Commit", Kind::Choice(COMMITS), COMMIT_AUTO,
            "When a consumer commits how far it is: at times, when a batch is done, or before it begins one.";
        topics: "topics", "Topics", number(1, 3, ""), 1,
            "Topics that the group subscribes to.";
        keys: "keys", "Keys", number(0, 1_000, ""), 8,
            "How many different keys records have. 0: none, so that producers stick to a partition for 16 records.";
        hot: "hot", "Hot key", number(0, 100, "%"), 0,
            "The part of all records that have the first key.";
        producers: "producers", "Producers", number(1, 8, ""), 2,
            "How many there are.";
        brokers: "brokers", "Brokers", number(1, 6, ""), 3,
            "How many there are. Leaders are dealt to them in turn.";
        copies: "copies", "Replication factor", number(1, 3, ""), 3,
            "Replicas of each partition; no more than there are brokers.";
        acks: "acks", "acks", Kind::Choice(ACKS), ACKS_ALL,
            "What a producer waits for. Kafka’s default: all.";
        least: "min-isr", "min.insync.replicas", number(1, 3, ""), 1,
            "With acks=all, fewer replicas in sync than that take no records. Kafka’s default: 1.";
        idempotent: "idempotent", "Idempotent producer", Kind::Choice(OFF_ON), 1,
            "Whether the leader knows a retry for what it is. Kafka’s default: on.";
        lag: "lag", "Followers lag", number(0, 2_000, "ms"), 0,
            "What a follower needs longer to fetch a record.";
        unclean: "unclean", "Unclean election", Kind::Choice(OFF_ON), 0,
            "Whether a replica that is not in sync may lead when there is no other. Kafka’s default: off.";
        spread: "spread", "Spread", number(0, 100, "%"), 50,
            "Processing takes from so much less to so much more than on average.";
        batch: "batch", "max.poll.records", wide(1, 500, ""), 10,
            "Records that one poll returns, at most. Kafka’s default: 500.";
        every: "every", "auto.commit.interval", wide(100, 60_000, "ms"), 5_000,
            "With automatic commits: how often. Kafka’s default: 5,000 ms.";
        session: "session", "session.timeout", wide(1, 1_800, "s"), 45,
            "Not heard of for so long, a member is taken for dead. Kafka’s default: 45 s.";
        heartbeat: "heartbeat", "heartbeat.interval", number(1, 60, "s"), 3,
            "Between two heartbeats: Kafka’s default is 3 s. KIP-848’s interval of 5 s is the broker’s and stays.";
        poll: "poll", "max.poll.interval", wide(2, 3_600, "s"), 300,
            "Longer between two polls, and a consumer leaves the group. Kafka’s default: 300 s.";
        delay: "delay", "Initial rebalance delay", number(0, 30, "s"), 3,
            "How long a new group waits for more members. Kafka’s default: 3 s.";
        restart: "restart", "A restart takes", number(0, 120, "s"), 4,
            "How long there is no process, in a restart or a rolling deploy.";
        revoke: "revoke", "onPartitionsRevoked takes", number(0, 10_000, "ms"), 0,
            "Work that a consumer does before it gives partitions up.";
        bad: "bad", "Poison records", number(0, 100, "%"), 0,
            "The part of all records on which processing fails, every time.";
        fail: "fail", "What fails", Kind::Choice(FAILS), FAIL_SKIP,
            "What a consumer does with a record that it cannot process.";
        work: "work", "Processing", Kind::Choice(WORKS), INLINE,
            "Whether a consumer polls only when it is done with a batch, or goes on polling and pauses partitions.";
        buffer: "buffer", "Pause at", wide(1, 1_000, "records"), 20,
            "With a thread for processing: partitions are paused while so many records wait for it.";
        net: "net", "Network", wide(1, 500, "ms"), 20,
            "A message’s way, in one direction, the same for all.";
        detect: "detect", "broker.session.timeout", number(1, 60, "s"), 9,
            "After so long the controller takes a silent broker for dead. Kafka’s default: 9 s.";
        span: "span", "Producers work for", wide(5, 3_600, "s"), 60,
            "How long; no run has more than 40,000 records.";
        metadata: "metadata", "metadata.max.age", wide(1, 300, "s"), 300,
            "How often clients ask whether topics have changed. Kafka’s default: 300 s. With KIP-848 the broker knows at once.";
        begin: "begin", "At the start", Kind::Choice(BEGINS), RUNNING,
            "Whether the group is running already, or everyone starts at 0.";
    }
    matters(me, key) {
        match key {
            "hot" => me.keys > 0,
            "min-isr" => me.acks == ACKS_ALL,
            "every" => me.commit == COMMIT_AUTO,
            "heartbeat" | "delay" => !me.modern(),
            "fail" => me.bad > 0,
            "buffer" => me.work == WORKER,
            _ => true,
        }
    }
}

impl Params {
    /// The consumer group protocol of KIP-848.
    pub fn modern(&self) -> bool {
        self.assignor >= 4
    }
    /// The rebalance protocol that keeps partitions while it goes on (KIP-429).
    pub fn cooperative(&self) -> bool {
        self.assignor == 3
    }
    /// How long producers work: no longer than `MOST` records take.
    pub fn lasts(&self) -> Micros {
        (self.span.max(1) as Micros * SECOND).min(MOST as Micros * SECOND / self.rate.max(1) as Micros)
    }
    pub fn hop(&self) -> Micros {
        self.net.max(1) as Micros * MS
    }
}
