//! Which checks must hold, whatever a reader does, by the settings and what was done: what the models promise.

use moving_parts::explainers::Player;

/// A run as its promises depend on it.
pub struct Told {
    slug: &'static str,
    /// Settings as links write them.
    knobs: Vec<(&'static str, String, i64)>,
    acts: Vec<String>,
    own: bool,
}

impl Told {
    pub fn of(player: &dyn Player) -> Told {
        let schema = player.schema().iter().enumerate();
        let knobs = schema.map(|(i, knob)| (knob.key, knob.write(player.knob(i)), player.knob(i))).collect();
        let acts = player.link().actions.into_iter().map(|(_, act)| act).collect();
        Told { slug: player.meta().slug, knobs, acts, own: player.own_data() }
    }

    pub fn is(&self, key: &str, one_of: &[&str]) -> bool {
        let found = self.knobs.iter().find(|(known, ..)| *known == key).unwrap_or_else(|| panic!("no setting {key}"));
        one_of.contains(&&*found.1)
    }

    pub fn n(&self, key: &str) -> i64 {
        self.knobs.iter().find(|(known, ..)| *known == key).unwrap_or_else(|| panic!("no setting {key}")).2
    }

    pub fn did(&self, words: &[&str]) -> bool {
        self.acts.iter().any(|act| words.contains(&act.split('(').next().unwrap_or_default()))
    }
}

pub fn must_hold(told: &Told, check: &str) -> bool {
    match told.slug {
        "hash-ring" => ring(told, check),
        "quorum" => quorum(told, check),
        "kafka" => kafka(told, check),
        "cache" => cache(told, check),
        // The calculators' checks are about what the reader has written: their own texts are in order.
        "latency" => check == "read" && !told.own,
        "capacity" => check == "dimensions" && !told.own && told.acts.is_empty(),
        _ => false,
    }
}

fn ring(told: &Told, check: &str) -> bool {
    // Nobody falls: neither by hand nor under a load above the capacity.
    let stands = !told.did(&["crash"]) && told.n("capacity") == 0;
    match check {
        "distinct" | "bounded" => true,
        "one-owner" => stands && !told.own,
        // Points or scores of a server do not depend on who else is there.
        "join-only" | "leave-only" => {
            told.is("placement", &["ring", "groupcache", "cassandra", "ketama", "rendezvous"])
        }
        "kept" => stands,
        _ => false,
    }
}

/// The number of replicas that an operation waits for, where it is a number whatever the data centre.
fn waits(told: &Told, level: &str, count: &str) -> Option<i64> {
    let n = told.n("n").min(told.n("nodes"));
    Some(match () {
        () if told.is(level, &["count"]) => told.n(count).min(n),
        () if told.is(level, &["one"]) => 1,
        () if told.is(level, &["two"]) => 2.min(n),
        () if told.is(level, &["three"]) => 3.min(n),
        () if told.is(level, &["quorum"]) => n / 2 + 1,
        () if told.is(level, &["all"]) => n,
        () => return None,
    })
}

fn quorum(told: &Told, check: &str) -> bool {
    let n = told.n("n").min(told.n("nodes"));
    let strict = waits(told, "wl", "w").zip(waits(told, "rl", "r")).is_some_and(|(w, r)| w + r > n);
    // The next healthy node counts only where nodes can be suspected.
    let strict = strict && (told.is("sloppy", &["off"]) || told.n("suspect") == 0);
    let kept = !told.did(&["wipe"]);
    let clocks_agree = told.n("skew") == 0 && !told.did(&["skew"]);
    match check {
        "overlap" => strict,
        "strong" | "bounded-staleness" => strict && kept,
        // Stamps in the order of time, or siblings: no acknowledged write gives way to an older one.
        "durable" => kept && (told.is("resolve", &["vector"]) || told.is("resolve", &["lww"]) && clocks_agree),
        _ => false,
    }
}

fn kafka(told: &Told, check: &str) -> bool {
    match check {
        "one-owner" | "commits" | "least-moves" => true,
        "acked" => told.is("acks", &["all"]) && told.is("unclean", &["off"]),
        "processed" => told.is("commit", &["after"]) && told.is("work", &["inline"]),
        _ => false,
    }
}

fn cache(told: &Told, check: &str) -> bool {
    match check {
        "capacity" => true,
        "durable" => !told.is("write", &["back"]),
        _ => false,
    }
}
