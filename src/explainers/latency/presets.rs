//! Requests to begin with.

pub const CHOICES: &[(&str, &str)] = &[
    ("page", "A web page through a CDN"),
    ("fan-out", "A search over 100 servers"),
    ("cache", "A cache in front of a database"),
    ("ocean", "A write confirmed across the ocean"),
];

const TEXTS: [&str; 4] = [
    "# A page that the CDN mostly has
budget 300 ms
name lookup (DNS) 1..30 ms
connect and TLS: 2 × 10 ms p99 60 ms
request to the CDN and back 10 ms p99 60 ms
CDN 0.5 ms, hit 90%, else:
    CDN → origin, New York – London 80 ms p99 120 ms
    load balancer: proxy
    service 5 ms p99 40 ms
    cache: query, hit 80%, else:
        database 3 ms p99 50 ms
first paint 50 ms p99 150 ms",
    "# One search asks every server and waits for the slowest
budget 120 ms
load balancer: proxy
front end 2 ms p99 10 ms
shards: all of 100 × 10 ms p99 60 ms
merge 1 ms
reply: same datacenter",
    "# The same read, from the cache or from the database
budget 30 ms
service 1 ms p99 5 ms
cache: query, hit 95%, else:
    database 8 ms p99 60 ms
    fill the cache: query
render 1 ms",
    "# A write that two of three continents must have
budget 250 ms
service in Amsterdam 2 ms p99 10 ms
write here: database insert
copies: first of:
    to San Francisco: fibre Amsterdam – San Francisco, round trip
    to Singapore: fibre Amsterdam – Singapore, round trip
reply 1 ms",
];

pub fn text(choice: i64) -> &'static str {
    usize::try_from(choice).ok().and_then(|i| TEXTS.get(i)).copied().unwrap_or(TEXTS[0])
}
