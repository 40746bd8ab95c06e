//! The ring's settings.

use crate::explainers::Kind;
use crate::models::hashing::HashFn;

pub const RING: i64 = 0;
pub const KETAMA_WEIGHTED: i64 = 1;
pub const KETAMA: i64 = 2;
pub const GROUPCACHE: i64 = 3;
pub const CASSANDRA: i64 = 4;
pub const REDIS: i64 = 5;
pub const MOD_N: i64 = 6;
pub const JUMP: i64 = 7;
pub const GUAVA: i64 = 8;
pub const RENDEZVOUS: i64 = 9;
pub const MAGLEV: i64 = 10;
pub const MAGLEV_XX: i64 = 11;
pub const BOUNDED: i64 = 12;

const PLACEMENTS: &[(&str, &str)] = &[
    ("ring", "Ring with virtual nodes"),
    ("ketama-weighted", "Ketama, weighted (libmemcached)"),
    ("ketama", "Ketama, 100 points (libmemcached)"),
    ("groupcache", "groupcache (Go)"),
    ("cassandra", "Cassandra Murmur3 tokens"),
    ("redis", "Redis Cluster slots"),
    ("mod-n", "Hash mod N"),
    ("jump", "Jump hash (Google)"),
    ("guava", "Guava consistentHash"),
    ("rendezvous", "Rendezvous (highest score)"),
    ("maglev", "Maglev (SipHash)"),
    ("maglev-xx", "Maglev (xxHash64)"),
    ("bounded", "Ring with bounded loads"),
];

const HASHES: &[(&str, &str)] = &[
    ("fnv1a", "FNV-1a"),
    ("crc32", "CRC-32"),
    ("murmur3", "MurmurHash3"),
    ("xxhash64", "xxHash64"),
    ("siphash", "SipHash-2-4"),
    ("md5", "MD5"),
];

const TABLES: &[(&str, &str)] = &[("251", "251"), ("2039", "2,039"), ("65537", "65,537")];

crate::knobs! {
    /// Settings of the consistent-hash ring.
    pub struct Params {
        servers: "servers", "Servers", Kind::Number { min: 1, max: 1_000, log: true, unit: "" }, 5,
            "How many servers there are when the run begins.";
        vnodes: "vnodes", "Points per server", Kind::Number { min: 1, max: 1_000, log: true, unit: "" }, 16,
            "Virtual nodes: places on the ring per server of weight 100%. Cassandra calls them tokens.";
        copies: "copies", "Copies of each key", Kind::Number { min: 1, max: 5, log: false, unit: "" }, 1,
            "Replication: each key is on this many different servers, if there are as many.";
        keys: "keys", "Keys", Kind::Number { min: 10, max: 100_000, log: true, unit: "" }, 1_000,
            "How many keys are made up. Your own keys take their place.";
        placement: "placement", "Placement", Kind::Choice(PLACEMENTS), RING,
            "The rule that says which server holds a key.";
        hash: "hash", "Hash function", Kind::Choice(HASHES), 3,
            "Hashes keys and points where the placement leaves the choice.";
        table: "table", "Maglev table", Kind::Choice(TABLES), 0,
            "Entries of the lookup table, a prime. Maglev's default is 65,537.";
        bound: "bound", "Bound on load", Kind::Number { min: 105, max: 300, log: false, unit: "% of mean" }, 125,
            "No server takes more than this share of the mean load; what does not fit goes on clockwise.";
        capacity: "capacity", "Server capacity", Kind::Number { min: 0, max: 400, log: false, unit: "%" }, 0,
            "Requests/s a server can take, as a share of what each would get if the load were even at the start. 3 s above it and the server fails. 0: without limit.";
    }
    matters(me, key) {
        let p = me.placement;
        match key {
            "vnodes" => matches!(p, RING | GROUPCACHE | CASSANDRA | BOUNDED),
            "hash" => matches!(p, RING | MOD_N | JUMP | GUAVA | BOUNDED),
            "table" => matches!(p, MAGLEV | MAGLEV_XX),
            "bound" => p == BOUNDED,
            _ => true,
        }
    }
}

impl Params {
    pub fn hash(&self) -> HashFn {
        usize::try_from(self.hash).ok().and_then(|i| HashFn::ALL.get(i)).copied().unwrap_or(HashFn::XxHash64)
    }

    pub fn table_size(&self) -> u32 {
        [251, 2_039, 65_537][self.table.clamp(0, 2) as usize]
    }

    pub fn placement_label(&self) -> &'static str {
        PLACEMENTS[self.placement.clamp(0, PLACEMENTS.len() as i64 - 1) as usize].1
    }

    /// Whether servers have places on a circle.
    pub fn ring_like(&self) -> bool {
        matches!(self.placement, RING | KETAMA_WEIGHTED | KETAMA | GROUPCACHE | CASSANDRA | BOUNDED)
    }

    /// What theory expects of the standard deviation of load over the mean, beside the sampling of keys.
    pub fn theory(&self) -> Option<(f64, String)> {
        let by_points = |v: f64, what: String| Some((1.0 / v.sqrt(), what));
        match self.placement {
            RING | GROUPCACHE | CASSANDRA | BOUNDED => {
                by_points(self.vnodes as f64, format!("1/√{}", super::super::grouped(self.vnodes)))
            }
            KETAMA_WEIGHTED => by_points(160.0, "1/√160".into()),
            KETAMA => by_points(100.0, "1/√100".into()),
            _ => None,
        }
    }
}
