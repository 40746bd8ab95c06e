//! Sheets to begin with. `# published:` is what somebody else got, with the slip, if there is one.

pub struct Preset {
    /// The word in links.
    pub key: &'static str,
    pub title: &'static str,
    pub text: &'static str,
}

const fn preset(key: &'static str, title: &'static str, text: &'static str) -> Preset {
    Preset { key, title, text }
}

pub const PRESETS: &[Preset] = &[
    preset(
        "posts",
        "300 M users who post",
        "\
# 300 million monthly users who post: an interview example
# Xu, System Design Interview 1, chapter 2, and somebody’s notes of it
users = 300 M users
daily = users × 50%  # published: 150 M users
posts = daily × 2 posts/user/day in posts/s  # published: 3,500 posts/s
peak = 2 × posts in posts/s  # published: notes 4,000 posts/s; Xu 7,000 posts/s; 2 × 3,500 is 7,000
with_media = 10%
media = posts × with_media × 1 MB/post in TB/day  # published: 30 TB/day
five_years = media × 5 years in PB  # published: 55 PB
copies = 2
stored = five_years × copies in PB  # published: 110 PB",
    ),
    preset(
        "photos",
        "A photo service, in ranges",
        "\
# Made up: nobody knows these exactly, so they are ranges
users = 50..80 M users
views = 20..60 views/user/day
peak = 3
requests = users × views × peak in views/s
picture = 80..200 kB/view
egress = requests × picture in Gbit/s

# What binds a server: its CPU or its network card of 10 Gbit/s, of which 60% is used
by_cpu = requests / (2..5 k views/s/server)
by_network = egress / (10 Gbit/s/server × 60%)
servers = ceil(max(by_cpu; by_network))

uploads = users × 0.1..0.4 photos/user/day in photos/s
stored = uploads × 1..3 MB/photo × 5 years × 1.5 in PB  # erasure-coded
cost = stored × $0.02/GB/month in $/month",
    ),
    preset(
        "shortener",
        "A URL shortener, base 62",
        "\
# A URL shortener over six years: somebody’s interview notes
created = 100 M links/day
hourly = created in links/h  # published: 4 M links/h
writes = created in links/s  # published: 1,200 links/s
reads = 10 × writes in links/s
links = created × 6 years  # published: 200 billion links
letters = digits(links; 62)  # published: 7; 62^6 is 57 billion, 62^7 is 3.5 trillion
size = 100 B/link
storage = links × size in TB  # published: 20 TB

# In memory: the notes’ Redis holds 4 billion keys
full = 4 billion links/server
servers = ceil(links / full)  # published: 50 servers
memory = full × size in GB/server  # published: 4 TB/server; a slip: 4 × 10^9 × 100 B is 400 GB",
    ),
    preset(
        "comments",
        "Live comments",
        "\
# Live comments under videos: somebody’s notes
videos = 200 M videos/day
comments = videos × 10 comments/video in comments/day  # published: 2 billion comments/day
writes = comments in comments/s  # published: 12,000 comments/s; a slip: that is one billion a day, and there are two
reads = 100 × writes in comments/s  # published: 1.2 M comments/s; which follows from the slip
size = 2 kB/comment
ingress = comments × size in MB/s  # published: 40 MB/s; with a day of 10^5 s
egress = ingress × 100 in GB/s  # published: 4 GB/s
subscriptions = 100 M users × 16 B/user in GB  # published: 1.6 GB",
    ),
    preset(
        "timeline",
        "1 M timelines in memory",
        "\
# Do a million timelines fit in one machine’s memory? Somebody’s notes
timelines = 1 M timelines
each = 10 posts/timeline × 8 B/post in B/timeline  # published: 80 B/timeline
memory = timelines × each in MB  # published: 80 MB
usable = 50 GB/machine
share = memory / usable  # of one machine",
    ),
    preset(
        "timelines",
        "500 M timelines in memory",
        "\
# The same at its real size: somebody’s notes
timelines = 500 M timelines
each = 800 posts/timeline × 8 B/post in B/timeline  # published: 6,400 B/timeline
memory = timelines × each in TB  # published: 3 TB; 5 × 64 × 10^10 is 3.2 × 10^12, rounded to 3
copies = 3
stored = memory × copies in TB  # published: 10 TB
usable = 50 GB/machine  # of 64 GB
machines = ceil(stored / usable)  # published: 2,000 machines; a slip: divided by 5 × 10^9, and 50 GB is 5 × 10^10",
    ),
    preset(
        "events",
        "100 billion events a day",
        "\
# Logging 100 billion events a day: somebody’s notes, and what follows
events = 100 billion events/day
rate = events in events/s  # published: 1.2 M events/s; with a day of 80,000 s
one_machine = 10..50 k events/s/machine
machines = ceil(rate / one_machine)
size = 200..500 B/event
ingress = rate × size in Gbit/s
kept = 30 days
stored = events × size × kept × 3 in PB
brokers = ceil(stored / (16 TB/broker × 75%))",
    ),
    preset(
        "chat",
        "Chat, 1 M connections",
        "\
# A million open connections: somebody’s notes, and what follows
connections = 1 M connections
each = 10 kB/connection
memory = connections × each in GB  # published: 10 GB
usable = 50 GB/server
by_memory = memory / usable
most = 50..200 k connections/server  # open files, and the time to connect again after a crash
by_sockets = connections / most
servers = ceil(max(by_memory; by_sockets)) + 1 server  # one may fail
sent = connections × 1 message/connection / 30 s in messages/s
bandwidth = sent × 300 B/message in MB/s",
    ),
    preset(
        "pastes",
        "A pastebin, disks 80% full",
        "\
# Storage over five years, and a cache: somebody’s checklist
writes = 400 M pastes/day
size = 300 B/paste
daily = writes × size in GB/day  # published: 120 GB/day
five_years = daily × 5 years in TB  # published: 200 TB; 219 rounded
fill = 80%  # the checklist says 70% and divides by 80%
disks = five_years / fill in TB  # published: 250 TB
stored = disks × 2 in TB  # published: 500 TB
servers = ceil(stored / 4 TB/server)  # published: 125 servers

# 80-20: a fifth of the pastes gets four fifths of the reads
reads = 5 × writes in pastes/s
hot = 20%
cache = reads × hot × size × 1 day in GB
misses = reads × hot in pastes/s  # all others get as small a share of the reads",
    ),
    preset(
        "pastebin",
        "Pastebin, by the primer",
        "\
# donnemartin/system-design-primer, Pastebin.com
a_month = 2.5 M s  # as the primer has a month; it is 2.63 M s
size = 1 kB/paste + 7 B/paste + 4 B/paste + 5 B/paste + 255 B/paste  # published: 1.27 kB/paste
pastes = 10 M pastes/month
monthly = pastes × size in GB/month  # published: 12.7 GB/month
three_years = monthly × 36 months in GB  # published: 450 GB
links = pastes × 36 months  # published: 360 M pastes
writes = 10 M pastes / a_month in pastes/s  # published: 4 pastes/s
reads = 10 × writes in pastes/s  # published: 40 pastes/s",
    ),
    preset(
        "crawler",
        "A web crawler",
        "\
# donnemartin/system-design-primer, a web crawler
a_month = 2.5 M s  # as the primer has a month; it is 2.63 M s
pages = 4 billion pages/month
size = 500 kB/page
monthly = pages × size in PB/month  # published: 2 PB/month
three_years = monthly × 36 months in PB  # published: 72 PB
writes = 4 billion pages / a_month in pages/s  # published: 1,600 pages/s
searches = 100 billion queries / a_month in queries/s  # published: 40,000 queries/s",
    ),
    preset(
        "sales",
        "Sales rank",
        "\
# donnemartin/system-design-primer, Amazon’s sales rank
a_month = 2.5 M s  # as the primer has a month; it is 2.63 M s
fields = 42 B/sale  # published: 40 B/sale
rounded = 40 B/sale
sales = 1 billion sales/month
monthly = sales × rounded in GB/month  # published: 40 GB/month
three_years = monthly × 36 months in TB  # published: 1.44 TB
writes = 1 billion sales / a_month in sales/s  # published: 400 sales/s
reads = 100 billion reads / a_month in reads/s  # published: 40,000 reads/s",
    ),
    preset(
        "graph",
        "A social graph",
        "\
# donnemartin/system-design-primer, a social graph
a_month = 2.5 M s  # as the primer has a month; it is 2.63 M s
users = 100 M users
edges = users × 50 friends/user in friends  # published: 5 billion friends
size = 16 B/friend
memory = edges × size in GB
searches = 1 billion queries / a_month in queries/s  # published: 400 queries/s",
    ),
    preset(
        "adwords",
        "Clicks and queries of ads",
        "\
# Google, The Site Reliability Workbook, chapter 12
queries = 500,000 queries/s
one_disk = 200 queries/s/disk  # a hard disk seeks that often
disks = queries / one_disk  # published: 2,500 disks
logs = 100 TB
one_machine = 64 GB/machine
machines = ceil(logs / one_machine)  # published: 1,563 machines
clicks = 10,000 clicks/s
click_map = clicks × 16 B/click in GB/day  # published: 14 GB/day
query_map = queries × 3 entries/query × 16 B/entry in TB/day  # published: 2 TB/day",
    ),
    preset(
        "cassandra",
        "Cassandra’s disks",
        "\
# Storage of a Cassandra table, by the formula of the Packt guide
columns = 100 columns/row
bytes_a_column = 20 B/column + 10 B/column + 23 B/column  # name, value, overhead
data = columns × bytes_a_column + 23 B/row in B/row
key = 32 B/row + 10 B/row in B/row
rows = 10,000 rows/s × 30 days  # published: 25.92 billion rows
copies = 3
compaction = 1.5  # a size-tiered compaction needs half as much again
storage = rows × (data + key) × copies × compaction in TiB  # published: 569 TiB; printed as TB
# A node holds 1 to 2 TB of data at most, and the room for compaction beside it: DataStax, capacity planning
held = storage / compaction in TiB
nodes = ceil(held / (1..2 TB/node))",
    ),
    preset(
        "kafka",
        "Kafka’s brokers",
        "\
# Retention (arika.dev), replication (petascalelabs.com), failover (Rao, confluent.io)
writes = 200 MB/s
copies = 3
kept = 7 days
stored = writes × copies × kept in TB  # published: 362.88 TB
one_broker = 2 TB/broker × 70%  # never fuller than that
brokers = stored / one_broker  # published: 259 brokers; the formula has ceil(), which makes it 260
whole = ceil(brokers)
one_topic = writes / 2  # petascalelabs.com has 100 MB/s
replication = one_topic × (copies − 1) in MB/s  # published: 200 MB/s
partitions = 2,000 partitions
leaders = partitions / 2  # published: 1,000 partitions
unavailable = leaders × 5 ms/partition in s  # published: 5 s",
    ),
    preset(
        "fanout",
        "Fan-out of timelines",
        "\
# Kleppmann, Designing Data-Intensive Applications, 2nd edition, chapter 2
online = 10 M users
polls = online × 1 query/user / 5 s in queries/s  # published: 2 M queries/s
lookups = polls × 200 lookups/query in lookups/s  # published: 400 M lookups/s
posts = 5,800 posts/s
fan_out = posts × 200 writes/post in writes/s  # published: 1.16 M writes/s
saved = lookups × 1 write/lookup / fan_out  # so many times less work on write than on read",
    ),
    preset(
        "nines",
        "Availability: a site",
        "\
# series: all are needed; parallel: one is enough; of: so many are needed
balancer = 99.99%
app = 99.5%
apps = parallel(app; app)
node = up(1000 h; 5 h)
database = of(2; node; node; node)
site = series(balancer; apps; database)
how_many = nines(site)
a_month = downtime(site) in min/month
a_year = downtime(site) in h/year

# donnemartin/system-design-primer: two parts of 99.9%
in_a_row = series(99.9%; 99.9%)  # published: 99.8%
side_by_side = parallel(99.9%; 99.9%)  # published: 99.9999%",
    ),
    preset(
        "machine",
        "What one machine carries",
        "\
# Facts to calculate with, and who says so; a machine of this decade, not the largest
network = 1 Gbit/s in MB/s  # published: 125 MB/s; 8 bits to a byte, in any network’s data sheet
card = 10 Gbit/s in GB/s  # published: 1.25 GB/s
memory = 64 GB
usable = 50 GB  # of 64, somebody’s notes: the system and peaks have the rest
share = usable / memory
seeks = 200 seeks/s  # a hard disk; The Site Reliability Workbook, chapter 12
random = seeks × 4 KiB/seek in kB/s  # so little comes off it at random
cassandra = 1..2 TB  # data of one node, at most: DataStax, capacity planning
with_compaction = cassandra / 50..80%  # its disk, which compaction wants no fuller than that: DataStax again
connections = 2 M connections  # one of WhatsApp’s servers with 24 cores; somebody’s notes
sockets = connections × 10 kB/connection in GB  # of its memory, at 10 kB each",
    ),
    preset(
        "empty",
        "An empty sheet",
        "# name = value unit, a line each\nusers = 1 M users\nrequests = users × 10 requests/user/day in requests/s",
    ),
];

/// For the form of the settings.
pub const OPTIONS: [(&str, &str); PRESETS.len()] = {
    let mut all = [("", ""); PRESETS.len()];
    let mut i = 0;
    while i < PRESETS.len() {
        all[i] = (PRESETS[i].key, PRESETS[i].title);
        i += 1;
    }
    all
};

pub fn of(choice: i64) -> &'static Preset {
    usize::try_from(choice).ok().and_then(|i| PRESETS.get(i)).unwrap_or(&PRESETS[0])
}

/// The name of a line as the preset has it: readouts want one that lasts.
pub fn name_in(preset: &'static Preset, name: &str) -> Option<&'static str> {
    let names = preset.text.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name.trim());
    names.into_iter().find(|known| *known == name)
}
