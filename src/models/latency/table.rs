//! The latency numbers: who said which, when, and where they differ and why. Nothing here is extrapolated: a number is
//! in the table if somebody published it as measured or known, or if it follows from a published rate by one division.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    Processor,
    Memory,
    Storage,
    Network,
    Service,
}

impl Group {
    pub const ALL: [Group; 5] = [Group::Processor, Group::Memory, Group::Storage, Group::Network, Group::Service];

    pub fn name(self) -> &'static str {
        match self {
            Group::Processor => "Processor",
            Group::Memory => "Memory",
            Group::Storage => "Storage",
            Group::Network => "Network",
            Group::Service => "Services",
        }
    }
}

/// Who publishes numbers.
pub struct Voice {
    /// Short, with the year: “Dean 2010”.
    pub name: &'static str,
    pub what: &'static str,
    pub url: &'static str,
}

pub const VOICES: &[Voice] = &[
    Voice {
        name: "Dean 2007",
        what: "Jeff Dean, Software Engineering Advice from Building Large-Scale Distributed Systems, about 2007",
        url: "https://static.googleusercontent.com/media/research.google.com/en//people/jeff/stanford-295-talk.pdf",
    },
    Voice {
        name: "Dean 2010",
        what: "Jeff Dean, Building Software Systems at Google and Lessons Learned, Stanford 2010",
        url: "https://static.googleusercontent.com/media/research.google.com/en//people/jeff/Stanford-DL-Nov-2010.pdf",
    },
    Voice {
        name: "Norvig",
        what: "Peter Norvig, Teach Yourself Programming in Ten Years, as it stood in 2016",
        url: "https://norvig.com/21-days.html#answers",
    },
    Voice {
        name: "Bonér 2012",
        what: "Jonas Bonér, Latency Numbers Every Programmer Should Know, about 2012",
        url: "https://gist.github.com/jboner/2841832",
    },
    Voice {
        name: "Primer",
        what: "The System Design Primer, as of 2026: Dean’s numbers as they are passed around",
        url: "https://github.com/donnemartin/system-design-primer",
    },
    Voice {
        name: "ByteByteGo 2022",
        what: "ByteByteGo, Which latency numbers should you know?, 2022",
        url: "https://blog.bytebytego.com/p/ep22-latency-numbers-you-should-know",
    },
    Voice {
        name: "napkin-math 2026",
        what: "Simon Eskildsen, napkin-math: measured, March 2026 (an Intel Xeon of Google Cloud where one machine is enough)",
        url: "https://github.com/sirupsen/napkin-math",
    },
];

const D07: u8 = 0;
const D10: u8 = 1;
const NV: u8 = 2;
const GI: u8 = 3;
const SP: u8 = 4;
const BB: u8 = 5;
const NM: u8 = 6;

/// What one of the voices says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Said {
    /// A place in [`VOICES`].
    pub by: u8,
    pub ns: f64,
    /// What they call it.
    pub name: &'static str,
    /// Not said, but it follows from a rate of theirs.
    pub derived: bool,
}

const fn said(by: u8, ns: f64, name: &'static str) -> Said {
    Said { by, ns, name, derived: false }
}

const fn derived(by: u8, ns: f64, name: &'static str) -> Said {
    Said { by, ns, name, derived: true }
}

/// One thing that takes time. Prefixes are decimal (kB, MB) or binary (KiB) as written.
pub struct Number {
    pub key: &'static str,
    pub name: &'static str,
    pub group: Group,
    /// One way or there and back, in sequence or not: what the name leaves open.
    pub how: &'static str,
    /// The one that is quoted, in ns: Dean’s of 2010 if he has one, else Dean’s of 2007, else the first in the list.
    pub ns: f64,
    /// What a path may call it, in small letters.
    pub names: &'static [&'static str],
    pub said: &'static [Said],
    /// Why the voices differ, where they do by more than 2×.
    pub why: &'static str,
    pub note: &'static str,
}

impl Number {
    /// The least and the greatest that anybody says.
    pub fn range(&self) -> (f64, f64) {
        self.said.iter().fold((f64::INFINITY, 0.0), |(low, high), said| (said.ns.min(low), said.ns.max(high)))
    }

    /// The different values with who says each, least first.
    pub fn values(&self) -> Vec<(f64, bool, Vec<&'static str>)> {
        let mut values: Vec<(f64, bool, Vec<&'static str>)> = Vec::new();
        for said in self.said {
            let name = VOICES.get(usize::from(said.by)).map_or("", |voice| voice.name);
            match values.iter_mut().find(|(ns, derived, _)| *ns == said.ns && *derived == said.derived) {
                Some((_, _, names)) => names.push(name),
                None => {
                    let place = values.iter().filter(|(ns, ..)| *ns < said.ns).count();
                    values.insert(place, (said.ns, said.derived, vec![name]));
                }
            }
        }
        values
    }
}

/// By what a path calls it.
pub fn named(text: &str) -> Option<usize> {
    let text = text.trim().to_lowercase();
    NUMBERS.iter().position(|number| number.name.to_lowercase() == text || number.names.contains(&text.as_str()))
}

/// The only one whose name begins so, with three letters at least.
pub fn begins(text: &str) -> Option<usize> {
    let text = text.trim().to_lowercase();
    let with = |name: &str| name.to_lowercase().starts_with(&text);
    let mut all = (0..NUMBERS.len())
        .filter(|i| NUMBERS.get(*i).is_some_and(|it| with(it.name) || it.names.iter().any(|name| with(name))));
    let first = all.next().filter(|_| text.chars().count() >= 3);
    first.filter(|_| all.next().is_none())
}

/// The places of the table from the shortest to the longest; those of one length as they stand.
pub fn by_length() -> Vec<usize> {
    let keys: Vec<u64> = NUMBERS.iter().map(|number| crate::sim::order::rank(number.ns)).collect();
    crate::sim::order::order(&keys).into_iter().map(|place| place as usize).collect()
}

/// Group by group, each from the shortest to the longest.
pub static NUMBERS: &[Number] = &[
    Number {
        key: "mispredict",
        name: "Branch mispredict",
        group: Group::Processor,
        how: "",
        ns: 5.0,
        names: &["branch mispredict", "mispredict"],
        said: &[
            said(D07, 5.0, "Branch mispredict"),
            said(D10, 5.0, "Branch mispredict"),
            said(NV, 5.0, "branch misprediction"),
            said(GI, 5.0, "Branch mispredict"),
            said(SP, 5.0, "Branch mispredict"),
        ],
        why: "",
        note: "The processor guessed which way a branch goes, guessed wrong, and throws away what it had begun.",
    },
    Number {
        key: "hash",
        name: "Hash 64 B",
        group: Group::Processor,
        how: "not for cryptography",
        ns: 10.0,
        names: &["hash"],
        said: &[said(NM, 10.0, "Hashing, not crypto-safe (64 bytes)")],
        why: "",
        note: "One cache line through a fast hash function; a cryptographic one takes about 100 ns by the same source.",
    },
    Number {
        key: "mutex",
        name: "Mutex lock and unlock",
        group: Group::Processor,
        how: "nobody else wants it",
        ns: 25.0,
        names: &["mutex", "mutex lock/unlock"],
        said: &[
            said(D07, 100.0, "Mutex lock/unlock"),
            said(D10, 25.0, "Mutex lock/unlock"),
            said(NV, 25.0, "Mutex lock/unlock"),
            said(GI, 25.0, "Mutex lock/unlock"),
            said(SP, 25.0, "Mutex lock/unlock"),
        ],
        why: "Dean changed his own slide from 100 to 25 ns between 2007 and 2010; the processors in between made atomic instructions several times cheaper.",
        note: "Without contention it is a few atomic instructions. With contention somebody waits, and no table knows how long.",
    },
    Number {
        key: "syscall",
        name: "System call",
        group: Group::Processor,
        how: "",
        ns: 300.0,
        names: &["system call", "syscall"],
        said: &[said(NM, 300.0, "System Call")],
        why: "",
        note: "Into the kernel and back, with as little as possible done there.",
    },
    Number {
        key: "compress",
        name: "Compress 1 kB, fast",
        group: Group::Processor,
        how: "",
        ns: 3_000.0,
        names: &["compress 1 kb", "compress"],
        said: &[
            said(D07, 10_000.0, "Compress 1K bytes with Zippy"),
            said(D10, 3_000.0, "Compress 1K bytes w/ cheap algorithm"),
            said(GI, 3_000.0, "Compress 1K bytes with Zippy"),
            said(SP, 10_000.0, "Compress 1K bytes with Zippy"),
            derived(NM, 1_907.348_632_812_5, "Compression"),
        ],
        why: "Dean’s slides say 10 µs in 2007 and 3 µs in 2010, and later lists copied one or the other; 1.9 µs follows from napkin-math’s 500 MiB/s.",
        note: "Zippy is what Google called Snappy before it was published.",
    },
    Number {
        key: "switch",
        name: "Context switch",
        group: Group::Processor,
        how: "",
        ns: 10_000.0,
        names: &["context switch"],
        said: &[said(NM, 10_000.0, "Context Switch")],
        why: "",
        note: "The kernel lets another thread run. What the caches have lost shows later and is not counted.",
    },
    Number {
        key: "l1",
        name: "L1 cache hit",
        group: Group::Memory,
        how: "",
        ns: 0.5,
        names: &["l1 cache", "l1", "l1 cache reference"],
        said: &[
            said(D07, 0.5, "L1 cache reference"),
            said(D10, 0.5, "L1 cache reference"),
            said(NV, 0.5, "fetch from L1 cache memory"),
            said(GI, 0.5, "L1 cache reference"),
            said(SP, 0.5, "L1 cache reference"),
            said(BB, 1.0, "L1 cache"),
        ],
        why: "",
        note: "A word that is in the cache nearest to the core. Cores of today take 4 or 5 cycles for it, at 3 GHz 1.3 to 1.7 ns; half a nanosecond has been passed on since the lists of the 2000s.",
    },
    Number {
        key: "l2",
        name: "L2 cache hit",
        group: Group::Memory,
        how: "",
        ns: 7.0,
        names: &["l2 cache", "l2", "l2 cache reference"],
        said: &[
            said(D07, 7.0, "L2 cache reference"),
            said(D10, 7.0, "L2 cache reference"),
            said(NV, 7.0, "fetch from L2 cache memory"),
            said(GI, 7.0, "L2 cache reference"),
            said(SP, 7.0, "L2 cache reference"),
            said(BB, 10.0, "L2 cache"),
        ],
        why: "",
        note: "A word that is in the next cache.",
    },
    Number {
        key: "memory",
        name: "Main memory read",
        group: Group::Memory,
        how: "one word, at random",
        ns: 100.0,
        names: &["memory read", "main memory read", "main memory reference", "memory reference", "ram"],
        said: &[
            said(D07, 100.0, "Main memory reference"),
            said(D10, 100.0, "Main memory reference"),
            said(NV, 100.0, "fetch from main memory"),
            said(GI, 100.0, "Main memory reference"),
            said(SP, 100.0, "Main memory reference"),
            said(BB, 100.0, "RAM access"),
            said(NM, 20.0, "Random Memory R/W (64 bytes)"),
        ],
        why: "napkin-math’s 20 ns are 64 B at its 3 GiB/s: a rate, which has several reads under way at once. 100 ns is one read that the next one has to wait for.",
        note: "A word that is in no cache. A chain of pointers pays this for every link.",
    },
    Number {
        key: "memory-mb",
        name: "Read 1 MB from memory",
        group: Group::Memory,
        how: "in sequence",
        ns: 250_000.0,
        names: &["read 1 mb from memory"],
        said: &[
            said(D07, 250_000.0, "Read 1 MB sequentially from memory"),
            said(D10, 250_000.0, "Read 1 MB sequentially from memory"),
            said(NV, 250_000.0, "read 1MB sequentially from memory"),
            said(GI, 250_000.0, "Read 1 MB sequentially from memory"),
            said(SP, 250_000.0, "Read 1 MB sequentially from memory"),
            said(NM, 50_000.0, "Sequential memory, single thread"),
        ],
        why: "250 µs are 4 GB/s, a machine of the 2000s; napkin-math measured 20 GiB/s with one thread in 2026, 50 µs per MiB.",
        note: "In sequence, the processor fetches ahead: per word it is far less than a read at random.",
    },
    Number {
        key: "ssd",
        name: "SSD random read, 4 KiB",
        group: Group::Storage,
        how: "",
        ns: 150_000.0,
        names: &["ssd random read", "ssd read"],
        said: &[
            said(GI, 150_000.0, "Read 4K randomly from SSD*"),
            said(SP, 150_000.0, "Read 4 KB randomly from SSD*"),
            said(BB, 100_000.0, "Read from SSD"),
            said(NM, 100_000.0, "Random SSD Read (8 KiB)"),
        ],
        why: "",
        note: "napkin-math reads 8 KiB; ByteByteGo does not say how much.",
    },
    Number {
        key: "fsync",
        name: "SSD write and sync, 8 KiB",
        group: Group::Storage,
        how: "until it is safe",
        ns: 300_000.0,
        names: &["ssd write", "fsync"],
        said: &[said(NM, 300_000.0, "Sequential SSD write, +fsync (8KiB)")],
        why: "",
        note: "The write returns when the drive says it has it for good. Without the sync napkin-math has 2 µs: then it is only in memory.",
    },
    Number {
        key: "ssd-mb",
        name: "Read 1 MB from SSD",
        group: Group::Storage,
        how: "in sequence",
        ns: 1_000_000.0,
        names: &["read 1 mb from ssd"],
        said: &[
            said(GI, 1_000_000.0, "Read 1 MB sequentially from SSD*"),
            said(SP, 1_000_000.0, "Read 1 MB sequentially from SSD*"),
            said(NM, 100_000.0, "Sequential SSD read (8 KiB)"),
        ],
        why: "The list of 2012 assumes an SSD of about 1 GB/s; the local SSD that napkin-math measured reads 8 GiB/s, 100 µs per MiB.",
        note: "",
    },
    Number {
        key: "seek",
        name: "Disk seek",
        group: Group::Storage,
        how: "spinning disk",
        ns: 10_000_000.0,
        names: &["disk seek", "hdd seek", "disk read"],
        said: &[
            said(D07, 10_000_000.0, "Disk seek"),
            said(D10, 10_000_000.0, "Disk seek"),
            said(NV, 8_000_000.0, "fetch from new disk location (seek)"),
            said(GI, 10_000_000.0, "Disk seek"),
            said(SP, 10_000_000.0, "HDD seek"),
            said(NM, 10_000_000.0, "Random HDD Read (8 KiB)"),
        ],
        why: "",
        note: "The head moves and the disk turns. Mechanics: hardly faster in twenty years.",
    },
    Number {
        key: "disk-mb",
        name: "Read 1 MB from disk",
        group: Group::Storage,
        how: "in sequence, spinning disk",
        ns: 20_000_000.0,
        names: &["read 1 mb from disk"],
        said: &[
            said(D07, 30_000_000.0, "Read 1 MB sequentially from disk"),
            said(D10, 20_000_000.0, "Read 1 MB sequentially from disk"),
            said(NV, 20_000_000.0, "read 1MB sequentially from disk"),
            said(GI, 20_000_000.0, "Read 1 MB sequentially from disk"),
            said(SP, 30_000_000.0, "Read 1 MB sequentially from HDD"),
            said(NM, 2_000_000.0, "Sequential HDD Read (8 KiB)"),
        ],
        why: "20 and 30 ms are disks of 50 and 33 MB/s; today’s read about 250. napkin-math’s row says 2 ms per MiB and 250 MiB/s, which would be 4 ms: it does not agree with itself.",
        note: "",
    },
    Number {
        key: "send",
        name: "Send 2 kB over 1 Gbit/s",
        group: Group::Network,
        how: "one way",
        ns: 20_000.0,
        names: &["send 2 kb"],
        said: &[
            said(D07, 20_000.0, "Send 2K bytes over 1 Gbps network"),
            said(D10, 20_000.0, "Send 2K bytes over 1 Gbps network"),
            said(NV, 20_000.0, "send 2K bytes over 1Gbps network"),
        ],
        why: "",
        note: "The bits alone take 16 µs. Later lists have 1 kB and 10 µs: the same rate.",
    },
    Number {
        key: "datacenter",
        name: "Datacenter round trip",
        group: Group::Network,
        how: "round trip",
        ns: 500_000.0,
        names: &["same datacenter", "datacenter round trip", "round trip within same datacenter"],
        said: &[
            said(D07, 500_000.0, "Round trip within same datacenter"),
            said(D10, 500_000.0, "Round trip within same datacenter"),
            said(GI, 500_000.0, "Round trip within same datacenter"),
            said(SP, 500_000.0, "Round trip within same datacenter"),
            said(NM, 250_000.0, "Network within same region"),
        ],
        why: "",
        note: "There and back. Light in a fibre would be 50 km away and back in this time: nearly all of it is spent in machines and switches.",
    },
    Number {
        key: "net-mb",
        name: "Receive 1 MB over 1 Gbit/s",
        group: Group::Network,
        how: "one way",
        ns: 10_000_000.0,
        names: &["receive 1 mb"],
        said: &[
            said(D07, 10_000_000.0, "Read 1 MB sequentially from network"),
            said(SP, 10_000_000.0, "Read 1 MB sequentially from 1 Gbps"),
        ],
        why: "",
        note: "The bits alone take 8 ms. In a datacenter of today links are 10 to 100 times as fast.",
    },
    Number {
        key: "coasts",
        name: "US East to West and back",
        group: Group::Network,
        how: "round trip",
        ns: 60_000_000.0,
        names: &["us east to west"],
        said: &[said(NM, 60_000_000.0, "Network NA East <-> West")],
        why: "",
        note: "Between cloud regions on the two coasts, there and back.",
    },
    Number {
        key: "ocean",
        name: "California–Netherlands and back",
        group: Group::Network,
        how: "round trip",
        ns: 150_000_000.0,
        names: &["california to netherlands", "ocean"],
        said: &[
            said(D07, 150_000_000.0, "Send packet CA->Netherlands->CA"),
            said(D10, 150_000_000.0, "Send packet CA->Netherlands->CA"),
            said(NV, 150_000_000.0, "send packet US to Europe and back"),
            said(GI, 150_000_000.0, "Send packet CA->Netherlands->CA"),
            said(SP, 150_000_000.0, "Send packet CA->Netherlands->CA"),
            said(BB, 100_000_000.0, "Send packet CA->Netherlands->CA"),
        ],
        why: "",
        note: "There and back. Light in a fibre along the great circle needs 86 ms: no glass fibre gets below that. Radio, hollow fibres and lasers between satellites are nearly as fast as light in a vacuum, which would need 59 ms.",
    },
    Number {
        key: "proxy",
        name: "Proxy",
        group: Group::Service,
        how: "what it adds",
        ns: 50_000.0,
        names: &["proxy"],
        said: &[said(NM, 50_000.0, "Proxy: Envoy/ProxySQL/Nginx/HAProxy")],
        why: "",
        note: "What Envoy, nginx or HAProxy adds to a request that passes through.",
    },
    Number {
        key: "query",
        name: "Cache or database query",
        group: Group::Service,
        how: "a simple one, in the same region",
        ns: 500_000.0,
        names: &["query", "redis query", "redis", "memcached", "cache query"],
        said: &[said(NM, 500_000.0, "{MySQL, Memcached, Redis, ..} Query"), said(BB, 100.0, "Redis read")],
        why: "ByteByteGo’s 100 ns for a read from Redis is the memory access inside Redis alone. A client waits for the network and for two kernels too, and that is nearly all of it.",
        note: "",
    },
    Number {
        key: "commit",
        name: "Database insert, committed",
        group: Group::Service,
        how: "",
        ns: 1_000_000.0,
        names: &["database insert", "commit"],
        said: &[said(BB, 1_000_000.0, "Database insert operation")],
        why: "",
        note: "ByteByteGo’s figure for a commit in PostgreSQL: the row, the index, and the log flushed to disk.",
    },
    Number {
        key: "blob",
        name: "Blob store GET, 128 KiB",
        group: Group::Service,
        how: "one connection",
        ns: 80_000_000.0,
        names: &["blob get", "s3 get"],
        said: &[said(NM, 80_000_000.0, "Blob Storage GET, 1 conn (128KiB)")],
        why: "",
        note: "S3, Google Cloud Storage and the like.",
    },
];
