//! The settings of the quorum explainer.

use super::{Data, import};
use crate::explainers::Kind;
use crate::models::quorum::level::Level;
use crate::models::quorum::pbs::{Fitted, Legs};
use crate::sim::latency::Delay;
use crate::sim::{MS, Micros};

pub const LEVELS: &[(&str, &str)] = &[
    ("count", "As counted"),
    ("any", "ANY"),
    ("one", "ONE"),
    ("two", "TWO"),
    ("three", "THREE"),
    ("quorum", "QUORUM"),
    ("local-quorum", "LOCAL_QUORUM"),
    ("each-quorum", "EACH_QUORUM"),
    ("all", "ALL"),
];
/// Reads have no ANY.
pub const READ_LEVELS: &[(&str, &str)] = &[
    ("count", "As counted"),
    ("one", "ONE"),
    ("two", "TWO"),
    ("three", "THREE"),
    ("quorum", "QUORUM"),
    ("local-quorum", "LOCAL_QUORUM"),
    ("each-quorum", "EACH_QUORUM"),
    ("all", "ALL"),
];

/// Random operations of a run, at most: what is built in about a second.
pub const MOST: i64 = 40_000;

const DELAYS: &[(&str, &str)] = &[
    ("plain", "Plain: 1 to 20 ms"),
    ("lnkd-ssd", "LinkedIn, SSD"),
    ("lnkd-disk", "LinkedIn, disks"),
    ("ymmr", "Yammer"),
    ("wan", "Wide area"),
    ("own", "Your own"),
];

/// The reader’s own delays.
pub const OWN: i64 = 5;

pub const LWW: i64 = 0;
pub const LAMPORT: i64 = 1;
pub const VECTOR: i64 = 2;
const RESOLVES: &[(&str, &str)] =
    &[("lww", "Last write wins"), ("lamport", "Lamport clocks"), ("vector", "Vector clocks, siblings")];

pub const NO_REPAIR: i64 = 0;
pub const BACKGROUND: i64 = 1;
pub const BLOCKING: i64 = 2;
const REPAIRS: &[(&str, &str)] = &[("off", "Off"), ("background", "In the background"), ("blocking", "Blocking")];

pub const ASK_ALL: i64 = 0;
pub const ASK_SOME: i64 = 1;
const ASKS: &[(&str, &str)] = &[("all", "All N (Dynamo)"), ("some", "Just R (Cassandra)")];
pub const OFF_ON: &[(&str, &str)] = &[("off", "Off"), ("on", "On")];

const fn number(min: i64, max: i64, unit: &'static str) -> Kind {
    Kind::Number { min, max, log: false, unit }
}

crate::knobs! {
    /// Settings of the quorum explainer.
    pub struct Params {
        nodes: "nodes", "Nodes", number(3, 9, ""), 5,
            "How many nodes the cluster has.";
        n: "n", "Copies N", number(1, 7, ""), 3,
            "Replicas of each key; no more than there are nodes.";
        w: "w", "Write quorum W", number(1, 7, ""), 2,
            "Acknowledgements a write waits for; no more than N.";
        r: "r", "Read quorum R", number(1, 7, ""), 2,
            "Answers a read waits for; no more than N.";
        wl: "wl", "Write level", Kind::Choice(LEVELS), 0,
            "A consistency level of Cassandra's by name, in place of W.";
        rl: "rl", "Read level", Kind::Choice(READ_LEVELS), 0,
            "A consistency level of Cassandra's by name, in place of R.";
        dcs: "dcs", "Data centres", number(1, 2, ""), 1,
            "Nodes are dealt to them in turn, and so are the replicas of each key.";
        far: "far", "Between data centres", number(0, 200, "ms"), 40,
            "What each message between the two takes longer, one way.";
        delay: "delay", "Delays", Kind::Choice(DELAYS), 0,
            "How long a message between nodes takes, with the work it causes. The named ones are those of Bailis et al., 2012.";
        loss: "loss", "Loss", number(0, 50, "%"), 0,
            "The part of all messages between nodes that never arrive.";
        timeout: "timeout", "Timeout", Kind::Number { min: 5, max: 2_000, log: true, unit: "ms" }, 100,
            "How long a coordinator waits for replicas.";
        resolve: "resolve", "Versions", Kind::Choice(RESOLVES), LWW,
            "What decides between two versions of a key: the writers’ clocks, Lamport’s, or nobody (both are kept).";
        skew: "skew", "Skew of B’s clock", number(0, 200, "ms"), 0,
            "How far the clock of node B is ahead.";
        repair: "repair", "Read repair", Kind::Choice(REPAIRS), NO_REPAIR,
            "Whether a read that sees a stale replica writes the newest version to it: after answering, or before.";
        ask: "ask", "A read asks", Kind::Choice(ASKS), 0,
            "All replicas, taking the first R answers, or just as many as it needs.";
        digest: "digest", "Digest reads", Kind::Choice(OFF_ON), 0,
            "All replicas but one answer a read with a digest.";
        spec: "spec", "Speculative retry after", number(0, 200, "ms"), 0,
            "When a read has waited so long, it asks one more replica. 0: never.";
        sloppy: "sloppy", "Sloppy quorum", Kind::Choice(OFF_ON), 0,
            "The next healthy nodes take the place of replicas believed dead, and count.";
        hints: "hints", "Hinted handoff", Kind::Choice(OFF_ON), 0,
            "Writes for a replica that is not there are kept and replayed when it is.";
        entropy: "entropy", "Anti-entropy every", number(0, 5_000, "ms"), 0,
            "Two nodes that share keys compare their Merkle trees. 0: only when you ask.";
        suspect: "suspect", "Suspected after", number(0, 2_000, "ms"), 0,
            "A node not heard of for so long is taken for dead. 0: coordinators know nothing.";
        clients: "clients", "Clients", number(1, 8, ""), 2,
            "How many there are. Client 1 stands beside node A, client 2 beside B, and so on.";
        load: "load", "Load", number(0, 500, "/s each"), 0,
            "Operations per second of each client, at random. 0: only what you do.";
        reads: "reads", "Reads", number(0, 100, "%"), 50,
            "The part of the random operations that are reads.";
        keys: "keys", "Keys", number(1, 16, ""), 1,
            "How many keys there are.";
        span: "span", "Load lasts", Kind::Number { min: 200, max: 600_000, log: true, unit: "ms" }, 1_000,
            "How long the random operations go on; no run has more than 40,000 of them.";
        bound: "bound", "Bound on staleness", number(0, 5_000, "ms"), 100,
            "Bounded staleness: how old what a read misses may be.";
    }
    matters(me, key) {
        match key {
            "w" => me.wl == 0,
            "r" => me.rl == 0,
            "far" => me.dcs > 1,
            "skew" => me.resolve == LWW,
            "spec" => me.ask == ASK_SOME,
            "sloppy" => me.suspect > 0,
            "reads" | "span" => me.load > 0,
            _ => true,
        }
    }
}

impl Params {
    /// How long the random load goes on, in ms: no longer than `MOST` operations take.
    pub fn lasts(&self) -> i64 {
        let a_second = (self.load * self.clients).max(1);
        self.span.max(0).min(MOST * 1_000 / a_second)
    }

    pub fn legs(&self, data: &Data) -> Legs {
        // Wide enough for a read to overtake a write: 20 > 2 × 1 + 1 and the hops.
        let plain = || Delay::Uniform { from: MS, to: 20 * MS };
        match self.delay {
            1 => Fitted::LnkdSsd.legs(),
            2 => Fitted::LnkdDisk.legs(),
            3 => Fitted::Ymmr.legs(),
            4 => Fitted::Wan.legs(),
            OWN => {
                let own = import::delay(data).unwrap_or_else(plain);
                Legs::new(own.clone(), own)
            }
            _ => Legs::new(plain(), plain()),
        }
    }

    pub fn apart(&self) -> Micros {
        if self.delay == 4 { (Fitted::Wan.far() * MS as f64) as Micros } else { 0 }
    }

    /// What of these settings limits others, and what makes operations fail whatever happens.
    pub fn caveats(&self) -> Vec<(&'static str, String)> {
        let mut all = Vec::new();
        let n = self.copies();
        let copies = if n == 1 { "1 copy".to_string() } else { format!("{n} copies") };
        if n < self.n {
            all.push(("n", format!("There are only {n} nodes, so each key has {copies} and not {}.", self.n)));
        }
        for (key, what, count, level) in [("w", "write", self.w, self.wl), ("r", "read", self.r, self.rl)] {
            if level == 0 && count > n {
                let why = format!("Each key has only {copies}, so a {what} waits for {n} and not for {count}.");
                all.push((key, why));
            }
        }
        let far = if self.dcs > 1 { self.far.max(0) as Micros * MS } else { 0 };
        let (there_and_back, timeout) = (2 * far.max(self.apart()), self.timeout.max(0) as Micros * MS);
        if there_and_back >= timeout {
            let (way, timeout) = (there_and_back / MS, self.timeout);
            all.push((
                "timeout",
                format!(
                    "An answer from another data centre takes more than {way} ms, there and back, and the timeout is \
                     {timeout} ms: what needs one times out."
                ),
            ));
        }
        all
    }

    fn level(word: Option<&(&str, &str)>, count: i64) -> Level {
        let named = word.and_then(|(word, _)| Level::by_word(word));
        named.unwrap_or(Level::Count(count.clamp(1, 9) as u8))
    }

    pub fn write_level(&self) -> Level {
        Params::level(LEVELS.get(self.wl.max(0) as usize), self.w)
    }

    pub fn read_level(&self) -> Level {
        Params::level(READ_LEVELS.get(self.rl.max(0) as usize), self.r)
    }

    /// Replicas of each key.
    pub fn copies(&self) -> i64 {
        self.n.min(self.nodes).max(1)
    }
}
